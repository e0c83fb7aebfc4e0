// Which files a thread may use (Linux 5.13 and newer).
#pragma once

#include <string>
#include <vector>

namespace assay {

// Version of the interface that the system offers, 1 or more; the negative error number where it
// offers none.
int landlock_version();

// Limits the calling thread, and what it starts from now on, to reading and executing below
// `readable`, and to reading and writing below `writable`; nothing there is a device or a socket to
// be made. Paths that do not exist are left out. TCP, and signals to processes outside, are refused
// where the system can. 0 or the error number.
int landlock_restrict(const std::vector<std::string>& readable,
                      const std::vector<std::string>& writable);

}  // namespace assay
