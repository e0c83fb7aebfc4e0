// The part of a command buffer that is the same on every device: recording and its checks.
#include <utility>

#include "device.h"

namespace assay {
namespace {

constexpr std::uint64_t kMaxThreadsPerGrid = std::uint64_t{1} << 48;

std::string text(const Size& size) {
  return "(" + std::to_string(size.x) + ", " + std::to_string(size.y) + ", " +
         std::to_string(size.z) + ")";
}

void check_index(const char* what, std::uint32_t index, std::uint32_t count) {
  if (index >= count) {
    throw invalid(std::string(what) + " index " + std::to_string(index) +
                  " is out of range: use 0 to " + std::to_string(count - 1));
  }
}

}  // namespace

void CommandBuffer::require_recording(const char* call) const {
  if (committed_) {
    throw invalid(std::string(call) +
                  " on a command buffer that is already committed: make a new one with "
                  "device.command_buffer()");
  }
}

void CommandBuffer::require_committed(const char* call) const {
  if (!committed_) {
    throw invalid(std::string(call) + " before commit(): call commit() first");
  }
}

void CommandBuffer::set_pipeline(std::shared_ptr<Pipeline> pipeline) {
  require_recording("set_pipeline");
  next_.pipeline = std::move(pipeline);
}

void CommandBuffer::set_buffer(std::shared_ptr<Buffer> buffer, std::size_t offset,
                               std::uint32_t index) {
  require_recording("set_buffer");
  check_index("buffer", index, kMaxBuffers);
  if (offset >= buffer->length()) {
    throw invalid("offset " + std::to_string(offset) + " is outside the buffer given for buffer(" +
                  std::to_string(index) + "), which has " + std::to_string(buffer->length()) +
                  " bytes");
  }
  if (offset % 4 != 0) {
    throw invalid("offset " + std::to_string(offset) + " of buffer(" + std::to_string(index) +
                  ") is not a multiple of 4");
  }
  next_.buffers[index] = {std::move(buffer), offset};
}

void CommandBuffer::set_threadgroup_memory(std::size_t length, std::uint32_t index) {
  require_recording("set_threadgroup_memory");
  check_index("threadgroup argument", index, kMaxThreadgroupArguments);
  if (length % 16 != 0) {
    throw invalid("threadgroup memory length " + std::to_string(length) +
                  " is not a multiple of 16: use " + std::to_string((length + 15) / 16 * 16));
  }
  if (length > max_threadgroup_memory_) {
    throw invalid("threadgroup memory length " + std::to_string(length) +
                  " exceeds the maximum threadgroup memory allowed (" +
                  std::to_string(max_threadgroup_memory_) + ")");
  }
  next_.threadgroup_lengths[index] = static_cast<std::uint32_t>(length);
}

void CommandBuffer::check_shape(const Size& grid, const Size& group) const {
  if (grid.empty()) {
    throw invalid("grid " + text(grid) + " is empty: every dimension has to be at least 1");
  }
  if (group.empty()) {
    throw invalid("threads_per_threadgroup " + text(group) +
                  " is empty: every dimension has to be at least 1");
  }
  if (std::uint64_t{grid.x} * grid.y > kMaxThreadsPerGrid / grid.z) {
    throw invalid("grid " + text(grid) + " has more threads than any device can run");
  }
  const auto limit = next_.pipeline->max_total_threads_per_threadgroup();
  if (group.x > limit || group.y > limit || group.z > limit || group.count() > limit) {
    throw invalid("threads_per_threadgroup " + text(group) + " has more threads than kernel " +
                  next_.pipeline->name() + " allows: at most " + std::to_string(limit));
  }
}

void CommandBuffer::check_bindings() const {
  const Pipeline& pipeline = *next_.pipeline;
  for (std::uint32_t i = 0; i < kMaxBuffers; ++i) {
    if ((pipeline.required_buffers() >> i & 1) && !next_.buffers[i].buffer) {
      throw invalid("kernel " + pipeline.name() + " needs buffer(" + std::to_string(i) +
                    "): call set_buffer(buffer, offset, " + std::to_string(i) + ") first");
    }
  }
  std::uint64_t memory = pipeline.static_threadgroup_memory_length();
  for (std::uint32_t i = 0; i < kMaxThreadgroupArguments; ++i) {
    memory += next_.threadgroup_lengths[i];
    if ((pipeline.required_threadgroup_arguments() >> i & 1) && !next_.threadgroup_lengths[i]) {
      throw invalid("kernel " + pipeline.name() + " needs a length for threadgroup(" +
                    std::to_string(i) + "): call set_threadgroup_memory(length, " +
                    std::to_string(i) + ") first");
    }
  }
  if (memory > max_threadgroup_memory_) {
    throw invalid("kernel " + pipeline.name() + " and its threadgroup arguments use " +
                  std::to_string(memory) + " bytes of threadgroup memory, which exceeds the " +
                  "maximum threadgroup memory allowed (" +
                  std::to_string(max_threadgroup_memory_) + ")");
  }
}

void CommandBuffer::dispatch_threads(Size grid, Size threads_per_threadgroup) {
  require_recording("dispatch_threads");
  if (!next_.pipeline) {
    throw invalid("dispatch_threads without a pipeline: call set_pipeline first");
  }
  check_shape(grid, threads_per_threadgroup);
  check_bindings();
  dispatches_.push_back(next_);
  dispatches_.back().grid = grid;
  dispatches_.back().threads_per_threadgroup = threads_per_threadgroup;
}

void CommandBuffer::commit() {
  require_recording("commit");
  empty_ = dispatches_.empty();
  submit(std::move(dispatches_));
  committed_ = true;
  dispatches_.clear();
  next_ = Dispatch{};
}

bool CommandBuffer::wait_for(double seconds) {
  require_committed("wait");
  return wait_until_ended(seconds);
}

void CommandBuffer::give_up(double limit) {
  require_committed("give_up");
  stop(limit);
}

void CommandBuffer::check() {
  require_committed("check");
  throw_failure();
}

CommandBuffer::Status CommandBuffer::status() const {
  return committed_ ? submitted_status() : Status::not_enqueued;
}

Interval CommandBuffer::gpu_interval() const {
  if (status() != Status::completed) {
    throw invalid("gpu_seconds is known only once the command buffer has completed: call wait()");
  }
  const Interval measured = interval();
  if (!empty_ && measured.end <= measured.start) {
    throw DeviceError("unavailable", "the device did not measure how long its work took");
  }
  return measured;
}

}  // namespace assay
