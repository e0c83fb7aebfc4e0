// What every device offers, in Metal's vocabulary. A backend implements Device, Library, Pipeline,
// Buffer and the private part of CommandBuffer; the checks of wrong use are shared.
//
// Lifetimes: a command buffer keeps its pipelines and buffers alive until its work has ended; a
// pipeline keeps the code of its library loaded.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "errors.h"
#include "function_constants.h"

namespace assay {

constexpr std::uint32_t kMaxBuffers = 31;
constexpr std::uint32_t kMaxThreadgroupArguments = 31;

struct Size {
  std::uint32_t x = 0;
  std::uint32_t y = 0;
  std::uint32_t z = 0;

  bool empty() const { return x == 0 || y == 0 || z == 0; }
  std::uint64_t count() const { return std::uint64_t{x} * y * z; }
};

// Memory shared between the host and the device.
class Buffer {
 public:
  virtual ~Buffer() = default;
  virtual void* contents() = 0;
  virtual std::size_t length() const = 0;
  // False once something was written into the memory around the contents, as far as the device
  // watches it (Device::guards_buffers).
  virtual bool intact() const { return true; }
};

// A kernel that is ready to be dispatched.
class Pipeline {
 public:
  virtual ~Pipeline() = default;
  virtual const std::string& name() const = 0;
  virtual std::uint32_t max_total_threads_per_threadgroup() const = 0;
  virtual std::uint32_t thread_execution_width() const = 0;
  virtual std::uint32_t static_threadgroup_memory_length() const = 0;
  // Bit i: buffer(i) has to be bound.
  virtual std::uint32_t required_buffers() const = 0;
  // Bit i: threadgroup(i) has to be given a length.
  virtual std::uint32_t required_threadgroup_arguments() const = 0;
};

// Compiled source.
class Library {
 public:
  virtual ~Library() = default;
  virtual std::vector<std::string> kernel_names() const = 0;
  // The constants that a kernel refers to. PipelineError where there is no such kernel.
  virtual std::vector<FunctionConstant> function_constants(const std::string& kernel) const = 0;
  // A kernel with values for its constants, which are checked here. PipelineError
  std::shared_ptr<Pipeline> pipeline(const std::string& name,
                                     const std::vector<GivenConstant>& constants);

 private:
  virtual std::shared_ptr<Pipeline> make_pipeline(
      const std::string& name, const std::vector<FunctionConstantValue>& constants) = 0;
};

// When something ran, in seconds of the device's clock.
struct Interval {
  double start = 0;
  double end = 0;

  double seconds() const { return end - start; }
};

struct BufferBinding {
  std::shared_ptr<Buffer> buffer;
  std::size_t offset = 0;
};

// Everything one dispatch needs, checked.
struct Dispatch {
  std::shared_ptr<Pipeline> pipeline;
  std::array<BufferBinding, kMaxBuffers> buffers;
  std::array<std::uint32_t, kMaxThreadgroupArguments> threadgroup_lengths{};
  Size grid;
  Size threads_per_threadgroup;
};

// Records dispatches and runs them in their order, each seeing all that the ones before it wrote.
// Bindings are sticky, as those of a Metal encoder. A backend overrides the private functions.
class CommandBuffer {
 public:
  enum class Status { not_enqueued, committed, completed, error };

  explicit CommandBuffer(std::uint32_t max_threadgroup_memory)
      : max_threadgroup_memory_(max_threadgroup_memory) {}
  virtual ~CommandBuffer() = default;
  CommandBuffer(const CommandBuffer&) = delete;
  CommandBuffer& operator=(const CommandBuffer&) = delete;

  void set_pipeline(std::shared_ptr<Pipeline> pipeline);
  void set_buffer(std::shared_ptr<Buffer> buffer, std::size_t offset, std::uint32_t index);
  void set_threadgroup_memory(std::size_t length, std::uint32_t index);
  void dispatch_threads(Size grid, Size threads_per_threadgroup);

  // Starts the work and returns at once.
  void commit();
  // Waits for at most `seconds`. True once the work has ended, in success or failure.
  bool wait_for(double seconds);
  // Gives up on work that did not end within `limit` seconds: stops it if that is possible and
  // makes it fail with kind timeout. Work that ended in the meantime keeps its result.
  void give_up(double limit);
  // Throws the DeviceError that the work ended with, if any.
  void check();
  Status status() const;
  // From the start of the first dispatch to the end of the last. Throws DeviceError where the
  // device did not measure it.
  Interval gpu_interval() const;

 private:
  virtual void submit(std::vector<Dispatch> dispatches) = 0;
  virtual bool wait_until_ended(double seconds) = 0;
  virtual void stop(double limit) = 0;
  virtual void throw_failure() = 0;
  virtual Status submitted_status() const = 0;
  virtual Interval interval() const = 0;

  void require_recording(const char* call) const;
  void require_committed(const char* call) const;
  void check_shape(const Size& grid, const Size& threads_per_threadgroup) const;
  void check_bindings() const;

  std::uint32_t max_threadgroup_memory_;
  bool committed_ = false;
  bool empty_ = true;
  Dispatch next_;
  std::vector<Dispatch> dispatches_;
};

class Device {
 public:
  virtual ~Device() = default;
  virtual std::string name() const = 0;
  virtual std::string description() const = 0;
  virtual std::uint32_t max_threadgroup_memory() const = 0;
  // True where an access beyond a buffer either ends the kernel or shows in Buffer::intact.
  virtual bool guards_buffers() const { return false; }
  virtual std::shared_ptr<Library> compile(const std::string& source) = 0;  // CompileError
  virtual std::shared_ptr<Buffer> buffer(std::size_t length) = 0;           // zero-filled
  // What the system tells about the device, and the state it is in right now (temperature, power),
  // as words for reports. Empty where it tells nothing.
  virtual std::map<std::string, std::string> properties() const { return {}; }
  virtual std::map<std::string, std::string> conditions() const { return {}; }
  // What keeps a kernel away from the operating system, for people to read.
  virtual std::string confinement() const = 0;
  // True where command_buffer takes a perturbation.
  virtual bool perturbs_schedules() const = 0;
  // With a perturbation other than 0, threads run in an order drawn from it, as different from the
  // device's own as its rules allow, and threadgroup memory starts as NaN: a kernel that relies on
  // an order or on memory it did not write computes something else. DeviceError where not offered.
  // Lenient reads a little outside of a buffer or of threadgroup memory give anything; on a GPU all
  // reads are. Without them such a read is a fault where the device guards its memory.
  virtual std::shared_ptr<CommandBuffer> command_buffer(std::uint64_t perturbation,
                                                        bool lenient_reads) = 0;
};

}  // namespace assay
