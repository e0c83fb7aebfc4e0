// Buffers and pipelines of the CPU device.
#pragma once

#include <memory>
#include <string>

#include "cpu/guarded_memory.h"
#include "cpu/kernel_code.h"
#include "device.h"

namespace assay::cpu {

class CpuBuffer final : public Buffer {
 public:
  explicit CpuBuffer(std::size_t length) : memory_(length) {}

  void* contents() override { return memory_.data(); }
  std::size_t length() const override { return memory_.size(); }
  bool intact() const override { return memory_.intact(); }
  const GuardedMemory& memory() const { return memory_; }
  GuardedMemory& memory() { return memory_; }

 private:
  GuardedMemory memory_;
};

class CpuPipeline final : public Pipeline {
 public:
  // PipelineError where the kernel is missing or declares too much threadgroup memory.
  CpuPipeline(std::shared_ptr<const KernelCode> code, const std::string& name);

  const std::string& name() const override { return name_; }
  std::uint32_t max_total_threads_per_threadgroup() const override;
  std::uint32_t thread_execution_width() const override { return ASSAY_SIMD_WIDTH; }
  std::uint32_t static_threadgroup_memory_length() const override { return threadgroup_memory_; }
  std::uint32_t required_buffers() const override { return kernel_->buffers; }
  std::uint32_t required_threadgroup_arguments() const override { return kernel_->arguments; }

  const assay_kernel& kernel() const { return *kernel_; }
  const KernelCode& code() const { return *code_; }

 private:
  std::shared_ptr<const KernelCode> code_;
  std::string name_;
  const assay_kernel* kernel_;
  std::uint32_t threadgroup_memory_ = 0;
};

inline const CpuPipeline& pipeline_of(const Dispatch& dispatch) {
  return static_cast<const CpuPipeline&>(*dispatch.pipeline);
}

}  // namespace assay::cpu
