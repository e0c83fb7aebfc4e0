// Keeps processes that handle candidates away from files and the network.
#pragma once

#include <string>
#include <vector>

namespace assay {

// What keeps a process away: the system's mechanism, or "none" with the reason.
struct Confinement {
  std::string files;
  std::string network;
};

// Confines the calling thread, and all that it starts from now on, for good: files can be read below
// `readable`, and read and written below `writable`; no other file can be opened, no socket, and no
// other process looked into. What the system does not offer is left out.
Confinement confine(const std::vector<std::string>& readable,
                    const std::vector<std::string>& writable);

}  // namespace assay
