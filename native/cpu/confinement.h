// Keeps kernel code away from the operating system.
#pragma once

#include <string>

namespace assay::cpu {

// Allows the calling thread no system call but those that running and stopping kernels takes: no
// files, no sockets, no processes, no executable memory. Others fail with EPERM from now on.
void confine_thread();

// What confine_thread does on this machine: "seccomp", or "none" with the reason.
std::string confinement();

}  // namespace assay::cpu
