#include "cpu/dispatch.h"

#include <algorithm>

#include "cpu/permutation.h"

namespace assay::cpu {
namespace {

// Chunks per thread: more even the load out, fewer cost less.
constexpr std::uint64_t kChunksPerThread = 8;
constexpr std::uint64_t kMaxChunk = 64;  // threadgroups
constexpr std::uint64_t kMaxFreeThreads = 16384;
// Widths are multiples of a vector of floats.
constexpr std::uint32_t kVector = 16;

std::uint64_t divide_up(std::uint64_t value, std::uint64_t step) {
  return (value + step - 1) / step;
}

void store(const Size& size, std::uint32_t (&target)[3]) {
  target[0] = size.x;
  target[1] = size.y;
  target[2] = size.z;
}

}  // namespace

Size free_threadgroup_shape(const Size& grid, unsigned threads) {
  const std::uint64_t share = divide_up(grid.count(), threads * kChunksPerThread);
  const std::uint64_t wanted = std::clamp<std::uint64_t>(share, kVector, kMaxFreeThreads);
  if (grid.x > wanted) {
    const std::uint64_t rows = divide_up(grid.x, wanted);
    const std::uint64_t width = divide_up(divide_up(grid.x, rows), kVector) * kVector;
    return {static_cast<std::uint32_t>(std::min<std::uint64_t>(width, grid.x)), 1, 1};
  }
  const auto height = static_cast<std::uint32_t>(
      std::min<std::uint64_t>(grid.y, std::max<std::uint64_t>(1, wanted / grid.x)));
  const std::uint64_t plane = std::uint64_t{grid.x} * height;
  const auto depth = static_cast<std::uint32_t>(
      std::min<std::uint64_t>(grid.z, std::max<std::uint64_t>(1, wanted / plane)));
  return {grid.x, height, height == grid.y ? depth : 1};
}

DispatchRun::DispatchRun(const Dispatch& dispatch, unsigned threads, std::uint64_t perturbation,
                         std::atomic<bool>& stop)
    : dispatch_(dispatch),
      pipeline_(pipeline_of(dispatch)),
      synchronises_((pipeline_.kernel().flags & ASSAY_KERNEL_SYNCHRONISES) != 0),
      perturbation_(perturbation),
      stop_(stop) {
  for (std::size_t i = 0; i < kMaxBuffers; ++i) {
    const BufferBinding& binding = dispatch.buffers[i];
    buffers_[i] =
        binding.buffer ? static_cast<char*>(binding.buffer->contents()) + binding.offset : nullptr;
  }
  store(dispatch.grid, group_.threads_per_grid);
  store(shape(threads), group_.dispatch_threads_per_threadgroup);
  threadgroups_ = 1;
  for (int i = 0; i < 3; ++i) {
    const std::uint64_t count = divide_up(group_.threads_per_grid[i],
                                          group_.dispatch_threads_per_threadgroup[i]);
    group_.threadgroups_per_grid[i] = static_cast<std::uint32_t>(count);
    threadgroups_ *= count;
  }
  chunk_ = std::clamp<std::uint64_t>(threadgroups_ / (threads * kChunksPerThread), 1, kMaxChunk);
}

Size DispatchRun::shape(unsigned threads) const {
  const Size& grid = dispatch_.grid;
  const bool any_shape = (pipeline_.kernel().flags & ASSAY_KERNEL_ANY_SHAPE) != 0;
  if (!any_shape || synchronises_) {
    return dispatch_.threads_per_threadgroup;
  }
  if (perturbation_ != 0) {
    return {std::min(grid.x, kVector), 1, 1};  // small, because their order is what can be changed
  }
  return free_threadgroup_shape(grid, threads);
}

bool DispatchRun::take_part(Worker& worker) {
  Share share{this, &worker, group_};
  worker.memory.place(pipeline_.static_threadgroup_memory_length(), dispatch_.threadgroup_lengths,
                      share.group);
  if (synchronises_) {
    worker.scheduler.perturb(0);
    worker.scheduler.reserve(static_cast<std::uint32_t>(dispatch_.threads_per_threadgroup.count()));
  }
  if (worker.thread.run(run_share, &share, pipeline_.code().range(), stop_)) {
    return true;
  }
  worker.scheduler.abandon();
  return false;
}

void DispatchRun::run_share(void* argument) {
  Share& share = *static_cast<Share*>(argument);
  share.run->run_chunks(*share.worker, share.group);
}

void DispatchRun::run_chunks(Worker& worker, assay_threadgroup& group) {
  for (;;) {
    const std::uint64_t first = next_.fetch_add(chunk_, std::memory_order_relaxed);
    const std::uint64_t end = std::min(first + chunk_, threadgroups_);
    for (std::uint64_t i = first; i < end; ++i) {
      if (stop_.load(std::memory_order_relaxed)) {
        return;
      }
      if (perturbation_ != 0) {
        perturb(worker, i, group);
      } else {
        place(i, group);
      }
      run_threadgroup(worker, group);
    }
    if (end >= threadgroups_) {
      return;
    }
  }
}

// Takes any threadgroup instead of the next one, and hides what the last one left behind.
void DispatchRun::perturb(Worker& worker, std::uint64_t index, assay_threadgroup& group) const {
  place(Permutation(threadgroups_, perturbation_)(index), group);
  worker.memory.poison(pipeline_.static_threadgroup_memory_length(), dispatch_.threadgroup_lengths,
                       group);
  worker.scheduler.perturb(mixed(perturbation_) + index + 1);
}

void DispatchRun::place(std::uint64_t index, assay_threadgroup& group) const {
  for (int i = 0; i < 3; ++i) {
    const std::uint32_t count = group.threadgroups_per_grid[i];
    const auto position = static_cast<std::uint32_t>(index % count);
    index /= count;
    const std::uint32_t width = group.dispatch_threads_per_threadgroup[i];
    const std::uint32_t left = group.threads_per_grid[i] - position * width;
    group.threadgroup_position[i] = position;
    group.threads_per_threadgroup[i] = std::min(width, left);
  }
}

void DispatchRun::run_threadgroup(Worker& worker, const assay_threadgroup& group) const {
  if (synchronises_) {
    worker.scheduler.run(pipeline_.kernel(), buffers_, group);
  } else {
    pipeline_.kernel().run(buffers_, &group, 0, 0, 0);
  }
}

}  // namespace assay::cpu
