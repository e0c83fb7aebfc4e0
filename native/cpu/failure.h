// Words for what stopped a kernel.
#pragma once

#include <memory>
#include <vector>

#include "cpu/dispatch.h"
#include "errors.h"

namespace assay::cpu {

// The kernel of `dispatch` faulted on `worker`.
DeviceError fault_error(const Dispatch& dispatch, const Worker& worker);

// The kernel of `dispatch` was stopped on `workers` after `limit` seconds.
DeviceError timeout_error(const Dispatch& dispatch, double limit,
                          const std::vector<std::unique_ptr<Worker>>& workers);

// The work had not begun after `limit` seconds.
DeviceError unstarted_error(double limit);

}  // namespace assay::cpu
