// What the Objective-C++ files of the Metal backend share. Nothing else includes it.
//
// An exception that leaves an autorelease pool skips its end and leaks what is in it. So whatever
// talks to Metal runs in pooled(), which lets none out: failures are returned, and thrown outside.
#pragma once

#import <Foundation/Foundation.h>
#import <Metal/Metal.h>

#if defined(__MAC_OS_X_VERSION_MAX_ALLOWED) && __MAC_OS_X_VERSION_MAX_ALLOWED < 150000
#error "Assay needs the SDK of macOS 15 or newer: update the Command Line Tools (softwareupdate -l)"
#endif

#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include "device.h"

namespace assay::metal {

template <class Work>
auto pooled(Work work) noexcept -> decltype(work()) {
  static_assert(!std::is_convertible_v<decltype(work()), id>,
                "the object would be autoreleased after the pool's end: return an Outcome");
  @autoreleasepool {
    return work();
  }
}

// Nil where the text is not UTF-8.
inline NSString* string(const std::string& text) {
  return [NSString stringWithCString:text.c_str() encoding:NSUTF8StringEncoding];
}

inline std::string text(NSString* string) {
  const char* characters = string.UTF8String;
  return characters ? characters : "";
}

inline std::string text(NSError* error) {
  return error ? text(error.localizedDescription) : "Metal gave no reason";
}

// What came of a call that can fail: an object, or why there is none.
template <class Object>
struct Outcome {
  Object object;
  std::string failure;
};

class MetalBuffer final : public Buffer {
 public:
  explicit MetalBuffer(id<MTLBuffer> buffer)
      : buffer_(buffer), contents_(buffer.contents), length_(buffer.length) {}

  void* contents() override { return contents_; }
  std::size_t length() const override { return length_; }
  id<MTLBuffer> object() const { return buffer_; }

 private:
  id<MTLBuffer> buffer_;
  void* contents_;
  std::size_t length_;
};

class MetalPipeline final : public Pipeline {
 public:
  MetalPipeline(std::string name, id<MTLComputePipelineState> state,
                MTLComputePipelineReflection* reflection);

  const std::string& name() const override { return name_; }
  std::uint32_t max_total_threads_per_threadgroup() const override {
    return static_cast<std::uint32_t>(state_.maxTotalThreadsPerThreadgroup);
  }
  std::uint32_t thread_execution_width() const override {
    return static_cast<std::uint32_t>(state_.threadExecutionWidth);
  }
  std::uint32_t static_threadgroup_memory_length() const override {
    return static_cast<std::uint32_t>(state_.staticThreadgroupMemoryLength);
  }
  std::uint32_t required_buffers() const override { return buffers_; }
  std::uint32_t required_threadgroup_arguments() const override { return threadgroup_arguments_; }
  id<MTLComputePipelineState> object() const { return state_; }

 private:
  std::string name_;
  id<MTLComputePipelineState> state_;
  std::uint32_t buffers_ = 0;
  std::uint32_t threadgroup_arguments_ = 0;
};

// A library of `library`'s kernels, in the order in which `source` mentions them.
std::shared_ptr<Library> make_library(id<MTLLibrary> library, const std::string& source);

// Commits dispatches to a queue. The first command buffer is traced into the capture's file.
class Capture;
std::shared_ptr<Capture> make_capture(const std::string& file);
std::shared_ptr<CommandBuffer> make_command_buffer(id<MTLCommandQueue> queue,
                                                   std::shared_ptr<Capture> capture,
                                                   std::uint32_t max_threadgroup_memory);

}  // namespace assay::metal
