#include "cpu/guarded_memory.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <limits>
#include <string>

#include "errors.h"

namespace assay::cpu {
namespace {

// From here on huge pages pay: they save page faults and address translations.
constexpr std::size_t kHugePages = std::size_t{4} << 20;
// What nobody may write to is filled with it. Neither zero nor a NaN nor a small integer.
constexpr char kCanary = '\x5A';

std::size_t round_up(std::size_t value, std::size_t step) {
  return (value + step - 1) / step * step;
}

DeviceError out_of_memory(std::size_t size) {
  return invalid("a buffer of " + std::to_string(size) +
                 " bytes cannot be allocated: not enough memory or address space");
}

}  // namespace

GuardedMemory::GuardedMemory(std::size_t size) : size_(size) {
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  if (size > std::numeric_limits<std::size_t>::max() / 8) {
    throw out_of_memory(size);
  }
  const std::size_t accessible = round_up(size, page);
  guard_ = std::max(accessible, kMinGuard);
  mapped_ = accessible + 2 * guard_;
  void* base = mmap(nullptr, mapped_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (base == MAP_FAILED) {
    throw out_of_memory(size);
  }
  base_ = static_cast<char*>(base);
  if (mprotect(base_ + guard_, accessible, PROT_READ | PROT_WRITE) != 0) {
    munmap(base_, mapped_);
    throw out_of_memory(size);
  }
  if (accessible >= kHugePages) {
    madvise(base_ + guard_, accessible, MADV_HUGEPAGE);  // a hint: failure changes nothing
  }
  data_ = pages_end() - round_up(size, 16);
  std::fill(pages_begin(), data_, kCanary);
  std::fill(data_ + size, pages_end(), kCanary);
}

GuardedMemory::~GuardedMemory() { munmap(base_, mapped_); }

void GuardedMemory::set_margins(bool readable) {
  if (readable == margins_readable_) {
    return;
  }
  for (char* margin : {pages_begin() - kMargin, pages_end()}) {
    if (readable && !margins_filled_ && mprotect(margin, kMargin, PROT_READ | PROT_WRITE) == 0) {
      std::fill(margin, margin + kMargin, kCanary);
    }
    mprotect(margin, kMargin, readable ? PROT_READ : PROT_NONE);
  }
  margins_filled_ = margins_filled_ || readable;
  margins_readable_ = readable;
}

bool GuardedMemory::intact() const {
  const auto untouched = [](char byte) { return byte == kCanary; };
  return std::all_of(pages_begin(), data_, untouched) &&
         std::all_of(data_ + size_, pages_end(), untouched);
}

bool GuardedMemory::guards(std::uintptr_t address) const {
  const auto base = reinterpret_cast<std::uintptr_t>(base_);
  const bool inside = address >= base && address < base + mapped_;
  return inside && (address < base + guard_ || address >= base + mapped_ - guard_);
}

}  // namespace assay::cpu
