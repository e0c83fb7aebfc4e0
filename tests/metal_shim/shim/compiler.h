// What compiles kernels for the shim: the attribute `shim_compiler` of assay._native where a test
// has set one, else assay.msl.compile.
#pragma once

#include <string>
#include <vector>

#include "function_constants.h"

namespace shim {

struct Compiled {
  std::string path;    // of the shared object; empty where compilation failed
  std::string errors;  // in the form of Apple's compiler
};

// As assay::Compiler.
Compiled compile(const std::string& source,
                 const std::vector<assay::FunctionConstantValue>& constants,
                 const std::string& kernel);

}  // namespace shim
