// Execution contexts that one thread switches between by hand.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace assay::cpu {

// Saves the calling context, its stack pointer going to *save, and continues the context whose
// stack pointer is `to`. Floating-point control registers are not part of a context: kernels leave
// them alone.
extern "C" void assay_switch_context(void** save, void* to);

// Lays out a fresh context on the stack that ends at `top`; the first switch to it calls `entry`,
// which must not return.
void* make_context(char* top, void (*entry)());

struct StackRange {
  std::uintptr_t low = 0;
  std::uintptr_t high = 0;
};

// Stacks for the threads of a threadgroup, made on first need and kept.
class FiberStacks {
 public:
  // Usable bytes per stack are kSlot - kGuard. Memory is taken page by page as it is touched.
  static constexpr std::size_t kSlot = std::size_t{256} << 10;
  static constexpr std::size_t kGuard = std::size_t{64} << 10;

  FiberStacks() = default;
  ~FiberStacks();
  FiberStacks(const FiberStacks&) = delete;
  FiberStacks& operator=(const FiberStacks&) = delete;

  // Makes stacks for fibers 0 to count - 1. DeviceError where address space does not suffice.
  void reserve(std::size_t count);
  std::size_t count() const { return blocks_.size() * kPerBlock; }
  char* top(std::size_t fiber) const;
  // The stack that `address`, in it or in its guard, belongs to; {0, 0} for none.
  StackRange range(std::uintptr_t address) const;

 private:
  static constexpr std::size_t kPerBlock = 32;

  std::vector<char*> blocks_;
};

}  // namespace assay::cpu
