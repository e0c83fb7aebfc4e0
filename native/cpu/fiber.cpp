#include "cpu/fiber.h"

#include <sys/mman.h>

#include "errors.h"

#if defined(__x86_64__)
asm(R"(
.text
.p2align 4
.hidden assay_switch_context
.globl assay_switch_context
.type assay_switch_context,@function
assay_switch_context:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
.size assay_switch_context,.-assay_switch_context
)");
#elif defined(__aarch64__)
asm(R"(
.text
.p2align 4
.hidden assay_switch_context
.globl assay_switch_context
.type assay_switch_context,%function
assay_switch_context:
  sub sp, sp, #160
  stp x19, x20, [sp, #0]
  stp x21, x22, [sp, #16]
  stp x23, x24, [sp, #32]
  stp x25, x26, [sp, #48]
  stp x27, x28, [sp, #64]
  stp x29, x30, [sp, #80]
  stp d8, d9, [sp, #96]
  stp d10, d11, [sp, #112]
  stp d12, d13, [sp, #128]
  stp d14, d15, [sp, #144]
  mov x9, sp
  str x9, [x0]
  mov sp, x1
  ldp x19, x20, [sp, #0]
  ldp x21, x22, [sp, #16]
  ldp x23, x24, [sp, #32]
  ldp x25, x26, [sp, #48]
  ldp x27, x28, [sp, #64]
  ldp x29, x30, [sp, #80]
  ldp d8, d9, [sp, #96]
  ldp d10, d11, [sp, #112]
  ldp d12, d13, [sp, #128]
  ldp d14, d15, [sp, #144]
  add sp, sp, #160
  ret
.size assay_switch_context,.-assay_switch_context
)");
#else
#error "The CPU device supports x86-64 and aarch64."
#endif

namespace assay::cpu {
namespace {

#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#endif

// Linux 6.13 can guard a region without splitting the mapping; thousands of split mappings would
// come near the system's limit on machines with many cores.
bool guard(char* address, std::size_t size) {
  return madvise(address, size, MADV_GUARD_INSTALL) == 0 ||
         mprotect(address, size, PROT_NONE) == 0;
}

}  // namespace

void* make_context(char* top, void (*entry)()) {
  const auto aligned = reinterpret_cast<std::uintptr_t>(top) & ~std::uintptr_t{15};
  auto* stack = reinterpret_cast<void**>(aligned);
#if defined(__x86_64__)
  constexpr int kSavedRegisters = 6;
  *--stack = nullptr;  // where entry's return address would be
  *--stack = reinterpret_cast<void*>(entry);
  for (int i = 0; i < kSavedRegisters; ++i) {
    *--stack = nullptr;
  }
#else
  constexpr int kSavedWords = 20;
  constexpr int kLinkRegister = 11;
  stack -= kSavedWords;
  for (int i = 0; i < kSavedWords; ++i) {
    stack[i] = i == kLinkRegister ? reinterpret_cast<void*>(entry) : nullptr;
  }
#endif
  return stack;
}

FiberStacks::~FiberStacks() {
  for (char* block : blocks_) {
    munmap(block, kPerBlock * kSlot);
  }
}

void FiberStacks::reserve(std::size_t needed) {
  while (count() < needed) {
    void* block = mmap(nullptr, kPerBlock * kSlot, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (block == MAP_FAILED) {
      throw invalid("no address space for the stacks of " + std::to_string(needed) +
                    " threads: use smaller threadgroups or raise the memory limit");
    }
    blocks_.push_back(static_cast<char*>(block));
    for (std::size_t i = 0; i < kPerBlock; ++i) {
      if (!guard(blocks_.back() + i * kSlot, kGuard)) {
        throw invalid("the stacks of kernel threads cannot be guarded: raise vm.max_map_count");
      }
    }
  }
}

char* FiberStacks::top(std::size_t fiber) const {
  // Equal offsets in equally aligned stacks would share a few cache sets.
  const std::size_t stagger = fiber * 37 % 61 * 64;
  return blocks_[fiber / kPerBlock] + (fiber % kPerBlock + 1) * kSlot - stagger;
}

StackRange FiberStacks::range(std::uintptr_t address) const {
  for (char* block : blocks_) {
    const auto base = reinterpret_cast<std::uintptr_t>(block);
    if (address >= base && address < base + kPerBlock * kSlot) {
      const std::uintptr_t slot = base + (address - base) / kSlot * kSlot;
      return {slot + kGuard, slot + kSlot};
    }
  }
  return {};
}

}  // namespace assay::cpu
