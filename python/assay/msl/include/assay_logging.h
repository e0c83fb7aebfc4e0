// Messages of kernels to the host (specification 3.2, section 6.19), which go nowhere here.
#pragma once

namespace metal {
enum os_log_type_t { OS_LOG_TYPE_DEBUG, OS_LOG_TYPE_INFO, OS_LOG_TYPE_DEFAULT, OS_LOG_TYPE_ERROR, OS_LOG_TYPE_FAULT };

struct os_log {
  template <class... A>
  constexpr os_log(A...) {}
#define ASSAY_LOG(name)     \
  template <class... A>     \
  void name(A...) const {}
  ASSAY_LOG(log)
  ASSAY_LOG(log_debug)
  ASSAY_LOG(log_info)
  ASSAY_LOG(log_error)
  ASSAY_LOG(log_fault)
  ASSAY_LOG(log_with_type)
};
static constexpr os_log os_log_default{};
}  // namespace metal
