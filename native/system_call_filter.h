// Lists of the system calls that threads may still make (Linux seccomp).
#pragma once

#include <linux/filter.h>

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <vector>

namespace assay {

// Waiting and waking, memory, time, signals, and the end of a thread or of the process.
extern const std::initializer_list<long> kHarmlessCalls;

// Every call that is not allowed fails with EPERM, or, where the others are allowed, those that are
// refused. So do calls of other architectures. Conditions look at the low 32 bits of an argument,
// which is all that flags and descriptors have.
class SystemCallFilter {
 public:
  explicit SystemCallFilter(bool allow_others = false);

  void allow(long call);
  void refuse(long call);
  // Allowed where the argument has none of these bits.
  void allow_without(long call, std::size_t argument, std::uint32_t bits);
  // Allowed where the argument has this value.
  void allow_with(long call, std::size_t argument, std::uint32_t value);

  // From now on the filter holds, for the calling thread or for all threads of the process, and
  // for what they start. Returns 0 or the error number.
  int install(bool all_threads);

 private:
  bool allow_others_;
  std::vector<sock_filter> program_;
};

// A filter that allows harmless calls, and memory that cannot be executed.
SystemCallFilter computing_only();

}  // namespace assay
