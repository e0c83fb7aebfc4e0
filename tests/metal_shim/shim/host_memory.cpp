#include "host_memory.h"

#include <sys/mman.h>

#include <cstring>
#include <new>

namespace shim {
namespace {

constexpr std::size_t kPage = 16384;  // as on Apple silicon
constexpr int kStale = 0xa5;          // Metal does not promise that new memory is zero

}  // namespace

HostMemory::HostMemory(std::shared_ptr<assay::Buffer> device_memory)
    : device_memory_(std::move(device_memory)),
      size_((length() + kPage - 1) / kPage * kPage),
      data_(mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)) {
  if (data_ == MAP_FAILED) {
    throw std::bad_alloc();
  }
  std::memset(data_, kStale, length());
}

HostMemory::~HostMemory() { munmap(data_, size_); }

void HostMemory::begin_use() {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (users_++ == 0) {
    std::memcpy(device_memory_->contents(), data_, length());
    mprotect(data_, size_, PROT_NONE);
  }
}

void HostMemory::end_use() {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (--users_ == 0) {
    mprotect(data_, size_, PROT_READ | PROT_WRITE);
    std::memcpy(data_, device_memory_->contents(), length());
  }
}

}  // namespace shim
