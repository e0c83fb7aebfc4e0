#include "landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>

namespace assay {
namespace {

// The interface of linux/landlock.h, which older systems lack or have less of.
constexpr long kCreateRuleset = 444;
constexpr long kAddRule = 445;
constexpr long kRestrictSelf = 446;
constexpr std::uint32_t kAskVersion = 1;
constexpr int kPathBeneath = 1;

struct Ruleset {
  std::uint64_t files;
  std::uint64_t network;  // from version 4
  std::uint64_t scope;    // from version 6
};

struct PathBeneath {
  std::uint64_t access;
  std::int32_t directory;
} __attribute__((packed));

enum Access : std::uint64_t {
  kExecute = 1u << 0,
  kWriteFile = 1u << 1,
  kReadFile = 1u << 2,
  kReadDirectory = 1u << 3,
  kRemoveDirectory = 1u << 4,
  kRemoveFile = 1u << 5,
  kMakeCharacterDevice = 1u << 6,
  kMakeDirectory = 1u << 7,
  kMakeFile = 1u << 8,
  kMakeSocket = 1u << 9,
  kMakePipe = 1u << 10,
  kMakeBlockDevice = 1u << 11,
  kMakeLink = 1u << 12,
  kMoveBetweenDirectories = 1u << 13,  // from version 2
  kTruncate = 1u << 14,                // from version 3
  kControlDevice = 1u << 15,           // from version 5
};
constexpr std::uint64_t kTcp = 3;      // to bind and to connect
constexpr std::uint64_t kOutside = 3;  // abstract sockets and signals

constexpr std::uint64_t kReading = kExecute | kReadFile | kReadDirectory;
constexpr std::uint64_t kWriting = kReading | kWriteFile | kRemoveDirectory | kRemoveFile |
                                   kMakeDirectory | kMakeFile | kMoveBetweenDirectories | kTruncate;
constexpr std::uint64_t kOfFiles = kExecute | kWriteFile | kReadFile | kTruncate | kControlDevice;

// All kinds of access that a version knows.
std::uint64_t known_access(int version) {
  const int count = version >= 5 ? 16 : version >= 3 ? 15 : version >= 2 ? 14 : 13;
  return (std::uint64_t{1} << count) - 1;
}

int make_ruleset(int version) {
  const Ruleset rules = {known_access(version), version >= 4 ? kTcp : 0,
                         version >= 6 ? kOutside : 0};
  const std::size_t size = version >= 6   ? sizeof rules
                           : version >= 4 ? offsetof(Ruleset, scope)
                                          : offsetof(Ruleset, network);
  return static_cast<int>(syscall(kCreateRuleset, &rules, size, 0));
}

void allow(int ruleset, const std::string& path, std::uint64_t access) {
  const int opened = open(path.c_str(), O_PATH | O_CLOEXEC);
  struct stat status {};
  if (opened < 0) {
    return;
  }
  if (fstat(opened, &status) == 0) {
    const bool is_directory = S_ISDIR(status.st_mode);
    const PathBeneath rule = {is_directory ? access : access & kOfFiles, opened};
    syscall(kAddRule, ruleset, kPathBeneath, &rule, 0);
  }
  close(opened);
}

}  // namespace

int landlock_version() {
  const long version = syscall(kCreateRuleset, nullptr, 0, kAskVersion);
  return version < 0 ? -errno : static_cast<int>(version);
}

int landlock_restrict(const std::vector<std::string>& readable,
                      const std::vector<std::string>& writable) {
  const int version = landlock_version();
  if (version < 0) {
    return -version;
  }
  const int ruleset = make_ruleset(version);
  if (ruleset < 0) {
    return errno;
  }
  for (const std::string& path : readable) {
    allow(ruleset, path, kReading & known_access(version));
  }
  for (const std::string& path : writable) {
    allow(ruleset, path, kWriting & known_access(version));
  }
  int failure = 0;
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || syscall(kRestrictSelf, ruleset, 0) != 0) {
    failure = errno;
  }
  close(ruleset);
  return failure;
}

}  // namespace assay
