#include "process_confinement.h"

#if defined(__linux__)

#include <sys/syscall.h>

#include <cstring>

#include "landlock.h"
#include "system_call_filter.h"

namespace assay {
namespace {

// Sockets, what makes them in other ways, and what reaches into other processes or the system.
constexpr long kRefused[] = {
    SYS_socket,
    SYS_ptrace,
    SYS_process_vm_readv,
    SYS_process_vm_writev,
    SYS_open_by_handle_at,
    SYS_bpf,
    SYS_perf_event_open,
    SYS_userfaultfd,
    SYS_add_key,
    SYS_request_key,
    SYS_keyctl,
    SYS_mount,
    SYS_umount2,
    SYS_pivot_root,
    SYS_chroot,
    SYS_unshare,
    SYS_setns,
    SYS_kexec_load,
    SYS_init_module,
    SYS_finit_module,
    SYS_delete_module,
    // Newer than the headers of some systems; the numbers are the same on all architectures.
    425,  // io_uring_setup
    428,  // open_tree
    430,  // fsopen
    438,  // pidfd_getfd
};

SystemCallFilter others_allowed() {
  SystemCallFilter filter(true);
  for (const long call : kRefused) {
    filter.refuse(call);
  }
  return filter;
}

std::string none(const char* what, int failure) {
  return std::string("none: this system offers no ") + what + " (" + std::strerror(failure) + ")";
}

}  // namespace

Confinement confine(const std::vector<std::string>& readable,
                    const std::vector<std::string>& writable) {
  Confinement result;
  const int files = landlock_restrict(readable, writable);
  result.files = files == 0 ? "landlock (version " + std::to_string(landlock_version()) + ")"
                            : none("Landlock", files);
  const int network = others_allowed().install(false);
  result.network = network == 0 ? "seccomp" : none("seccomp filters", network);
  return result;
}

}  // namespace assay

#else

namespace assay {

Confinement confine(const std::vector<std::string>&, const std::vector<std::string>&) {
  const std::string reason = "none: processes are confined on Linux only";
  return {reason, reason};
}

}  // namespace assay

#endif
