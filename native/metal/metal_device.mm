// The Metal device: finds the GPU, compiles, makes buffers.
#include "metal/metal_device.h"

#include <cstring>
#include <map>
#include <utility>

#include "metal/compile_log.h"
#include "metal/library_cache.h"
#include "metal/metal_objects.h"

namespace assay::metal {
namespace {

// The CPU device knows this version too. Left to the default, it would depend on the SDK that Assay
// was built with.
MTLLanguageVersion language_version() {
  if (@available(macOS 15.0, *)) {
    return MTLLanguageVersion3_2;
  }
  return MTLLanguageVersion3_1;
}

bool offers_relaxed_math() {
  if (@available(macOS 15.0, *)) {
    return true;
  }
  return false;
}

// Sets how exact arithmetic has to be.
void set_math(MTLCompileOptions* options, const std::string& math) {
  if (@available(macOS 15.0, *)) {
    options.mathMode = math == "fast"      ? MTLMathModeFast
                       : math == "relaxed" ? MTLMathModeRelaxed
                                           : MTLMathModeSafe;
    options.mathFloatingPointFunctions = math == "safe" ? MTLMathFloatingPointFunctionsPrecise
                                                        : MTLMathFloatingPointFunctionsFast;
    return;
  }
  options.fastMathEnabled = math == "fast";
}

const char* thermal_state() {
  switch (NSProcessInfo.processInfo.thermalState) {
    case NSProcessInfoThermalStateNominal:
      return "nominal";
    case NSProcessInfoThermalStateFair:
      return "fair";
    case NSProcessInfoThermalStateSerious:
      return "serious";
    case NSProcessInfoThermalStateCritical:
      return "critical";
  }
  return "unknown";
}

class MetalDevice final : public Device {
 public:
  MetalDevice(id<MTLDevice> device, id<MTLCommandQueue> queue, MTLCompileOptions* options,
              const MetalOptions& settings)
      : device_(device),
        queue_(queue),
        options_(options),
        math_(settings.math),
        capture_(make_capture(settings.capture)) {}

  std::string name() const override { return "metal"; }
  std::string description() const override {
    return pooled([&] { return text(device_.name); });
  }
  std::uint32_t max_threadgroup_memory() const override {
    return static_cast<std::uint32_t>(device_.maxThreadgroupMemoryLength);
  }

  std::shared_ptr<Library> compile(const std::string& source) override {
    if (auto known = libraries_.find(source)) {
      return known;
    }
    const auto compiled = pooled([&] { return compile_anew(source); });
    if (!compiled.object) {
      throw CompileError(parse_compile_log(compiled.failure), compiled.failure);
    }
    auto library = make_library(compiled.object, source);
    libraries_.keep(source, library);
    return library;
  }

  std::shared_ptr<Buffer> buffer(std::size_t length) override {
    const auto made = pooled([&] { return allocate(length); });
    if (!made.object) {
      throw invalid("a buffer of " + std::to_string(length) + " bytes cannot be allocated: " +
                    made.failure);
    }
    std::memset(made.object->contents(), 0, length);
    return made.object;
  }

  std::string confinement() const override { return "the GPU"; }
  bool perturbs_schedules() const override { return false; }

  std::shared_ptr<CommandBuffer> command_buffer(std::uint64_t perturbation,
                                                bool /*lenient_reads*/) override {
    if (perturbation != 0) {
      throw invalid("the Metal device cannot perturb the order of threads: use the CPU device");
    }
    return make_command_buffer(queue_, capture_, max_threadgroup_memory());
  }

  std::map<std::string, std::string> properties() const override {
    return pooled([&] { return properties_of_device(); });
  }

  std::map<std::string, std::string> conditions() const override {
    return pooled([]() -> std::map<std::string, std::string> {
      const bool low_power = NSProcessInfo.processInfo.lowPowerModeEnabled;
      return {{"thermal_state", thermal_state()}, {"low_power_mode", low_power ? "on" : "off"}};
    });
  }

 private:
  Outcome<std::shared_ptr<MetalBuffer>> allocate(std::size_t length) const {
    if (length > device_.maxBufferLength) {
      return {nullptr, "the longest buffer has " + std::to_string(device_.maxBufferLength)};
    }
    id<MTLBuffer> buffer = [device_ newBufferWithLength:length
                                                options:MTLResourceStorageModeShared];
    if (!buffer) {
      return {nullptr, "the GPU's memory is used up"};
    }
    return {std::make_shared<MetalBuffer>(buffer), ""};
  }

