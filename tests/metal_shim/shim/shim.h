// Metal on the CPU device. Wrong use ends the process, as Metal's validation layer does.
#pragma once

#import <Metal/Metal.h>

#include <future>
#include <memory>
#include <string>
#include <vector>

#include "collections.h"
#include "device.h"
#include "host_memory.h"

namespace shim {

[[noreturn]] void violation(const std::string& what);
void require(bool condition, const char* what);

}  // namespace shim

@interface ShimDevice : NSObject <MTLDevice> {
 @public
  std::shared_ptr<assay::Device> _cpu;
}
@end

@interface ShimBuffer : NSObject <MTLBuffer> {
 @public
  std::shared_ptr<shim::HostMemory> _memory;
}
@end

@interface ShimLibrary : NSObject <MTLLibrary> {
 @public
  ShimDevice* _device;
  std::shared_ptr<assay::Library> _library;
}
@end

@interface ShimFunction : NSObject <MTLFunction> {
 @public
  std::shared_ptr<assay::Library> _library;
  std::string _name;
  std::vector<assay::GivenConstant> _constants;
  BOOL _specialised;
}
- (id<MTLComputePipelineState>)pipelineWithReflection:(MTLComputePipelineReflection**)reflection
                                                error:(NSError**)error;
@end

@interface ShimPipelineState : NSObject <MTLComputePipelineState> {
 @public
  std::shared_ptr<assay::Pipeline> _pipeline;
}
@end

@interface ShimCommandQueue : NSObject <MTLCommandQueue> {
 @public
  ShimDevice* _device;
  std::shared_future<void> _last;  // the end of what was committed last
}
@end
