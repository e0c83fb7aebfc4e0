// The device that runs generated kernels on the processor.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "device.h"

namespace assay {

// Translates and compiles a Metal source with values for its function constants, those without one
// being undefined; returns the path of the shared object. It may only list the kernels, without
// their code; asked for one kernel by name, it has that one's code.
using Compiler = std::function<std::string(const std::string& source,
                                           const std::vector<FunctionConstantValue>& constants,
                                           const std::string& kernel)>;

// DeviceError (unavailable) on systems other than Linux.
std::shared_ptr<Device> cpu_device(Compiler compiler);

}  // namespace assay
