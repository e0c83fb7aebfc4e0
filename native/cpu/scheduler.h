// Runs the threads of one threadgroup that wait for each other, each on a stack of its own.
//
// Rules: a thread runs until it waits. When no lane of a simdgroup can run, those of its lanes that
// wait at the lowest site of a simdgroup operation go on together. When no thread of the
// threadgroup can run and none waits for its simdgroup, all that wait at the barrier go on; threads
// that have finished count as arrived.
#pragma once

#include <cstdint>
#include <memory>

#include "cpu/fiber.h"
#include "cpu/kernel_abi.h"

namespace assay::cpu {

class FiberScheduler {
 public:
  static constexpr std::uint32_t kMaxThreads = 1024;
  static constexpr std::uint32_t kSimdgroups = kMaxThreads / ASSAY_SIMD_WIDTH;

  FiberScheduler();
  ~FiberScheduler();
  FiberScheduler(const FiberScheduler&) = delete;
  FiberScheduler& operator=(const FiberScheduler&) = delete;

  // Prepares for threadgroups of up to `threads` threads. DeviceError where memory runs out.
  void reserve(std::uint32_t threads);
  // Threads run in an order drawn from `seed`; 0 restores the usual one.
  void perturb(std::uint64_t seed);
  // Runs all threads of `group` on the calling thread.
  void run(const assay_kernel& kernel, void* const* buffers, const assay_threadgroup& group);
  // Forgets the threads of a run() that was left early. Needed before the next run().
  void abandon();

  const FiberStacks& stacks() const { return stacks_; }

  // The functions that a kernel calls.
  static const assay_runtime* runtime();

 private:
  struct alignas(64) Fiber {  // what every switch needs lies in one cache line
    void* stack_pointer;
    std::uint64_t site;
    std::uint32_t size;
    std::uint32_t index;
    std::uint32_t x, y, z;
    assay_path path;
  };

  // Each thread of a simdgroup is in at most one of the masks; the running one and those that have
  // finished are in none.
  struct Simdgroup {
    std::uint32_t ready = 0;
    std::uint32_t at_exchange = 0;
    std::uint32_t at_barrier = 0;
    std::uint32_t active = 0;  // lanes of the last exchange
    alignas(64) char posted[ASSAY_SIMD_WIDTH][ASSAY_MAX_EXCHANGE_BYTES] = {};
    alignas(64) char values[ASSAY_SIMD_WIDTH][ASSAY_MAX_EXCHANGE_BYTES] = {};
  };

  static void barrier();
  static assay_exchange exchange(const void* value, std::uint32_t size, std::uint64_t site);
  static std::uint32_t lane();
  static assay_path* path();
  static int compare_places(const Fiber& a, const Fiber& b);
  static void fiber_main();

  void shape_threads(const assay_threadgroup& group);
  void suspend();
  Fiber* next();
  std::uint32_t choose(std::uint32_t mask);
  void release_exchange(Simdgroup& simdgroup, std::uint32_t first);
  bool release_barrier();

  FiberStacks stacks_;
  std::unique_ptr<Fiber[]> fibers_;
  std::unique_ptr<Simdgroup[]> simdgroups_;
  std::uint64_t random_ = 0;  // state of the generator of perturbed orders; 0 where unused
  bool fresh_ = false;        // no thread of the threadgroup has run yet
  std::uint32_t prepared_ = 0;  // fibers with a context
  std::uint32_t shape_[3] = {0, 0, 0};
  std::uint32_t threads_ = 0;
  std::uint32_t current_simdgroup_ = 0;
  std::uint32_t runnable_ = 0;  // bit per simdgroup with ready or exchanging lanes
  Fiber* current_ = nullptr;
  void* main_stack_pointer_ = nullptr;
  const assay_kernel* kernel_ = nullptr;
  void* const* buffers_ = nullptr;
  const assay_threadgroup* group_ = nullptr;
};

}  // namespace assay::cpu
