// Libraries, functions with their constants, and pipelines.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "errors.h"
#include "shim.h"

namespace {

constexpr NSInteger kPipelineFailure = 3;

struct Scalar {
  assay::ScalarType scalar;
  MTLDataType type;
  std::size_t size;
};

constexpr Scalar kScalars[] = {
    {assay::ScalarType::boolean, MTLDataTypeBool, 1},
    {assay::ScalarType::int8, MTLDataTypeChar, 1},
    {assay::ScalarType::uint8, MTLDataTypeUChar, 1},
    {assay::ScalarType::int16, MTLDataTypeShort, 2},
    {assay::ScalarType::uint16, MTLDataTypeUShort, 2},
    {assay::ScalarType::int32, MTLDataTypeInt, 4},
    {assay::ScalarType::uint32, MTLDataTypeUInt, 4},
    {assay::ScalarType::int64, MTLDataTypeLong, 8},
    {assay::ScalarType::uint64, MTLDataTypeULong, 8},
    {assay::ScalarType::half, MTLDataTypeHalf, 2},
    {assay::ScalarType::bfloat, MTLDataTypeBFloat, 2},
    {assay::ScalarType::float32, MTLDataTypeFloat, 4},
};

const Scalar& entry_of(assay::ScalarType scalar) {
  for (const Scalar& entry : kScalars) {
    if (entry.scalar == scalar) {
      return entry;
    }
  }
  shim::violation("a function constant has an unknown type");
}

double half_value(std::uint64_t bits) {
  const int exponent = static_cast<int>(bits >> 10 & 31);
  const auto fraction = static_cast<double>(bits & 1023);
  const double magnitude = exponent == 0    ? std::ldexp(fraction, -24)
                           : exponent == 31 ? (fraction == 0 ? INFINITY : NAN)
                                            : std::ldexp(1024 + fraction, exponent - 25);
  return bits & 0x8000 ? -magnitude : magnitude;
}

double float_value(std::uint32_t bits) {
  float value = 0;
  std::memcpy(&value, &bits, sizeof value);
  return double{value};
}

assay::Scalar decoded(assay::ScalarType scalar, const unsigned char* bytes) {
  const std::size_t size = entry_of(scalar).size;
  std::uint64_t bits = 0;
  std::memcpy(&bits, bytes, size);
  switch (scalar) {
    case assay::ScalarType::boolean:
      return bits != 0;
    case assay::ScalarType::half:
      return half_value(bits);
    case assay::ScalarType::bfloat:
      return float_value(static_cast<std::uint32_t>(bits << 16));
    case assay::ScalarType::float32:
      return float_value(static_cast<std::uint32_t>(bits));
    case assay::ScalarType::int8:
    case assay::ScalarType::int16:
    case assay::ScalarType::int32:
    case assay::ScalarType::int64:
      return static_cast<std::int64_t>(bits << (64 - 8 * size)) >> (64 - 8 * size);
    default:
      return bits;
  }
}

struct Value {
  MTLDataType type;
  NSUInteger index;
  unsigned char bytes[32];
};

assay::GivenConstant given(const assay::FunctionConstant& declared, const Value& value) {
  const Scalar& entry = entry_of(declared.type.scalar);
  shim::require(value.type == entry.type + declared.type.width - 1,
                "a function constant is given a value of another type");
  assay::GivenConstant result{declared.index, {}};
  for (std::size_t i = 0; i < declared.type.width; ++i) {
    result.components.push_back(decoded(declared.type.scalar, value.bytes + i * entry.size));
  }
  return result;
}

}  // namespace

@interface MTLFunctionConstant () {
 @public
  assay::FunctionConstant _constant;
}
@end

@implementation MTLFunctionConstant

- (NSString*)name {
  return shim::make_string(_constant.name);
}

- (MTLDataType)type {
  const Scalar& entry = entry_of(_constant.type.scalar);
  return static_cast<MTLDataType>(entry.type + _constant.type.width - 1);
}

- (NSUInteger)index {
  return _constant.index;
}

- (BOOL)required {
  return _constant.required;
}

@end

@interface MTLFunctionConstantValues () {
 @public
  std::vector<Value> _values;
}
@end

@implementation MTLFunctionConstantValues

- (void)setConstantValue:(const void*)value type:(MTLDataType)type atIndex:(NSUInteger)index {
  Value copy{type, index, {}};
  std::memcpy(copy.bytes, value, sizeof copy.bytes);
  _values.push_back(copy);
}

- (id)copyWithZone:(NSZone*)zone {
  return self;
}

