#include "cpu/confinement.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstring>
#include <vector>

#include "cpu/thread_pool.h"

namespace assay::cpu {
namespace {

#if defined(__x86_64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_AARCH64;
#endif

// Waiting and waking, memory for stacks, time, signals, and the end of a thread.
constexpr long kAllowed[] = {
    SYS_futex,          SYS_sched_yield,   SYS_nanosleep,    SYS_clock_nanosleep,
    SYS_clock_gettime,  SYS_gettimeofday,  SYS_munmap,       SYS_madvise,
    SYS_mremap,         SYS_brk,           SYS_rt_sigaction, SYS_rt_sigprocmask,
    SYS_rt_sigreturn,   SYS_sigaltstack,   SYS_tgkill,       SYS_getpid,
    SYS_gettid,         SYS_exit,          SYS_exit_group,   SYS_restart_syscall,
    SYS_set_robust_list, SYS_getrandom,    SYS_sched_getaffinity,
#ifdef SYS_rseq
    SYS_rseq,
#endif
};

constexpr std::uint32_t low_word(std::size_t argument) {
  return static_cast<std::uint32_t>(offsetof(seccomp_data, args) + argument * sizeof(__u64));
}

sock_filter load(std::uint32_t offset) { return BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offset); }

sock_filter answer(std::uint32_t action) { return BPF_STMT(BPF_RET | BPF_K, action); }

// Skips the next `count` instructions unless the loaded word has this value.
sock_filter unless_equal(std::uint32_t value, std::uint8_t count) {
  return BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, count);
}

// The call with this number is allowed where a bit mask of its third argument is 0.
void allow_without(std::vector<sock_filter>& program, long call, std::uint32_t forbidden) {
  program.push_back(unless_equal(static_cast<std::uint32_t>(call), 4));
  program.push_back(load(low_word(2)));
  program.push_back(BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, forbidden, 1, 0));
  program.push_back(answer(SECCOMP_RET_ALLOW));
  program.push_back(answer(SECCOMP_RET_ERRNO | EPERM));
}

std::vector<sock_filter> make_program() {
  std::vector<sock_filter> program = {
      load(offsetof(seccomp_data, arch)),
      unless_equal(kArchitecture, 1),
      BPF_STMT(BPF_JMP | BPF_JA, 1),
      answer(SECCOMP_RET_ERRNO | EPERM),
      load(offsetof(seccomp_data, nr)),
  };
  for (const long call : kAllowed) {
    program.push_back(unless_equal(static_cast<std::uint32_t>(call), 1));
    program.push_back(answer(SECCOMP_RET_ALLOW));
  }
  allow_without(program, SYS_mmap, PROT_EXEC);
  allow_without(program, SYS_mprotect, PROT_EXEC);
  // Messages of a process that dies, to its error output alone.
  program.push_back(unless_equal(SYS_write, 3));
  program.push_back(load(low_word(0)));
  program.push_back(unless_equal(STDERR_FILENO, 1));
  program.push_back(answer(SECCOMP_RET_ALLOW));
  program.push_back(answer(SECCOMP_RET_ERRNO | EPERM));
  return program;
}

// 0 or the error number.
int install() {
  static const std::vector<sock_filter> program = make_program();
  sock_fprog filter = {static_cast<unsigned short>(program.size()),
                       const_cast<sock_filter*>(program.data())};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
      syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter) != 0) {
    return errno;
  }
  return 0;
}

// Error number of the last confine_thread.
std::atomic<int> outcome{0};

}  // namespace

void confine_thread() { outcome.store(install()); }

std::string confinement() {
  { const Thread confined([] {}); }
  if (const int failure = outcome.load()) {
    return std::string("none: this system offers no seccomp filters (") + std::strerror(failure) +
           ")";
  }
  return "seccomp";
}

}  // namespace assay::cpu
