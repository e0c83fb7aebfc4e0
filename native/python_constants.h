// Function constants as Python values.
#pragma once

#include <pybind11/pybind11.h>

#include <string>
#include <vector>

#include "function_constants.h"

namespace assay {

// The items of {name or index: value}. A value is a bool, an integer, a float, or a sequence or
// array of 2 to 4 of them. PipelineError for anything else.
std::vector<GivenConstant> given_constants(const std::string& kernel,
                                           const pybind11::dict& constants);

// {index: value}, a vector being a tuple.
pybind11::dict python_constants(const std::vector<FunctionConstantValue>& constants);

}  // namespace assay
