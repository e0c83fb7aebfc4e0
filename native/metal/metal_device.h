#pragma once

#include <memory>

#include "device.h"

namespace assay {

// The system's default GPU. DeviceError (unavailable) where there is none.
std::shared_ptr<Device> metal_device();

}  // namespace assay
