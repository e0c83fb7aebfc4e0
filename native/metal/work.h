// Work that was committed to the GPU, as Metal's completion handler and the waiting thread share it.
#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "device.h"

namespace assay::metal {

class Work {
 public:
  explicit Work(std::vector<Dispatch> dispatches) : dispatches_(std::move(dispatches)) {}

  const std::vector<Dispatch>& dispatches() const { return dispatches_; }

  // How it ended. What comes first counts: a result after giving up changes nothing.
  void succeed(const Interval& interval) { end(interval, std::nullopt); }
  void fail(const std::string& kind, const std::string& reason);
  void give_up(double limit);

  // Waits for at most `seconds`. True once the work has ended.
  bool wait(double seconds);
  CommandBuffer::Status status() const;
  Interval interval() const;
  void throw_failure() const;

 private:
  bool has_ended() const { return status_ != CommandBuffer::Status::committed; }
  void end(const Interval& interval, std::optional<DeviceError> failure);
  DeviceError error(const std::string& kind, const std::string& what_happened) const;
  std::vector<std::string> kernel_names() const;

  const std::vector<Dispatch> dispatches_;
  mutable std::mutex mutex_;
  std::condition_variable ended_;
  CommandBuffer::Status status_ = CommandBuffer::Status::committed;
  Interval interval_;
  std::optional<DeviceError> failure_;
};

}  // namespace assay::metal
