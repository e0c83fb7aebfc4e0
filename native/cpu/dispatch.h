// One dispatch: the grid cut into threadgroups, and the threads of the pool that run them.
#pragma once

#include <atomic>
#include <cstdint>

#include "cpu/kernel_abi.h"
#include "cpu/kernel_thread.h"
#include "cpu/objects.h"
#include "cpu/scheduler.h"
#include "cpu/threadgroup_memory.h"

namespace assay::cpu {

// What one thread of the pool needs to run threadgroups.
struct Worker {
  FiberScheduler scheduler;
  ThreadgroupMemory memory;
  KernelThread thread{scheduler.stacks()};
};

// Shape in which to run a kernel that does not care about its threadgroups: long rows in x, enough
// of them to keep all threads busy.
Size free_threadgroup_shape(const Size& grid, unsigned threads);

class DispatchRun {
 public:
  // `stop` ends the run early when set.
  DispatchRun(const Dispatch& dispatch, unsigned threads, std::uint64_t perturbation,
              std::atomic<bool>& stop);

  // True where there is work for more than one thread.
  bool is_shared() const { return chunk_ < threadgroups_; }
  // Runs threadgroups until none is left. To be called by every thread that takes part. False if
  // the kernel was left early.
  bool take_part(Worker& worker);

 private:
  struct Share {
    DispatchRun* run;
    Worker* worker;
    assay_threadgroup group;
  };

  static void run_share(void* share);

  Size shape(unsigned threads) const;
  void run_chunks(Worker& worker, assay_threadgroup& group);
  void perturb(Worker& worker, std::uint64_t index, assay_threadgroup& group) const;
  void place(std::uint64_t index, assay_threadgroup& group) const;
  void run_threadgroup(Worker& worker, const assay_threadgroup& group) const;

  const Dispatch& dispatch_;
  const CpuPipeline& pipeline_;
  bool synchronises_;
  std::uint64_t perturbation_;
  std::atomic<bool>& stop_;
  void* buffers_[ASSAY_MAX_BUFFERS];
  assay_threadgroup group_{};
  std::uint64_t threadgroups_;
  std::uint64_t chunk_;
  alignas(64) std::atomic<std::uint64_t> next_{0};
};

}  // namespace assay::cpu
