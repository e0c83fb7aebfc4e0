#include "metal/work.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <utility>

namespace assay::metal {

void Work::fail(const std::string& kind, const std::string& reason) {
  const std::string what = kind == "discarded" ? "was discarded" : "was stopped";
  end({}, error(kind, what + " by Metal: " + reason));
}

void Work::give_up(double limit) {
  char seconds[32];
  std::snprintf(seconds, sizeof seconds, "%g", limit);
  end({}, error("timeout", "did not finish within " + std::string(seconds) +
                              " s. Metal cannot stop it: the GPU stays busy until it ends by "
                              "itself or macOS ends it"));
}

bool Work::wait(double seconds) {
  std::unique_lock<std::mutex> lock(mutex_);
  return ended_.wait_for(lock, std::chrono::duration<double>(seconds),
                         [&] { return has_ended(); });
}

CommandBuffer::Status Work::status() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return status_;
}

Interval Work::interval() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return interval_;
}

void Work::throw_failure() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (failure_) {
    throw DeviceError(*failure_);
  }
}

void Work::end(const Interval& interval, std::optional<DeviceError> failure) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (has_ended()) {
    return;
  }
  interval_ = interval;
  failure_ = std::move(failure);
  status_ = failure_ ? CommandBuffer::Status::error : CommandBuffer::Status::completed;
  ended_.notify_all();
}

// Metal does not tell which of several kernels it was.
DeviceError Work::error(const std::string& kind, const std::string& what_happened) const {
  const auto names = kernel_names();
  if (names.size() == 1) {
    DeviceError made(kind, "kernel " + names.front() + " " + what_happened);
    made.kernel = names.front();
    return made;
  }
  std::string list;
  for (const std::string& name : names) {
    list += (list.empty() ? "" : ", ") + name;
  }
  return DeviceError(kind, "one of the kernels " + list + " " + what_happened);
}

std::vector<std::string> Work::kernel_names() const {
  std::vector<std::string> names;
  for (const Dispatch& dispatch : dispatches_) {
    const std::string& name = dispatch.pipeline->name();
    if (std::find(names.begin(), names.end(), name) == names.end()) {
      names.push_back(name);
    }
  }
  return names;
}

}  // namespace assay::metal
