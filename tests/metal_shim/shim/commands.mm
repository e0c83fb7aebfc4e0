// Command buffers, their encoders, and captures.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include "errors.h"
#include "shim.h"

namespace {

// As macOS ends work that keeps the GPU for too long.
double watchdog_seconds() {
  const char* seconds = std::getenv("ASSAY_SHIM_WATCHDOG");
  return seconds ? std::atof(seconds) : 8;
}

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

// ASSAY_SHIM_FAILURES="COUNT CODE TEXT": so many command buffers end with an error of this code.
NSError* planned_failure() {
  static std::atomic<int> failures{0};
  const char* plan = std::getenv("ASSAY_SHIM_FAILURES");
  if (!plan) {
    return nil;
  }
  char* rest = nullptr;
  const long count = std::strtol(plan, &rest, 10);
  const long code = std::strtol(rest, &rest, 10);
  return failures++ < count ? shim::make_error(code, rest + 1) : nil;
}

assay::Size to_assay(const MTLSize& size) {
  return {static_cast<std::uint32_t>(size.width), static_cast<std::uint32_t>(size.height),
          static_cast<std::uint32_t>(size.depth)};
}

}  // namespace

@interface ShimCommandBuffer : NSObject <MTLCommandBuffer> {
 @public
  ShimCommandQueue* _queue;
  std::shared_future<void> _predecessor;
  std::promise<void> _done;
  std::shared_ptr<assay::CommandBuffer> _work;
  std::vector<ShimBuffer*> _buffers;
  std::vector<MTLCommandBufferHandler> _handlers;
  std::atomic<MTLCommandBufferStatus> _status;
  NSError* _error;
  double _start;
  double _end;
  BOOL _encoding;
}
- (void)use:(ShimBuffer*)buffer;
@end

@interface ShimEncoder : NSObject <MTLComputeCommandEncoder> {
 @public
  ShimCommandBuffer* _commands;
  ShimBuffer* _bound[31];
  BOOL _ended;
}
@end

@implementation ShimEncoder

- (void)check:(BOOL)condition or:(const char*)what {
  shim::require(!_ended, "an encoder is used after endEncoding");
  shim::require(condition, what);
}

// The CPU device checks what remains to be checked.
- (void)forward:(void (^)(assay::CommandBuffer&))call {
  try {
    call(*_commands->_work);
  } catch (const assay::DeviceError& error) {
    shim::violation(error.what());
  }
}

- (void)setComputePipelineState:(id<MTLComputePipelineState>)state {
  [self check:state != nil or:"the pipeline is nil"];
  const auto pipeline = static_cast<ShimPipelineState*>(state)->_pipeline;
  [self forward:^(assay::CommandBuffer& work) {
    work.set_pipeline(pipeline);
  }];
}

- (void)setBuffer:(id<MTLBuffer>)buffer offset:(NSUInteger)offset atIndex:(NSUInteger)index {
  [self check:buffer != nil or:"the buffer is nil"];
  [self check:index < 31 or:"the buffer index is beyond 30"];
  _bound[index] = static_cast<ShimBuffer*>(buffer);
  [_commands use:_bound[index]];
  const auto memory = _bound[index]->_memory->device_memory();
  [self forward:^(assay::CommandBuffer& work) {
    work.set_buffer(memory, offset, static_cast<std::uint32_t>(index));
  }];
}

- (void)setBufferOffset:(NSUInteger)offset atIndex:(NSUInteger)index {
  [self check:index < 31 && _bound[index] != nil or:"an offset for an index without a buffer"];
  [self setBuffer:_bound[index] offset:offset atIndex:index];
}

- (void)setThreadgroupMemoryLength:(NSUInteger)length atIndex:(NSUInteger)index {
  [self check:index < 31 or:"the threadgroup index is beyond 30"];
  [self forward:^(assay::CommandBuffer& work) {
    work.set_threadgroup_memory(length, static_cast<std::uint32_t>(index));
  }];
}

- (void)dispatchThreads:(MTLSize)grid threadsPerThreadgroup:(MTLSize)group {
  [self check:YES or:""];
  [self forward:^(assay::CommandBuffer& work) {
    work.dispatch_threads(to_assay(grid), to_assay(group));
  }];
}

- (void)endEncoding {
  [self check:YES or:""];
  _ended = YES;
  _commands->_encoding = NO;
}

- (void)dealloc {
  shim::require(_ended, "an encoder is released without endEncoding");
}

@end

@implementation ShimCommandBuffer

- (BOOL)hasEnded {
  return _status == MTLCommandBufferStatusCompleted || _status == MTLCommandBufferStatusError;
}

- (MTLCommandBufferStatus)status {
  return _status;
}

- (NSError*)error {
  shim::require([self hasEnded], "the error is read before the work has ended");
  return _error;
}

