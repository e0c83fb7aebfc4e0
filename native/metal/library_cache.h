// Libraries that were compiled before, by their source.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>

#include "device.h"

namespace assay::metal {

class LibraryCache {
 public:
  std::shared_ptr<Library> find(const std::string& source) const {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto found = libraries_.find(source);
    return found == libraries_.end() ? nullptr : found->second;
  }

  void keep(const std::string& source, std::shared_ptr<Library> library) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (libraries_.size() >= kMost) {
      libraries_.clear();  // rare enough not to ask which one was used last
    }
    libraries_.insert_or_assign(source, std::move(library));
  }

 private:
  static constexpr std::size_t kMost = 64;

  mutable std::mutex mutex_;
  // The map hashes the source, and compares it where hashes are equal.
  std::unordered_map<std::string, std::shared_ptr<Library>> libraries_;
};

}  // namespace assay::metal
