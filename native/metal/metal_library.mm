// Compiled libraries, their kernels and function constants.
#include <algorithm>
#include <iterator>
#include <optional>
#include <vector>

#include "metal/compile_log.h"
#include "metal/metal_objects.h"
#include "nearest_name.h"

namespace assay::metal {

MetalPipeline::MetalPipeline(std::string name, id<MTLComputePipelineState> state,
                             MTLComputePipelineReflection* reflection)
    : name_(std::move(name)), state_(state) {
  NSArray<id<MTLBinding>>* bindings = reflection.bindings;
  for (NSUInteger i = 0; i < bindings.count; ++i) {
    id<MTLBinding> binding = [bindings objectAtIndex:i];
    if (binding.type == MTLBindingTypeBuffer && binding.index < kMaxBuffers) {
      buffers_ |= 1u << binding.index;
    } else if (binding.type == MTLBindingTypeThreadgroupMemory &&
               binding.index < kMaxThreadgroupArguments) {
      threadgroup_arguments_ |= 1u << binding.index;
    }
  }
}

namespace {

// Metal's number for a scalar; those of vectors of 2 to 4 follow it.
struct TypeNumber {
  ScalarType scalar;
  MTLDataType first;
};

constexpr TypeNumber kTypeNumbers[] = {
    {ScalarType::boolean, MTLDataTypeBool},   {ScalarType::int8, MTLDataTypeChar},
    {ScalarType::uint8, MTLDataTypeUChar},    {ScalarType::int16, MTLDataTypeShort},
    {ScalarType::uint16, MTLDataTypeUShort},  {ScalarType::int32, MTLDataTypeInt},
    {ScalarType::uint32, MTLDataTypeUInt},    {ScalarType::int64, MTLDataTypeLong},
    {ScalarType::uint64, MTLDataTypeULong},   {ScalarType::half, MTLDataTypeHalf},
    {ScalarType::bfloat, MTLDataTypeBFloat},  {ScalarType::float32, MTLDataTypeFloat},
};

std::optional<DataType> to_assay(MTLDataType type) {
  for (const TypeNumber& entry : kTypeNumbers) {
    if (type >= entry.first && type < entry.first + 4) {
      return DataType{entry.scalar, static_cast<std::uint32_t>(type - entry.first) + 1};
    }
  }
  return std::nullopt;
}

MTLDataType to_metal(const DataType& type) {
  const auto* entry = std::find_if(std::begin(kTypeNumbers), std::end(kTypeNumbers),
                                   [&](const auto& one) { return one.scalar == type.scalar; });
  return static_cast<MTLDataType>(entry->first + type.width - 1);
}

class MetalLibrary final : public Library {
 public:
  MetalLibrary(id<MTLLibrary> library, const std::string& source) : library_(library) {
    names_ = in_source_order(pooled([&] { return kernels_of(library); }), source);
  }

  std::vector<std::string> kernel_names() const override { return names_; }

  std::vector<FunctionConstant> function_constants(const std::string& kernel) const override {
    const auto found = pooled([&] { return constants_of(kernel); });
    if (!found) {
      throw PipelineError(kernel, missing_kernel_message(kernel, names_));
    }
    return *found;
  }

 private:
  using MadePipeline = Outcome<std::shared_ptr<MetalPipeline>>;

  std::shared_ptr<Pipeline> make_pipeline(
      const std::string& name, const std::vector<FunctionConstantValue>& constants) override {
    const auto made = pooled([&] { return build_pipeline(name, constants); });
    if (!made.object) {
      throw PipelineError(name, made.failure);
    }
    return made.object;
  }

  // Functions of other kinds, such as those called through a table, are left out.
  static std::vector<std::string> kernels_of(id<MTLLibrary> library) {
    std::vector<std::string> names;
    NSArray<NSString*>* functions = library.functionNames;
    for (NSUInteger i = 0; i < functions.count; ++i) {
      NSString* name = [functions objectAtIndex:i];
      id<MTLFunction> function = [library newFunctionWithName:name];
      if (!function || function.functionType == MTLFunctionTypeKernel) {
        names.push_back(text(name));
      }
    }
    return names;
  }

  id<MTLFunction> general_function(const std::string& name) const {
    NSString* function_name = string(name);
    return function_name ? [library_ newFunctionWithName:function_name] : nil;
  }

  std::optional<std::vector<FunctionConstant>> constants_of(const std::string& kernel) const {
    id<MTLFunction> function = general_function(kernel);
    if (!function) {
      return std::nullopt;
    }
    std::vector<FunctionConstant> constants;
    NSDictionary<NSString*, MTLFunctionConstant*>* declared = function.functionConstantsDictionary;
    NSEnumerator<NSString*>* names = [declared keyEnumerator];
    while (NSString* name = [names nextObject]) {
      MTLFunctionConstant* constant = [declared objectForKey:name];
      if (const auto type = to_assay(constant.type)) {
        constants.push_back({text(constant.name), static_cast<std::uint32_t>(constant.index),
                             *type, static_cast<bool>(constant.required)});
      }
    }
    std::sort(constants.begin(), constants.end(),
              [](const auto& a, const auto& b) { return a.index < b.index; });
    return constants;
  }

  id<MTLFunction> special_function(const std::string& name,
                                   const std::vector<FunctionConstantValue>& constants,
                                   NSError** error) const {
    MTLFunctionConstantValues* values = [[MTLFunctionConstantValues alloc] init];
    for (const FunctionConstantValue& constant : constants) {
      const auto bytes = constant.bytes();
      [values setConstantValue:bytes.data() type:to_metal(constant.type) atIndex:constant.index];
    }
    return [library_ newFunctionWithName:string(name)
                          constantValues:values
                                   error:error];
  }

  MadePipeline build_pipeline(const std::string& name,
                              const std::vector<FunctionConstantValue>& constants) const {
    NSError* error = nil;
    id<MTLFunction> function = general_function(name);
    if (!function) {
      return {nullptr, missing_kernel_message(name, names_)};
    }
    // A kernel that refers to constants is no kernel yet, even where all of them are optional.
    if (function.functionConstantsDictionary.count > 0) {
      function = special_function(name, constants, &error);
    }
    MTLComputePipelineReflection* reflection = nil;
    id<MTLComputePipelineState> state =
        function ? [library_.device
                       newComputePipelineStateWithFunction:function
                                                   options:MTLPipelineOptionBindingInfo
                                                reflection:&reflection
                                                     error:&error]
                 : nil;
    if (!state) {
      return {nullptr, text(error)};
    }
    return {std::make_shared<MetalPipeline>(name, state, reflection), ""};
  }

  id<MTLLibrary> library_;
  std::vector<std::string> names_;
};

}  // namespace

std::shared_ptr<Library> make_library(id<MTLLibrary> library, const std::string& source) {
  return std::make_shared<MetalLibrary>(library, source);
}

}  // namespace assay::metal