@end

@interface ShimBinding : NSObject <MTLBinding> {
 @public
  MTLBindingType _type;
  NSUInteger _index;
}
@end

@implementation ShimBinding
@synthesize type = _type;
@synthesize index = _index;
@end

@interface MTLComputePipelineReflection () {
 @public
  NSArray<id<MTLBinding>>* _bindings;
}
@end

@implementation MTLComputePipelineReflection
@synthesize bindings = _bindings;
@end

namespace {

void add_bindings(std::vector<id>& bindings, MTLBindingType type, std::uint32_t bits) {
  for (NSUInteger i = 0; i < 32; ++i) {
    if (bits >> i & 1) {
      ShimBinding* binding = [[ShimBinding alloc] init];
      binding->_type = type;
      binding->_index = i;
      bindings.push_back(binding);
    }
  }
}

MTLComputePipelineReflection* reflect(const assay::Pipeline& pipeline) {
  std::vector<id> bindings;
  add_bindings(bindings, MTLBindingTypeBuffer, pipeline.required_buffers());
  add_bindings(bindings, MTLBindingTypeThreadgroupMemory,
               pipeline.required_threadgroup_arguments());
  MTLComputePipelineReflection* reflection = [[MTLComputePipelineReflection alloc] init];
  reflection->_bindings = shim::make_array(std::move(bindings));
  return reflection;
}

}  // namespace

@implementation ShimPipelineState

- (NSUInteger)maxTotalThreadsPerThreadgroup {
  return _pipeline->max_total_threads_per_threadgroup();
}

- (NSUInteger)threadExecutionWidth {
  return _pipeline->thread_execution_width();
}

- (NSUInteger)staticThreadgroupMemoryLength {
  return _pipeline->static_threadgroup_memory_length();
}

@end

@implementation ShimFunction

- (NSString*)name {
  return shim::make_string(_name);
}

- (MTLFunctionType)functionType {
  return MTLFunctionTypeKernel;
}

- (NSDictionary<NSString*, MTLFunctionConstant*>*)functionConstantsDictionary {
  std::vector<std::pair<NSString*, id>> constants;
  for (const assay::FunctionConstant& declared : _library->function_constants(_name)) {
    MTLFunctionConstant* constant = [[MTLFunctionConstant alloc] init];
    constant->_constant = declared;
    constants.emplace_back(constant.name, constant);
  }
  return shim::make_dictionary(std::move(constants));
}

- (id<MTLComputePipelineState>)pipelineWithReflection:(MTLComputePipelineReflection**)reflection
                                                error:(NSError**)error {
  shim::require(_specialised || _library->function_constants(_name).empty(),
                "a pipeline of a function whose constants have no values");
  try {
    ShimPipelineState* state = [[ShimPipelineState alloc] init];
    state->_pipeline = _library->pipeline(_name, _constants);
    *reflection = reflect(*state->_pipeline);
    return state;
  } catch (const assay::PipelineError& failure) {
    *error = shim::make_error(kPipelineFailure, failure.what());
    return nil;
  } catch (const assay::CompileError& failure) {
    *error = shim::make_error(kPipelineFailure, failure.diagnostics.front().message);
    return nil;
  }
}

@end

@implementation ShimLibrary

- (id<MTLDevice>)device {
  return _device;
}

// In another order than the source's, as Metal promises none.
- (NSArray<NSString*>*)functionNames {
  std::vector<id> names;
  for (const std::string& name : _library->kernel_names()) {
    names.insert(names.begin(), shim::make_string(name));
  }
  return shim::make_array(std::move(names));
}

- (id<MTLFunction>)newFunctionWithName:(NSString*)name {
  const auto names = _library->kernel_names();
  if (std::find(names.begin(), names.end(), name.UTF8String) == names.end()) {
    return nil;
  }
  ShimFunction* function = [[ShimFunction alloc] init];
  function->_library = _library;
  function->_name = name.UTF8String;
  return function;
}

- (id<MTLFunction>)newFunctionWithName:(NSString*)name
                        constantValues:(MTLFunctionConstantValues*)values
                                 error:(NSError**)error {
  ShimFunction* function = static_cast<ShimFunction*>([self newFunctionWithName:name]);
  shim::require(function != nil, "constants for a function that does not exist");
  for (const Value& value : values->_values) {
    for (const auto& declared : _library->function_constants(function->_name)) {
      if (declared.index == value.index) {
        function->_constants.push_back(given(declared, value));
      }
    }
  }
  function->_specialised = YES;
  return function;
}

@end
