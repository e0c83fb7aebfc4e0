// Command buffers: encoding, committing, and what came of it.
#include <algorithm>
#include <initializer_list>

#include "metal/metal_objects.h"
#include "metal/work.h"

namespace assay::metal {
// A trace of what the GPU does, for Xcode.
class Capture {
 public:
  explicit Capture(std::string file) : file_(std::move(file)) {}

  // Why no trace can be written; empty where one is being written or none is wanted.
  std::string start(id<MTLCommandQueue> queue) {
    if (file_.empty()) {
      return "";
    }
    MTLCaptureManager* manager = [MTLCaptureManager sharedCaptureManager];
    if (![manager supportsDestination:MTLCaptureDestinationGPUTraceDocument]) {
      return "macOS writes GPU traces only with MTL_CAPTURE_ENABLED=1 in the environment";
    }
    NSString* path = string(std::exchange(file_, ""));
    MTLCaptureDescriptor* descriptor = [[MTLCaptureDescriptor alloc] init];
    descriptor.captureObject = queue;
    descriptor.destination = MTLCaptureDestinationGPUTraceDocument;
    descriptor.outputURL = [NSURL fileURLWithPath:path];
    NSError* error = nil;
    running_ = [manager startCaptureWithDescriptor:descriptor error:&error];
    return running_ ? "" : "the GPU trace cannot be written: " + text(error);
  }

  void stop() {
    if (std::exchange(running_, false)) {
      [[MTLCaptureManager sharedCaptureManager] stopCapture];
    }
  }

 private:
  std::string file_;  // empty once the trace was started
  bool running_ = false;
};

namespace {

bool mentions(const std::string& text, std::initializer_list<const char*> phrases) {
  return std::any_of(phrases.begin(), phrases.end(), [&](const char* phrase) {
    return text.find(phrase) != std::string::npos;
  });
}

// Whose fault it is. Several of the driver's reasons share the code of an internal error and are
// told apart by their names in its text.
const char* kind_of(NSInteger code, const std::string& reason) {
  if (code == MTLCommandBufferErrorTimeout ||
      mentions(reason, {"ErrorTimeout", "ErrorHang", "ErrorImpactingInteractivity"})) {
    return "timeout";
  }
  // The GPU was reset for another one's work, or refuses this process for what it did before.
  if (code == MTLCommandBufferErrorAccessRevoked ||
      mentions(reason, {"ErrorInnocentVictim", "victim of GPU error"})) {
    return "discarded";
  }
  return code == MTLCommandBufferErrorOutOfMemory ? "unavailable" : "fault";
}

MTLSize to_metal(const Size& size) { return MTLSizeMake(size.x, size.y, size.z); }

// Writes dispatches into an encoder, and sets only what changed since the last one.
class Encoder {
 public:
  explicit Encoder(id<MTLComputeCommandEncoder> encoder) : encoder_(encoder) {}

  void encode(const Dispatch& dispatch) {
    if (dispatch.pipeline != last_.pipeline) {
      const auto& pipeline = static_cast<const MetalPipeline&>(*dispatch.pipeline);
      [encoder_ setComputePipelineState:pipeline.object()];
    }
    for (std::uint32_t i = 0; i < kMaxBuffers; ++i) {
      bind(dispatch.buffers[i], last_.buffers[i], i);
    }
    for (std::uint32_t i = 0; i < kMaxThreadgroupArguments; ++i) {
      if (dispatch.threadgroup_lengths[i] != last_.threadgroup_lengths[i]) {
        [encoder_ setThreadgroupMemoryLength:dispatch.threadgroup_lengths[i] atIndex:i];
      }
    }
    [encoder_ dispatchThreads:to_metal(dispatch.grid)
        threadsPerThreadgroup:to_metal(dispatch.threads_per_threadgroup)];
    last_ = dispatch;
  }

 private:
  void bind(const BufferBinding& binding, const BufferBinding& last, std::uint32_t index) {
    if (binding.buffer && binding.buffer == last.buffer && binding.offset != last.offset) {
      [encoder_ setBufferOffset:binding.offset atIndex:index];
    } else if (binding.buffer && binding.buffer != last.buffer) {
      const auto& buffer = static_cast<const MetalBuffer&>(*binding.buffer);
      [encoder_ setBuffer:buffer.object() offset:binding.offset atIndex:index];
    }
  }

  id<MTLComputeCommandEncoder> encoder_;
  Dispatch last_;
};

class MetalCommandBuffer final : public CommandBuffer {
 public:
  MetalCommandBuffer(id<MTLCommandQueue> queue, std::shared_ptr<Capture> capture,
                     std::uint32_t max_threadgroup_memory)
      : CommandBuffer(max_threadgroup_memory), queue_(queue), capture_(std::move(capture)) {}

 private:
  void submit(std::vector<Dispatch> dispatches) override {
    work_ = std::make_shared<Work>(std::move(dispatches));
    const std::string failure = pooled([&] { return encode_and_commit(); });
    if (!failure.empty()) {
      throw invalid("[metal] " + failure);
    }
  }

  std::string encode_and_commit() {
    const std::string no_trace = capture_->start(queue_);
    if (!no_trace.empty()) {
      return no_trace;
    }
    id<MTLCommandBuffer> buffer = [queue_ commandBuffer];
    if (!buffer) {
      return "the GPU gave no command buffer: too many are waiting";
    }
    if (!encode(buffer)) {
      return "the GPU gave no encoder";
    }
    const std::shared_ptr<Work> work = work_;  // the block keeps it until the GPU is done
    [buffer addCompletedHandler:^(id<MTLCommandBuffer> ended) {
      finish(*work, ended);
    }];
    [buffer commit];
    capture_->stop();
    return "";
  }

  bool encode(id<MTLCommandBuffer> buffer) const {
    if (work_->dispatches().empty()) {
      return true;
    }
    id<MTLComputeCommandEncoder> encoder =
        [buffer computeCommandEncoderWithDispatchType:MTLDispatchTypeSerial];
    if (!encoder) {  // messages to nil would do nothing, and look like work that was done
      return false;
    }
    Encoder writer(encoder);
    for (const Dispatch& dispatch : work_->dispatches()) {
      writer.encode(dispatch);
    }
    [encoder endEncoding];
    return true;
  }

  // Only now does the status say what came of the work.
  static void finish(Work& work, id<MTLCommandBuffer> buffer) {
    if (buffer.status == MTLCommandBufferStatusCompleted) {
      work.succeed({buffer.GPUStartTime, buffer.GPUEndTime});
      return;
    }
    NSError* error = buffer.error;
    const std::string reason = text(error);
    work.fail(kind_of(error.code, reason), reason);
  }

  bool wait_until_ended(double seconds) override { return work_->wait(seconds); }
  void stop(double limit) override { work_->give_up(limit); }
  void throw_failure() override { work_->throw_failure(); }
  Status submitted_status() const override { return work_->status(); }
  Interval interval() const override { return work_->interval(); }

  id<MTLCommandQueue> queue_;
  std::shared_ptr<Capture> capture_;
  std::shared_ptr<Work> work_;
};

}  // namespace

std::shared_ptr<Capture> make_capture(const std::string& file) {
  return std::make_shared<Capture>(file);
}

std::shared_ptr<CommandBuffer> make_command_buffer(id<MTLCommandQueue> queue,
                                                   std::shared_ptr<Capture> capture,
                                                   std::uint32_t max_threadgroup_memory) {
  return std::make_shared<MetalCommandBuffer>(queue, std::move(capture), max_threadgroup_memory);
}

}  // namespace assay::metal
