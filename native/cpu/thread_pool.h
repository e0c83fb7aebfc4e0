// Threads that work on one task together.
#pragma once

#include <pthread.h>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

namespace assay::cpu {

// Number of threads to use: ASSAY_THREADS, else the processors this process may run on.
unsigned default_thread_count();

// A thread with a guarded stack of known size and without asynchronous signals, which belong to the
// threads of Python. Joined when destroyed.
class Thread {
 public:
  explicit Thread(std::function<void()> body);
  ~Thread();
  Thread(const Thread&) = delete;
  Thread& operator=(const Thread&) = delete;

 private:
  static void* enter(void* argument);

  std::function<void()> body_;
  pthread_t handle_;
};

// One thread, the leader, brings tasks; the helpers join in as they can. A helper that is asleep
// or late never delays the leader.
class ThreadPool {
 public:
  using Task = void (*)(void* context, unsigned thread);

  explicit ThreadPool(unsigned helpers);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  // Calls task(context, 0) here and task(context, i), i = 1 to helpers, on those that come in time;
  // returns when all calls have. For one leader at a time.
  void run(Task task, void* context);

 private:
  // The state counts helpers at work in its low bits, then a bit that lets helpers in, then the
  // number of the task.
  static constexpr std::uint64_t kOpen = std::uint64_t{1} << 16;
  static constexpr std::uint64_t kTask = kOpen << 1;

  void end();
  void help(unsigned thread);
  bool join(std::uint64_t& seen);
  void sleep(std::uint64_t seen);
  bool offers_work(std::uint64_t seen) const;

  alignas(64) std::atomic<std::uint64_t> state_{0};
  alignas(64) Task task_ = nullptr;
  void* context_ = nullptr;
  std::atomic<unsigned> sleepers_{0};
  std::atomic<bool> ended_{false};
  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<std::unique_ptr<Thread>> threads_;
};

// Tells the processor that this thread waits in a loop.
inline void relax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

}  // namespace assay::cpu
