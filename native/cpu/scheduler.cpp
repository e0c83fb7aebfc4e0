#include "cpu/scheduler.h"

#include <algorithm>
#include <cstring>

#include "cpu/permutation.h"

namespace assay::cpu {
namespace {

// Fibers stay on the thread that runs their threadgroup, so that this never changes under them.
thread_local FiberScheduler* active __attribute__((tls_model("initial-exec"))) = nullptr;

constexpr std::uint32_t kWidth = ASSAY_SIMD_WIDTH;

std::uint32_t lowest_bit(std::uint32_t mask) {
  return static_cast<std::uint32_t>(__builtin_ctz(mask));
}

std::uint32_t first_lanes(std::uint32_t count) {
  return count >= kWidth ? ~0u : (1u << count) - 1;
}

// Copies a posted value. Fixed sizes save a call per lane; both sides have room for the largest.
void copy_value(char* target, const char* source, std::uint32_t size) {
  constexpr std::uint32_t kSmall = 16;
  if (size <= kSmall) {
    std::memcpy(target, source, kSmall);
  } else {
    std::memcpy(target, source, ASSAY_MAX_EXCHANGE_BYTES);
  }
}

// Copies a value that a kernel posts, of which no more than `size` bytes may be read.
void post_value(char* target, const void* source, std::uint32_t size) {
  if (size == sizeof(std::uint32_t)) {
    std::memcpy(target, source, sizeof(std::uint32_t));
  } else if (size != 0) {
    std::memcpy(target, source, size);
  }
}

}  // namespace

FiberScheduler::FiberScheduler()
    : fibers_(new Fiber[kMaxThreads]), simdgroups_(new Simdgroup[kSimdgroups]) {
  for (std::uint32_t i = 0; i < kMaxThreads; ++i) {
    fibers_[i] = {nullptr, 0, 0, i, 0, 0, 0, {}};
  }
}

FiberScheduler::~FiberScheduler() = default;

void FiberScheduler::reserve(std::uint32_t threads) {
  stacks_.reserve(threads);
  for (; prepared_ < threads; ++prepared_) {
    fibers_[prepared_].stack_pointer = make_context(stacks_.top(prepared_), fiber_main);
  }
}

void FiberScheduler::abandon() { prepared_ = 0; }

void FiberScheduler::shape_threads(const assay_threadgroup& group) {
  if (std::memcmp(shape_, group.threads_per_threadgroup, sizeof shape_) == 0) {
    return;
  }
  std::memcpy(shape_, group.threads_per_threadgroup, sizeof shape_);
  threads_ = shape_[0] * shape_[1] * shape_[2];
  for (std::uint32_t i = 0; i < threads_; ++i) {
    fibers_[i].x = i % shape_[0];
    fibers_[i].y = i / shape_[0] % shape_[1];
    fibers_[i].z = i / (shape_[0] * shape_[1]);
  }
}

void FiberScheduler::run(const assay_kernel& kernel, void* const* buffers,
                         const assay_threadgroup& group) {
  shape_threads(group);
  kernel_ = &kernel;
  buffers_ = buffers;
  group_ = &group;
  runnable_ = 0;
  for (std::uint32_t i = 0; i * kWidth < threads_; ++i) {
    simdgroups_[i].ready = first_lanes(threads_ - i * kWidth);
    simdgroups_[i].at_exchange = 0;
    simdgroups_[i].at_barrier = 0;
    runnable_ |= 1u << i;
  }
  current_simdgroup_ = 0;
  fresh_ = true;
  active = this;
  current_ = next();
  assay_switch_context(&main_stack_pointer_, current_->stack_pointer);
}

// A fiber that has finished its thread stays in this loop and serves the next threadgroup.
void FiberScheduler::fiber_main() {
  for (;;) {
    FiberScheduler& self = *active;
    Fiber* fiber = self.current_;
    fiber->path.depth = 0;
    self.kernel_->run(self.buffers_, self.group_, fiber->x, fiber->y, fiber->z);
    Fiber* following = self.next();
    self.current_ = following;
    assay_switch_context(&fiber->stack_pointer,
                         following ? following->stack_pointer : self.main_stack_pointer_);
  }
}

void FiberScheduler::suspend() {
  Fiber* from = current_;
  Fiber* to = next();
  if (to != from) {
    current_ = to;
    assay_switch_context(&from->stack_pointer, to->stack_pointer);
  }
}

void FiberScheduler::perturb(std::uint64_t seed) {
  random_ = mixed(seed);
}

// One bit of a mask: the lowest, or in a perturbed run any (xorshift64, Marsaglia 2003).
std::uint32_t FiberScheduler::choose(std::uint32_t mask) {
  if (random_ == 0) {
    return lowest_bit(mask);
  }
  random_ ^= random_ << 13;
  random_ ^= random_ >> 7;
  random_ ^= random_ << 17;
  const auto bits = static_cast<std::uint32_t>(__builtin_popcount(mask));
  for (auto skipped = static_cast<std::uint32_t>(random_ >> 32) % bits; skipped > 0; --skipped) {
    mask &= mask - 1;
  }
  return lowest_bit(mask);
}

// Chooses the thread to run and takes it out of its mask; null once all have finished.
FiberScheduler::Fiber* FiberScheduler::next() {
  // A perturbed run mostly stays with a simdgroup: one far ahead of another shows more than all in
  // step.
  if (random_ != 0 && runnable_ != 0 && (fresh_ || (random_ & 31) == 0)) {
    current_simdgroup_ = choose(runnable_);
    fresh_ = false;
  }
  for (;;) {
    Simdgroup& simdgroup = simdgroups_[current_simdgroup_];
    const std::uint32_t first = current_simdgroup_ * kWidth;
    if (simdgroup.ready == 0 && simdgroup.at_exchange != 0) {
      release_exchange(simdgroup, first);
    }
    if (simdgroup.ready != 0) {
      const std::uint32_t chosen = choose(simdgroup.ready);
      simdgroup.ready &= ~(1u << chosen);
      return &fibers_[first + chosen];
    }
    runnable_ &= ~(1u << current_simdgroup_);
    if (runnable_ == 0 && !release_barrier()) {
      return nullptr;
    }
    current_simdgroup_ = choose(runnable_);
  }
}

// Whether one thread's place in the program comes before another's (below 0), is the same, or comes
// behind it.
int FiberScheduler::compare_places(const Fiber& a, const Fiber& b) {
  if ((a.path.depth | b.path.depth) == 0) {
    return a.site < b.site ? -1 : a.site > b.site ? 1 : 0;
  }
  const auto step = [](const Fiber& fiber, std::uint32_t i) {
    return i < std::min(fiber.path.depth, ASSAY_MAX_PATH) ? fiber.path.steps[i] : fiber.site << 32;
  };
  const std::uint32_t shared = std::min({a.path.depth, b.path.depth, ASSAY_MAX_PATH});
  for (std::uint32_t i = 0; i <= shared; ++i) {
    if (step(a, i) != step(b, i)) {
      return step(a, i) < step(b, i) ? -1 : 1;
    }
  }
  return a.path.depth == b.path.depth ? 0 : a.path.depth < b.path.depth ? -1 : 1;
}

void FiberScheduler::release_exchange(Simdgroup& simdgroup, std::uint32_t first) {
  const Fiber* earliest = nullptr;
  std::uint32_t released = 0;
  for (std::uint32_t left = simdgroup.at_exchange; left != 0; left &= left - 1) {
    const Fiber& fiber = fibers_[first + lowest_bit(left)];
    const int order = earliest == nullptr ? -1 : compare_places(fiber, *earliest);
    if (order < 0) {
      earliest = &fiber;
      released = 0;
    }
    released |= order <= 0 ? left & (0u - left) : 0;
  }
  // Copied, because a released lane may post its next value before the others have read this one.
  for (std::uint32_t left = released; left != 0; left &= left - 1) {
    const std::uint32_t lane = lowest_bit(left);
    copy_value(simdgroup.values[lane], simdgroup.posted[lane], fibers_[first + lane].size);
  }
  simdgroup.active = released;
  simdgroup.at_exchange &= ~released;
  simdgroup.ready = released;
}

bool FiberScheduler::release_barrier() {
  for (std::uint32_t i = 0; i * kWidth < threads_; ++i) {
    Simdgroup& simdgroup = simdgroups_[i];
    simdgroup.ready = simdgroup.at_barrier;
    simdgroup.at_barrier = 0;
    runnable_ |= (simdgroup.ready ? 1u : 0u) << i;
  }
  return runnable_ != 0;
}

void FiberScheduler::barrier() {
  FiberScheduler& self = *active;
  const std::uint32_t index = self.current_->index;
  self.simdgroups_[index / kWidth].at_barrier |= 1u << index % kWidth;
  self.suspend();
}

assay_exchange FiberScheduler::exchange(const void* value, std::uint32_t size,
                                        std::uint64_t site) {
  FiberScheduler& self = *active;
  Fiber& fiber = *self.current_;
  const std::uint32_t lane = fiber.index % kWidth;
  Simdgroup& simdgroup = self.simdgroups_[fiber.index / kWidth];
  post_value(simdgroup.posted[lane], value, size);
  fiber.site = site;
  fiber.size = size;
  simdgroup.at_exchange |= 1u << lane;
  self.suspend();
  return {simdgroup.values, simdgroup.active, lane};
}

std::uint32_t FiberScheduler::lane() { return active->current_->index % kWidth; }

assay_path* FiberScheduler::path() { return &active->current_->path; }

const assay_runtime* FiberScheduler::runtime() {
  static const assay_runtime table = {barrier, exchange, lane, path};
  return &table;
}

}  // namespace assay::cpu
