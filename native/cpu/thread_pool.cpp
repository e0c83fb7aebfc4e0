#include "cpu/thread_pool.h"

#include <sched.h>
#include <signal.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <utility>

#include "cpu/confinement.h"
#include "errors.h"

namespace assay::cpu {
namespace {

constexpr std::size_t kStack = std::size_t{8} << 20;
constexpr std::size_t kStackGuard = std::size_t{1} << 20;
constexpr unsigned kMaxThreads = 1024;
// About 20 microseconds: longer than the pause between two dispatches of a command buffer.
constexpr int kSpins = 500;
constexpr int kSpinsBeforeYield = 200;

void block_asynchronous_signals() {
  sigset_t blocked;
  sigfillset(&blocked);
  for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGURG, SIGABRT, SIGPROF}) {
    sigdelset(&blocked, signal);
  }
  pthread_sigmask(SIG_SETMASK, &blocked, nullptr);
}

}  // namespace

unsigned default_thread_count() {
  if (const char* text = std::getenv("ASSAY_THREADS")) {
    char* end = nullptr;
    const unsigned long count = std::strtoul(text, &end, 10);
    if (end == text || *end != '\0' || count < 1 || count > kMaxThreads) {
      throw invalid("ASSAY_THREADS is '" + std::string(text) + "': use a number from 1 to " +
                    std::to_string(kMaxThreads));
    }
    return static_cast<unsigned>(count);
  }
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) {
    return 1;
  }
  return static_cast<unsigned>(std::max(1, CPU_COUNT(&allowed)));
}

Thread::Thread(std::function<void()> body) : body_(std::move(body)) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, kStack);
  pthread_attr_setguardsize(&attributes, kStackGuard);
  const int failure = pthread_create(&handle_, &attributes, enter, this);
  pthread_attr_destroy(&attributes);
  if (failure != 0) {
    throw invalid("a thread of the CPU device cannot be started: raise the process's limits or "
                  "set ASSAY_THREADS to a smaller number");
  }
}

Thread::~Thread() { pthread_join(handle_, nullptr); }

void* Thread::enter(void* argument) {
  block_asynchronous_signals();
  confine_thread();
  static_cast<Thread*>(argument)->body_();
  return nullptr;
}

ThreadPool::ThreadPool(unsigned helpers) {
  try {
    for (unsigned i = 1; i <= helpers; ++i) {
      threads_.push_back(std::make_unique<Thread>([this, i] { help(i); }));
    }
  } catch (...) {
    end();
    throw;
  }
}

ThreadPool::~ThreadPool() { end(); }

void ThreadPool::end() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    ended_.store(true);
  }
  wake_.notify_all();
  threads_.clear();
}

void ThreadPool::run(Task task, void* context) {
  task_ = task;
  context_ = context;
  state_.store((state_.load() / kTask + 1) * kTask | kOpen);
  if (sleepers_.load() != 0) {
    { const std::lock_guard<std::mutex> lock(mutex_); }
    wake_.notify_all();
  }
  task(context, 0);
  state_.fetch_and(~kOpen);
  for (int spins = 0; state_.load() % kOpen != 0; ++spins) {
    if (spins < kSpinsBeforeYield) {
      relax();
    } else {
      sched_yield();
    }
  }
}

bool ThreadPool::offers_work(std::uint64_t seen) const {
  const std::uint64_t state = state_.load();
  return (state & kOpen) != 0 && state / kTask != seen;
}

// Enters the current task, unless it is closed or this helper has been in it.
bool ThreadPool::join(std::uint64_t& seen) {
  std::uint64_t state = state_.load();
  while ((state & kOpen) != 0 && state / kTask != seen) {
    if (state_.compare_exchange_weak(state, state + 1)) {
      seen = state / kTask;
      return true;
    }
  }
  return false;
}

void ThreadPool::sleep(std::uint64_t seen) {
  std::unique_lock<std::mutex> lock(mutex_);
  sleepers_.fetch_add(1);
  wake_.wait(lock, [&] { return ended_.load() || offers_work(seen); });
  sleepers_.fetch_sub(1);
}

void ThreadPool::help(unsigned thread) {
  std::uint64_t seen = 0;
  int idle = 0;
  while (!ended_.load()) {
    if (join(seen)) {
      task_(context_, thread);
      state_.fetch_sub(1);
      idle = 0;
    } else if (++idle < kSpins) {
      relax();
    } else {
      sleep(seen);
      idle = 0;
    }
  }
}

}  // namespace assay::cpu
