#include "system_call_filter.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace assay {
namespace {

#if defined(__x86_64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_AARCH64;
#endif

// Numbers from here on are those of x32, which has the architecture of x86-64.
constexpr std::uint32_t kOtherNumbers = 0x40000000;

constexpr std::uint32_t low_word(std::size_t argument) {
  return static_cast<std::uint32_t>(offsetof(seccomp_data, args) + argument * sizeof(__u64));
}

sock_filter load(std::uint32_t offset) { return BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offset); }

sock_filter answer(std::uint32_t action) { return BPF_STMT(BPF_RET | BPF_K, action); }

// Skips the next `count` instructions unless the loaded word has this value.
sock_filter unless_equal(std::uint32_t value, std::uint8_t count) {
  return BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, count);
}

}  // namespace

const std::initializer_list<long> kHarmlessCalls = {
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

SystemCallFilter::SystemCallFilter(bool allow_others)
    : allow_others_(allow_others),
      program_{
          load(offsetof(seccomp_data, arch)),
          unless_equal(kArchitecture, 1),
          BPF_STMT(BPF_JMP | BPF_JA, 1),
          answer(SECCOMP_RET_ERRNO | EPERM),
          load(offsetof(seccomp_data, nr)),
          BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, kOtherNumbers, 0, 1),
          answer(SECCOMP_RET_ERRNO | EPERM),
      } {}

void SystemCallFilter::allow(long call) {
  program_.push_back(unless_equal(static_cast<std::uint32_t>(call), 1));
  program_.push_back(answer(SECCOMP_RET_ALLOW));
}

void SystemCallFilter::refuse(long call) {
  program_.push_back(unless_equal(static_cast<std::uint32_t>(call), 1));
  program_.push_back(answer(SECCOMP_RET_ERRNO | EPERM));
}

void SystemCallFilter::allow_without(long call, std::size_t argument, std::uint32_t bits) {
  program_.push_back(unless_equal(static_cast<std::uint32_t>(call), 4));
  program_.push_back(load(low_word(argument)));
  program_.push_back(BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, bits, 1, 0));
  program_.push_back(answer(SECCOMP_RET_ALLOW));
  // The loaded word is no longer the call's number, but this may not be the only condition.
  program_.push_back(load(offsetof(seccomp_data, nr)));
}

void SystemCallFilter::allow_with(long call, std::size_t argument, std::uint32_t value) {
  program_.push_back(unless_equal(static_cast<std::uint32_t>(call), 4));
  program_.push_back(load(low_word(argument)));
  program_.push_back(unless_equal(value, 1));
  program_.push_back(answer(SECCOMP_RET_ALLOW));
  program_.push_back(load(offsetof(seccomp_data, nr)));
}

int SystemCallFilter::install(bool all_threads) {
  std::vector<sock_filter> program = program_;
  program.push_back(answer(allow_others_ ? SECCOMP_RET_ALLOW : SECCOMP_RET_ERRNO | EPERM));
  sock_fprog filter = {static_cast<unsigned short>(program.size()), program.data()};
  const unsigned flags = all_threads ? SECCOMP_FILTER_FLAG_TSYNC : 0;
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
    return errno;
  }
  const long result = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &filter);
  // A positive result is a thread that could not be brought under the filter.
  return result == 0 ? 0 : result > 0 ? ESRCH : errno;
}

SystemCallFilter computing_only() {
  SystemCallFilter filter;
  for (const long call : kHarmlessCalls) {
    filter.allow(call);
  }
  filter.allow_without(SYS_mmap, 2, PROT_EXEC);
  filter.allow_without(SYS_mprotect, 2, PROT_EXEC);
  return filter;
}

}  // namespace assay
