#include "cpu/failure.h"

#include <cstdio>
#include <string>

namespace assay::cpu {
namespace {

std::string in_seconds(double limit) {
  char text[32];
  std::snprintf(text, sizeof text, "%g s", limit);
  return text;
}

const char* verb(Access access) {
  return access == Access::write ? "wrote" : access == Access::read ? "read" : "accessed memory";
}

// "wrote 4 bytes past the end of buffer(1), which has 64 bytes"
std::string beside_buffer(const Dispatch& dispatch, const Incident& incident) {
  for (std::size_t i = 0; i < dispatch.buffers.size(); ++i) {
    const auto* buffer = static_cast<const CpuBuffer*>(dispatch.buffers[i].buffer.get());
    if (!buffer || !buffer->memory().guards(incident.address)) {
      continue;
    }
    const auto begin = reinterpret_cast<std::uintptr_t>(buffer->memory().data());
    const std::uintptr_t end = begin + buffer->length();
    const std::string name = "buffer(" + std::to_string(i) + ")";
    const std::string where =
        incident.address < begin
            ? std::to_string(begin - incident.address) + " bytes before the start of " + name
            : std::to_string(incident.address - end) + " bytes past the end of " + name;
    return std::string(verb(incident.access)) + " " + where + ", which has " +
           std::to_string(buffer->length()) + " bytes";
  }
  return "";
}

std::string beside_threadgroup_memory(const Dispatch& dispatch, const Worker& worker) {
  const Incident& incident = worker.thread.incident();
  if (worker.memory.guards_arrays(incident.address)) {
    const auto size = dispatch.pipeline->static_threadgroup_memory_length();
    return std::string(verb(incident.access)) + " outside its threadgroup memory of " +
           std::to_string(size) + " bytes";
  }
  const int argument = worker.memory.guarded_argument(incident.address);
  if (argument < 0) {
    return "";
  }
  const auto size = dispatch.threadgroup_lengths[static_cast<std::size_t>(argument)];
  return std::string(verb(incident.access)) + " outside threadgroup(" + std::to_string(argument) +
         "), which has " + std::to_string(size) + " bytes";
}

std::string at_wild_address(const Incident& incident) {
  char text[64];
  if (incident.code == SI_KERNEL) {
    return "accessed memory at an impossible address";
  }
  std::snprintf(text, sizeof text, " at the wild address 0x%llx",
                static_cast<unsigned long long>(incident.address));
  return verb(incident.access) + std::string(text) + ", far from every buffer it was given";
}

std::string memory_fault(const Dispatch& dispatch, const Worker& worker) {
  const Incident& incident = worker.thread.incident();
  const std::string buffer = beside_buffer(dispatch, incident);
  if (!buffer.empty()) {
    return buffer;
  }
  const std::string threadgroup = beside_threadgroup_memory(dispatch, worker);
  if (!threadgroup.empty()) {
    return threadgroup;
  }
  if (incident.stack_overflow) {
    return "overflowed its stack: endless recursion or too large local arrays";
  }
  return at_wild_address(incident);
}

std::string describe(const Dispatch& dispatch, const Worker& worker) {
  switch (worker.thread.incident().signal) {
    case SIGFPE:
      return "divided an integer by zero, or the most negative one by -1";
    case SIGILL:
    case SIGTRAP:
      return "was stopped by a check in its code: an index outside an array of known size";
    default:
      return memory_fault(dispatch, worker);
  }
}

void add_place(DeviceError& error, const Dispatch& dispatch, const Incident& incident) {
  if (incident.program_counter != 0) {
    error.offsets.push_back(incident.program_counter - pipeline_of(dispatch).code().range().base);
  }
}

DeviceError kernel_error(const char* kind, const std::string& message, const Dispatch& dispatch) {
  DeviceError error(kind, "kernel " + dispatch.pipeline->name() + " " + message);
  error.kernel = dispatch.pipeline->name();
  error.library = pipeline_of(dispatch).code().path();
  return error;
}

}  // namespace

DeviceError fault_error(const Dispatch& dispatch, const Worker& worker) {
  DeviceError error = kernel_error("fault", describe(dispatch, worker), dispatch);
  add_place(error, dispatch, worker.thread.incident());
  return error;
}

DeviceError timeout_error(const Dispatch& dispatch, double limit,
                          const std::vector<std::unique_ptr<Worker>>& workers) {
  DeviceError error =
      kernel_error("timeout", "did not finish within " + in_seconds(limit), dispatch);
  for (const auto& worker : workers) {
    if (worker->thread.incident().signal == KernelThread::kInterrupt) {
      add_place(error, dispatch, worker->thread.incident());
    }
  }
  return error;
}

DeviceError unstarted_error(double limit) {
  return DeviceError("timeout", "the command buffer did not start within " + in_seconds(limit) +
                                    ": an earlier one is still running");
}

}  // namespace assay::cpu
