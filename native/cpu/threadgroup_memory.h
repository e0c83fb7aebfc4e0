// The threadgroup memory that a thread of the pool gives to the threadgroups it runs.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <memory>

#include "cpu/guarded_memory.h"
#include "cpu/kernel_abi.h"

namespace assay::cpu {

constexpr std::uint32_t kMaxThreadgroupMemory = 32768;

// Each part, the kernel's own arrays and every threadgroup argument, ends at a guard of its own.
class ThreadgroupMemory {
 public:
  using Lengths = std::array<std::uint32_t, ASSAY_MAX_THREADGROUP_ARGUMENTS>;

  // Sets the pointers of `group` to parts of these lengths. DeviceError where memory runs out.
  void place(std::uint32_t arrays, const Lengths& arguments, assay_threadgroup& group) {
    group.threadgroup_memory = part(arrays_, arrays);
    for (std::size_t i = 0; i < arguments.size(); ++i) {
      group.threadgroup_arguments[i] = part(arguments_[i], arguments[i]);
    }
  }

  // As of GuardedMemory, for the parts that place() gives from now on.
  void set_margins(bool readable) { readable_margins_ = readable; }

  // Fills the parts that place() gave to `group` with NaN.
  static void poison(std::uint32_t arrays, const Lengths& arguments, assay_threadgroup& group) {
    fill(group.threadgroup_memory, arrays);
    for (std::size_t i = 0; i < arguments.size(); ++i) {
      fill(group.threadgroup_arguments[i], arguments[i]);
    }
  }

  // True for an address beside the kernel's arrays.
  bool guards_arrays(std::uintptr_t address) const {
    return arrays_ && arrays_->guards(address);
  }

  // Index of the threadgroup argument that the address lies beside, or -1.
  int guarded_argument(std::uintptr_t address) const {
    for (std::size_t i = 0; i < arguments_.size(); ++i) {
      if (arguments_[i] && arguments_[i]->guards(address)) {
        return static_cast<int>(i);
      }
    }
    return -1;
  }

 private:
  using Part = std::unique_ptr<GuardedMemory>;

  static void fill(char* part, std::uint32_t length) {
    if (part != nullptr) {
      std::memset(part, 0xff, length);
    }
  }

  char* part(Part& memory, std::uint32_t length) {
    if (length == 0) {
      return nullptr;
    }
    if (!memory) {
      memory = std::make_unique<GuardedMemory>(kMaxThreadgroupMemory);
    }
    memory->set_margins(readable_margins_);
    return memory->data() + kMaxThreadgroupMemory - (length + 15u) / 16u * 16u;
  }

  bool readable_margins_ = false;
  Part arrays_;
  std::array<Part, ASSAY_MAX_THREADGROUP_ARGUMENTS> arguments_;
};

}  // namespace assay::cpu
