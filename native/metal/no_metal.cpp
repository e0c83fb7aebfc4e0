// Stands in for the Metal backend in builds that have none.
#include "metal/metal_device.h"

namespace assay {

std::shared_ptr<Device> metal_device(const MetalOptions&) {
  throw DeviceError("unavailable",
                    "[metal] this build has no Metal backend; it needs macOS on Apple silicon. "
                    "Elsewhere use the CPU device: assay.device(\"cpu\")");
}

}  // namespace assay
