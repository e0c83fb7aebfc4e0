#include "cpu/confinement.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cstring>

#include "cpu/thread_pool.h"
#include "system_call_filter.h"

namespace assay::cpu {
namespace {

SystemCallFilter make_filter() {
  SystemCallFilter filter = computing_only();
  // Messages of a process that dies, to its error output alone.
  filter.allow_with(SYS_write, 0, STDERR_FILENO);
  return filter;
}

// Error number of the last confine_thread.
std::atomic<int> outcome{0};

}  // namespace

void confine_thread() {
  static SystemCallFilter filter = make_filter();
  outcome.store(filter.install(false));
}

std::string confinement() {
  { const Thread confined([] {}); }
  if (const int failure = outcome.load()) {
    return std::string("none: this system offers no seccomp filters (") + std::strerror(failure) +
           ")";
  }
  return "seccomp";
}

}  // namespace assay::cpu
