// The memory of a buffer as the host sees it. While work that uses the buffer is on its way, the
// host's view is inaccessible: a host that reads too early crashes instead of finding old data.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>

#include "device.h"

namespace shim {

class HostMemory {
 public:
  explicit HostMemory(std::shared_ptr<assay::Buffer> device_memory);
  ~HostMemory();
  HostMemory(const HostMemory&) = delete;
  HostMemory& operator=(const HostMemory&) = delete;

  void* data() const { return data_; }
  std::size_t length() const { return device_memory_->length(); }
  const std::shared_ptr<assay::Buffer>& device_memory() const { return device_memory_; }

  void begin_use();
  void end_use();

 private:
  std::shared_ptr<assay::Buffer> device_memory_;
  std::size_t size_;
  void* data_;
  std::mutex mutex_;
  int users_ = 0;
};

}  // namespace shim
