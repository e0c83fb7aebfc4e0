// The part of a library that is the same on every device: values of function constants.
#include "device.h"

namespace assay {

std::shared_ptr<Pipeline> Library::pipeline(const std::string& name,
                                            const std::vector<GivenConstant>& constants) {
  const std::vector<FunctionConstant> declared = function_constants(name);
  std::vector<FunctionConstant> others;
  for (const std::string& kernel : constants.empty() ? std::vector<std::string>{} : kernel_names()) {
    const std::vector<FunctionConstant> more = function_constants(kernel);
    others.insert(others.end(), more.begin(), more.end());
  }
  return make_pipeline(name, check_constants(name, declared, others, constants));
}

}  // namespace assay
