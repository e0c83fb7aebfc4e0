// Loads compiled kernels.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cpu/kernel_abi.h"
#include "function_constants.h"

namespace assay::cpu {

// Where loaded code lies in memory.
struct CodeRange {
  std::uintptr_t base = 0;   // load address: offsets count from here
  std::uintptr_t begin = 0;  // executable part
  std::uintptr_t end = 0;

  bool contains(std::uintptr_t address) const { return address >= begin && address < end; }
};

// A shared object made from a Metal source; loaded as long as this lives.
class KernelCode {
 public:
  // CompileError where a function of it is missing, DeviceError where it is no kernel library.
  explicit KernelCode(std::string path);
  ~KernelCode();
  KernelCode(const KernelCode&) = delete;
  KernelCode& operator=(const KernelCode&) = delete;

  const std::string& path() const { return path_; }
  const CodeRange& range() const { return range_; }
  std::vector<std::string> kernel_names() const;
  const assay_kernel* find(const std::string& name) const;  // null where there is none
  std::vector<FunctionConstant> function_constants(const assay_kernel& kernel) const;
  // Bytes of threadgroup memory that the kernel declares, a multiple of 16.
  std::uint64_t threadgroup_memory(const assay_kernel& kernel) const;

 private:
  void lay_out_threadgroup_memory();

  std::string path_;
  void* handle_ = nullptr;
  const assay_kernel_library_t* library_ = nullptr;
  CodeRange range_;
};

}  // namespace assay::cpu
