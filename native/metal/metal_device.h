// The device that runs kernels on an Apple GPU.
#pragma once

#include <memory>
#include <string>

#include "device.h"

namespace assay {

struct MetalOptions {
  std::string gpu;            // part of the GPU's name; empty: the system's default
  std::string math = "fast";  // fast, relaxed or safe
  std::string capture;        // file for a GPU trace of the first command buffer; empty: none
};

// DeviceError: unavailable where there is no such GPU, invalid where an option is not offered.
std::shared_ptr<Device> metal_device(const MetalOptions& options);

}  // namespace assay