- (CFTimeInterval)GPUStartTime {
  shim::require([self hasEnded], "GPUStartTime is read before the work has ended");
  return _start;
}

- (CFTimeInterval)GPUEndTime {
  shim::require([self hasEnded], "GPUEndTime is read before the work has ended");
  return _end;
}

- (void)use:(ShimBuffer*)buffer {
  if (std::find(_buffers.begin(), _buffers.end(), buffer) == _buffers.end()) {
    _buffers.push_back(buffer);
  }
}

- (id<MTLComputeCommandEncoder>)computeCommandEncoderWithDispatchType:(MTLDispatchType)type {
  shim::require(_status == MTLCommandBufferStatusNotEnqueued, "an encoder after commit");
  shim::require(!_encoding, "a second encoder while the first is open");
  shim::require(type == MTLDispatchTypeSerial, "the encoder does not keep the order");
  _encoding = YES;
  ShimEncoder* encoder = [[ShimEncoder alloc] init];
  encoder->_commands = self;
  return encoder;
}

- (void)addCompletedHandler:(MTLCommandBufferHandler)block {
  shim::require(_status == MTLCommandBufferStatusNotEnqueued, "a completion handler after commit");
  _handlers.push_back(block);
}

- (void)commit {
  shim::require(!_encoding, "commit with an open encoder");
  shim::require(_status == MTLCommandBufferStatusNotEnqueued, "a second commit");
  _status = MTLCommandBufferStatusCommitted;
  for (ShimBuffer* buffer : _buffers) {
    buffer->_memory->begin_use();
  }
  _predecessor = std::exchange(_queue->_last, _done.get_future().share());
  _work->commit();
  ShimCommandBuffer* const retained = self;
  std::thread([retained] {
    @autoreleasepool {
      [retained finish];
    }
  }).detach();
}

// Waits for the end. Command buffers of one queue end in the order in which they were committed.
- (void)finish {
  if (_predecessor.valid()) {
    _predecessor.wait();
  }
  _start = now();
  const double limit = watchdog_seconds();
  if (!_work->wait_for(limit)) {
    _work->give_up(limit);
  }
  MTLCommandBufferStatus status = MTLCommandBufferStatusCompleted;
  try {
    _work->check();
    // As some virtual GPUs do, on request, it does not measure.
    _end = std::getenv("ASSAY_SHIM_UNTIMED") ? _start : _start + _work->gpu_interval().seconds();
  } catch (const assay::DeviceError& error) {
    const auto code = error.kind == "timeout" ? MTLCommandBufferErrorTimeout
                                              : MTLCommandBufferErrorPageFault;
    _error = shim::make_error(code, error.what());
    status = MTLCommandBufferStatusError;
  }
  if (NSError* failure = planned_failure()) {
    _error = failure;
    status = MTLCommandBufferStatusError;
  }
  for (ShimBuffer* buffer : _buffers) {
    buffer->_memory->end_use();
  }
  _status = status;
  for (MTLCommandBufferHandler handler : _handlers) {
    handler(self);
  }
  _handlers.clear();
  _done.set_value();
}

- (void)waitUntilCompleted {
  shim::require(_status != MTLCommandBufferStatusNotEnqueued, "a wait before commit");
  while (![self hasEnded]) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

@end

@implementation ShimCommandQueue

- (id<MTLCommandBuffer>)commandBuffer {
  ShimCommandBuffer* commands = [[ShimCommandBuffer alloc] init];
  commands->_queue = self;
  commands->_work = _device->_cpu->command_buffer(0, true);
  return commands;
}

@end

@implementation MTLCaptureDescriptor
@synthesize captureObject = _captureObject;
@synthesize destination = _destination;
@synthesize outputURL = _outputURL;

- (id)copyWithZone:(NSZone*)zone {
  return self;
}

@end

namespace {

bool capturing = false;

}  // namespace

@implementation MTLCaptureManager

+ (MTLCaptureManager*)sharedCaptureManager {
  return [[MTLCaptureManager alloc] init];
}

- (BOOL)supportsDestination:(MTLCaptureDestination)destination {
  return std::getenv("MTL_CAPTURE_ENABLED") != nullptr;
}

- (BOOL)startCaptureWithDescriptor:(MTLCaptureDescriptor*)descriptor error:(NSError**)error {
  shim::require(!capturing, "a second capture");
  shim::require(descriptor.captureObject && descriptor.outputURL, "an incomplete capture");
  std::fprintf(stderr, "Metal shim: capture starts\n");
  capturing = true;
  return YES;
}

- (void)stopCapture {
  shim::require(capturing, "no capture to stop");
  std::fprintf(stderr, "Metal shim: capture ends\n");
  capturing = false;
}

@end
