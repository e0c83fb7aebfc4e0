#include "cpu/cpu_device.h"

#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <utility>

#include "cpu/command_queue.h"
#include "cpu/confinement.h"
#include "cpu/objects.h"
#include "nearest_name.h"

namespace assay::cpu {

namespace {

const assay_kernel& require_kernel(const KernelCode& code, const std::string& name) {
  const assay_kernel* kernel = code.find(name);
  if (!kernel) {
    throw PipelineError(name, missing_kernel_message(name, code.kernel_names()));
  }
  return *kernel;
}

}  // namespace

CpuPipeline::CpuPipeline(std::shared_ptr<const KernelCode> code, const std::string& name)
    : code_(std::move(code)), name_(name), kernel_(&require_kernel(*code_, name)) {
  const std::uint64_t needed = code_->threadgroup_memory(*kernel_);
  if (needed > kMaxThreadgroupMemory) {
    throw PipelineError(name, "Threadgroup memory size (" + std::to_string(needed) +
                                  ") exceeds the maximum threadgroup memory allowed (" +
                                  std::to_string(kMaxThreadgroupMemory) + ")");
  }
  threadgroup_memory_ = static_cast<std::uint32_t>(needed);
}

std::uint32_t CpuPipeline::max_total_threads_per_threadgroup() const {
  const std::uint32_t declared = kernel_->max_threads;
  return declared == 0 ? FiberScheduler::kMaxThreads
                       : std::min(declared, FiberScheduler::kMaxThreads);
}

namespace {

class CpuLibrary final : public Library {
 public:
  CpuLibrary(Compiler compiler, std::string source)
      : compiler_(std::move(compiler)), source_(std::move(source)) {
    code_ = load({}, "");
  }

  std::vector<std::string> kernel_names() const override { return code_->kernel_names(); }
  std::vector<FunctionConstant> function_constants(const std::string& kernel) const override {
    return code_->function_constants(require_kernel(*code_, kernel));
  }

 private:
  std::shared_ptr<const KernelCode> load(const std::vector<FunctionConstantValue>& constants,
                                         const std::string& kernel) {
    const std::string path = compiler_(source_, constants, kernel);
    return code_ && code_->path() == path ? code_ : std::make_shared<const KernelCode>(path);
  }
  std::shared_ptr<Pipeline> make_pipeline(
      const std::string& name, const std::vector<FunctionConstantValue>& constants) override {
    const bool has_code = require_kernel(*code_, name).run != nullptr;
    const bool complete = has_code && constants.empty();
    auto code = complete ? code_ : load(constants, has_code ? "" : name);
    return std::make_shared<CpuPipeline>(std::move(code), name);
  }

  Compiler compiler_;
  std::string source_;
  std::shared_ptr<const KernelCode> code_;
};

// A queue whose threads exist only in the process that made it.
class ProcessQueue {
 public:
  explicit ProcessQueue(unsigned threads) : queue_(new CommandQueue(threads)) {}
  ~ProcessQueue() {
    if (getpid() == process_) {
      delete queue_;  // after a fork there are no threads to end: left alone
    }
  }
  ProcessQueue(const ProcessQueue&) = delete;
  ProcessQueue& operator=(const ProcessQueue&) = delete;

  CommandQueue& get() const {
    if (getpid() != process_) {
      throw invalid("this CPU device was opened before the process forked: open it again with "
                    "assay.device(\"cpu\")");
    }
    return *queue_;
  }

 private:
  pid_t process_ = getpid();
  CommandQueue* queue_;
};

class CpuCommandBuffer final : public CommandBuffer {
 public:
  CpuCommandBuffer(std::shared_ptr<const ProcessQueue> queue, const Manner& manner)
      : CommandBuffer(kMaxThreadgroupMemory), queue_(std::move(queue)), manner_(manner) {}

 private:
  void submit(std::vector<Dispatch> dispatches) override {
    for (const Dispatch& dispatch : dispatches) {
      if (!pipeline_of(dispatch).kernel().run) {
        throw invalid("the kernel '" + pipeline_of(dispatch).name() +
                      "' was only listed: compile it to run it");
      }
    }
    submission_ = std::make_shared<Submission>(std::move(dispatches), manner_);
    queue_->get().submit(submission_);
  }
  bool wait_until_ended(double seconds) override { return submission_->wait(seconds); }
  void stop(double limit) override { queue_->get().stop(*submission_, limit); }
  void throw_failure() override { submission_->throw_failure(); }
  Status submitted_status() const override { return submission_->status(); }
  Interval interval() const override { return submission_->interval(); }

  std::shared_ptr<const ProcessQueue> queue_;
  Manner manner_;
  std::shared_ptr<Submission> submission_;
};

std::string processor_name() {
  std::ifstream information("/proc/cpuinfo");
  for (std::string line; std::getline(information, line);) {
    const auto colon = line.find(": ");
    if (line.rfind("model name", 0) == 0 && colon != std::string::npos) {
      return line.substr(colon + 2);
    }
  }
#if defined(__aarch64__)
  return "aarch64 processor";
#else
  return "x86-64 processor";
#endif
}

class CpuDevice final : public Device {
 public:
  explicit CpuDevice(Compiler compiler)
      : compiler_(std::move(compiler)),
        threads_(default_thread_count()),
        queue_(std::make_shared<const ProcessQueue>(threads_)) {}

  std::string name() const override { return "cpu"; }
  std::string description() const override {
    return processor_name() + ", " + std::to_string(threads_) +
           (threads_ == 1 ? " thread" : " threads");
  }
  std::uint32_t max_threadgroup_memory() const override { return kMaxThreadgroupMemory; }
  bool guards_buffers() const override { return true; }
  std::shared_ptr<Library> compile(const std::string& source) override {
    return std::make_shared<CpuLibrary>(compiler_, source);
  }
  std::shared_ptr<Buffer> buffer(std::size_t length) override {
    return std::make_shared<CpuBuffer>(length);
  }
  std::string confinement() const override { return cpu::confinement(); }
  bool perturbs_schedules() const override { return true; }
  std::shared_ptr<CommandBuffer> command_buffer(std::uint64_t perturbation,
                                                bool lenient_reads) override {
    queue_->get();
    return std::make_shared<CpuCommandBuffer>(queue_, Manner{perturbation, lenient_reads});
  }

 private:
  Compiler compiler_;
  unsigned threads_;
  std::shared_ptr<const ProcessQueue> queue_;
};

}  // namespace
}  // namespace assay::cpu

namespace assay {

std::shared_ptr<Device> cpu_device(Compiler compiler) {
  return std::make_shared<cpu::CpuDevice>(std::move(compiler));
}

}  // namespace assay
