// Stands in for the CPU device on systems other than Linux.
#include "cpu/cpu_device.h"

namespace assay {

std::shared_ptr<Device> cpu_device(Compiler) {
  throw DeviceError("unavailable",
                    "[cpu] the CPU device runs on Linux only; on macOS use the Metal device: "
                    "assay.device(\"metal\")");
}

}  // namespace assay
