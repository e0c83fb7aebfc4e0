// Devices, buffers and queues.
#include "shim.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "compiler.h"
#include "cpu/cpu_device.h"

namespace {

constexpr NSInteger kCompileFailure = 3;
constexpr NSInteger kUnset = -1;

}  // namespace

namespace shim {

void violation(const std::string& what) {
  std::fprintf(stderr, "Metal shim: %s\n", what.c_str());
  std::abort();
}

void require(bool condition, const char* what) {
  if (!condition) {
    violation(what);
  }
}

}  // namespace shim

@implementation MTLCompileOptions
@synthesize languageVersion = _languageVersion;
@synthesize fastMathEnabled = _fastMathEnabled;
@synthesize mathMode = _mathMode;
@synthesize mathFloatingPointFunctions = _mathFloatingPointFunctions;

- (id)copyWithZone:(NSZone*)zone {
  return self;
}

- (instancetype)init {
  self = [super init];
  _fastMathEnabled = YES;
  _mathMode = static_cast<MTLMathMode>(kUnset);
  _mathFloatingPointFunctions = static_cast<MTLMathFloatingPointFunctions>(kUnset);
  return self;
}

@end

@implementation ShimBuffer

- (NSUInteger)length {
  return _memory->length();
}

- (void*)contents {
  return _memory->data();
}

@end

@implementation ShimDevice

- (NSString*)name {
  return @"Apple M1 Pro (shim)";
}

- (uint64_t)registryID {
  return 1;
}

- (BOOL)hasUnifiedMemory {
  return YES;
}

- (uint64_t)recommendedMaxWorkingSetSize {
  return uint64_t{1} << 34;
}

- (NSUInteger)maxBufferLength {
  return NSUInteger{1} << 33;
}

- (NSUInteger)maxThreadgroupMemoryLength {
  return _cpu->max_threadgroup_memory();
}

- (BOOL)supportsFamily:(MTLGPUFamily)family {
  return family >= MTLGPUFamilyApple1 && family <= MTLGPUFamilyApple1 + 6;
}

- (id<MTLCommandQueue>)newCommandQueue {
  ShimCommandQueue* queue = [[ShimCommandQueue alloc] init];
  queue->_device = self;
  return queue;
}

- (id<MTLBuffer>)newBufferWithLength:(NSUInteger)length options:(MTLResourceOptions)options {
  shim::require(length > 0, "a buffer of length 0");
  shim::require(length <= self.maxBufferLength, "a buffer longer than maxBufferLength");
  shim::require(options == MTLResourceStorageModeShared, "the buffer is not shared");
  ShimBuffer* buffer = [[ShimBuffer alloc] init];
  buffer->_memory = std::make_shared<shim::HostMemory>(_cpu->buffer(length));
  return buffer;
}

- (id<MTLLibrary>)newLibraryWithSource:(NSString*)source
                               options:(MTLCompileOptions*)options
                                 error:(NSError**)error {
  shim::require(options.languageVersion != 0, "the language version depends on the SDK");
  shim::require(error != nullptr, "compilation without a place for its error");
  if (std::getenv("ASSAY_SHIM_OPTIONS")) {
    std::fprintf(stderr, "language %lx, fast math %d, mode %ld, functions %ld\n",
                 static_cast<unsigned long>(options.languageVersion), options.fastMathEnabled,
                 static_cast<long>(options.mathMode),
                 static_cast<long>(options.mathFloatingPointFunctions));
  }
  // Compiled here as well as by the device, to get the text of a failure.
  const auto compiled = shim::compile(source.UTF8String, {}, "");
  if (compiled.path.empty()) {
    *error = shim::make_error(kCompileFailure, compiled.errors);
    return nil;
  }
  ShimLibrary* library = [[ShimLibrary alloc] init];
  library->_device = self;
  try {
    library->_library = _cpu->compile(source.UTF8String);
  } catch (const assay::CompileError& failure) {  // found when the code was loaded
    *error = shim::make_error(kCompileFailure, failure.diagnostics.front().message);
    return nil;
  }
  return library;
}

- (id<MTLComputePipelineState>)
    newComputePipelineStateWithFunction:(id<MTLFunction>)function
                                options:(MTLPipelineOption)options
                             reflection:(MTLComputePipelineReflection**)reflection
                                  error:(NSError**)error {
  shim::require(function != nil, "a pipeline of no function");
  shim::require((options & MTLPipelineOptionBindingInfo) && reflection,
                "reflection was not asked for properly");
  return [static_cast<ShimFunction*>(function) pipelineWithReflection:reflection error:error];
}

@end

namespace {

ShimDevice* make_device() {
  ShimDevice* device = [[ShimDevice alloc] init];
  device->_cpu = assay::cpu_device([](const auto& source, const auto& constants, const auto& kernel) {
    return shim::compile(source, constants, kernel).path;
  });
  return device;
}

// ASSAY_SHIM_GPUS=none: there is no GPU; listed: none is the default, as without a window server.
bool gpus_are(const char* what) {
  const char* set = std::getenv("ASSAY_SHIM_GPUS");
  return set && std::strcmp(set, what) == 0;
}

}  // namespace

id<MTLDevice> MTLCreateSystemDefaultDevice(void) {
  return gpus_are("none") || gpus_are("listed") ? nil : make_device();
}

NSArray<id<MTLDevice>>* MTLCopyAllDevices(void) {
  return shim::make_array(gpus_are("none") ? std::vector<id>{} : std::vector<id>{make_device()});
}