  Outcome<id<MTLLibrary>> compile_anew(const std::string& source) const {
    NSString* characters = string(source);
    if (!characters || source.find('\0') != std::string::npos) {
      return {nil, "the source is not valid UTF-8 or contains a zero byte"};
    }
    NSError* error = nil;
    id<MTLLibrary> library = [device_ newLibraryWithSource:characters
                                                   options:options_
                                                     error:&error];
    return {library, library ? "" : text(error)};
  }

  std::map<std::string, std::string> properties_of_device() const {
    const auto version = static_cast<unsigned long>(options_.languageVersion);
    return {{"registry_id", std::to_string(device_.registryID)},
            {"unified_memory", device_.hasUnifiedMemory ? "yes" : "no"},
            {"recommended_working_set", std::to_string(device_.recommendedMaxWorkingSetSize)},
            {"max_buffer_length", std::to_string(device_.maxBufferLength)},
            {"family", family()},
            {"language", std::to_string(version >> 16) + "." + std::to_string(version & 0xffff)},
            {"math", math_},
            {"system", text(NSProcessInfo.processInfo.operatingSystemVersionString)}};
  }

  // The newest family of Apple's GPUs that the device belongs to: 7 is M1's.
  std::string family() const {
    for (NSInteger number = 12; number > 0; --number) {
      if ([device_ supportsFamily:static_cast<MTLGPUFamily>(MTLGPUFamilyApple1 + number - 1)]) {
        return "apple" + std::to_string(number);
      }
    }
    return "not Apple's";
  }

  id<MTLDevice> device_;
  id<MTLCommandQueue> queue_;
  MTLCompileOptions* options_;
  std::string math_;
  std::shared_ptr<Capture> capture_;
  LibraryCache libraries_;
};

// The default GPU. Without a window server there is none, but the list of all GPUs still works.
id<MTLDevice> find_gpu(const std::string& part_of_name) {
  id<MTLDevice> standard = MTLCreateSystemDefaultDevice();
  if (standard && part_of_name.empty()) {
    return standard;
  }
  NSArray<id<MTLDevice>>* all = MTLCopyAllDevices();
  for (NSUInteger i = 0; i < all.count; ++i) {
    id<MTLDevice> gpu = [all objectAtIndex:i];
    if (text(gpu.name).find(part_of_name) != std::string::npos) {
      return gpu;
    }
  }
  return nil;
}

std::string no_gpu(const std::string& part_of_name) {
  if (!part_of_name.empty()) {
    return "[metal] no GPU of this Mac has '" + part_of_name +
           "' in its name: check ASSAY_METAL_GPU";
  }
  return "[metal] macOS offers no GPU to this process. In a virtual machine, choose one with a "
         "paravirtualised GPU; over ssh, log in on the Mac's own screen once. Or use another "
         "machine: the CPU device needs Linux";
}

Outcome<std::shared_ptr<Device>> open_device(const MetalOptions& settings) {
  id<MTLDevice> gpu = find_gpu(settings.gpu);
  if (!gpu) {
    return {nullptr, no_gpu(settings.gpu)};
  }
  id<MTLCommandQueue> queue = [gpu newCommandQueue];
  if (!queue) {
    return {nullptr, "[metal] " + text(gpu.name) + " gave no command queue: too many are open"};
  }
  MTLCompileOptions* options = [[MTLCompileOptions alloc] init];
  options.languageVersion = language_version();
  set_math(options, settings.math);
  return {std::make_shared<MetalDevice>(gpu, queue, options, settings), ""};
}

}  // namespace
}  // namespace assay::metal

namespace assay {

std::shared_ptr<Device> metal_device(const MetalOptions& options) {
  if (options.math != "fast" && options.math != "relaxed" && options.math != "safe") {
    throw invalid("[metal] there is no arithmetic '" + options.math +
                  "': ASSAY_METAL_MATH is fast, relaxed or safe");
  }
  if (options.math == "relaxed" && !metal::offers_relaxed_math()) {
    throw invalid("[metal] relaxed arithmetic needs macOS 15: use ASSAY_METAL_MATH=fast or safe");
  }
  auto opened = metal::pooled([&] { return metal::open_device(options); });
  if (!opened.object) {
    throw DeviceError("unavailable", opened.failure);
  }
  return opened.object;
}

}  // namespace assay
