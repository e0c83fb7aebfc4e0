// Memory whose overruns are caught by the processor.
#pragma once

#include <cstddef>
#include <cstdint>

namespace assay::cpu {

// Zero-filled memory between two inaccessible regions. The end, rounded up to 16 bytes so that a
// float4 stays aligned, touches the region after it: the first access past it faults. What is left
// of the first page, and up to 15 bytes at the end, holds a pattern that tells whether it was
// written to.
class GuardedMemory {
 public:
  // Each inaccessible region has at least this size, and at least the size of the memory: an index
  // that is wrong by a plane of a grid still lands in it. It costs address space, not memory.
  static constexpr std::size_t kMinGuard = std::size_t{16} << 20;
  // What can be made readable of each of them, beside the memory: a plane of 256 x 256 floats.
  static constexpr std::size_t kMargin = std::size_t{256} << 10;

  explicit GuardedMemory(std::size_t size);  // DeviceError where memory does not suffice
  ~GuardedMemory();
  GuardedMemory(const GuardedMemory&) = delete;
  GuardedMemory& operator=(const GuardedMemory&) = delete;

  char* data() const { return data_; }
  std::size_t size() const { return size_; }
  // Makes the margins readable, where they hold the pattern, or inaccessible again.
  void set_margins(bool readable);
  // True for an address in one of the two regions, margins included.
  bool guards(std::uintptr_t address) const;
  // False once something was written into the rest of the pages that the memory lies in.
  bool intact() const;

 private:
  char* pages_begin() const { return base_ + guard_; }
  char* pages_end() const { return base_ + mapped_ - guard_; }

  char* base_;
  std::size_t mapped_;
  std::size_t guard_;
  char* data_;
  std::size_t size_;
  bool margins_filled_ = false;
  bool margins_readable_ = false;
};

}  // namespace assay::cpu
