// Keeps a whole process away from the operating system.
#pragma once

#include <string>
#include <vector>

namespace assay {

// From now on, no thread of this process opens files or sockets, starts processes or makes memory
// executable; such calls fail with EPERM. It may read from and write to `descriptors`, and compute.
// Returns what holds it: "seccomp", or "none" with the reason.
std::string enter_sandbox(const std::vector<int>& descriptors);

}  // namespace assay
