#include "cpu/kernel_code.h"

#include <dlfcn.h>
#include <link.h>

#include <algorithm>
#include <utility>

#include "cpu/scheduler.h"
#include "errors.h"

namespace assay::cpu {
namespace {

// No sum of sizes wraps around: what is too large stays too large.
std::uint64_t add_rounded_to_16(std::uint64_t total, std::uint64_t size) {
  constexpr std::uint64_t kHuge = std::uint64_t{1} << 62;
  return std::min(total + (std::min(size, kHuge) + 15u) / 16u * 16u, kHuge);
}

// Kernels call the mathematical functions of the system's library without linking it.
void make_math_library_global() {
  static void* const handle = dlopen("libm.so.6", RTLD_NOW | RTLD_GLOBAL);
  (void)handle;  // null where the C library holds these functions itself
}

std::string loader_message() {
  const char* message = dlerror();
  return message ? message : "unknown error";
}

int find_code(dl_phdr_info* info, std::size_t, void* argument) {
  auto& range = *static_cast<CodeRange*>(argument);
  if (info->dlpi_addr != range.base) {
    return 0;
  }
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const auto& segment = info->dlpi_phdr[i];
    if (segment.p_type == PT_LOAD && (segment.p_flags & PF_X)) {
      range.begin = range.base + segment.p_vaddr;
      range.end = range.begin + segment.p_memsz;
    }
  }
  return 1;
}

CodeRange code_range(void* handle) {
  CodeRange range;
  link_map* map = nullptr;
  if (dlinfo(handle, RTLD_DI_LINKMAP, &map) == 0) {
    range.base = map->l_addr;
    dl_iterate_phdr(find_code, &range);
  }
  return range;
}

}  // namespace

KernelCode::KernelCode(std::string path) : path_(std::move(path)) {
  make_math_library_global();
  handle_ = dlopen(path_.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!handle_) {
    Diagnostic diagnostic;
    diagnostic.message = "the compiled program cannot be loaded: " + loader_message();
    diagnostic.rule = "link";
    throw CompileError({diagnostic});
  }
  library_ = static_cast<const assay_kernel_library_t*>(dlsym(handle_, "assay_kernel_library"));
  if (!library_ || library_->abi != ASSAY_KERNEL_ABI) {
    const std::string found = library_ ? "version " + std::to_string(library_->abi) : "none";
    dlclose(handle_);
    throw invalid(path_ + " does not fit this version of assay (kernel interface: " + found +
                  ", wanted: version " + std::to_string(ASSAY_KERNEL_ABI) +
                  "): delete it and compile again");
  }
  range_ = code_range(handle_);
  lay_out_threadgroup_memory();
  if (library_->runtime) {
    *library_->runtime = FiberScheduler::runtime();
  }
}

KernelCode::~KernelCode() { dlclose(handle_); }

std::vector<std::string> KernelCode::kernel_names() const {
  std::vector<std::string> names;
  for (std::uint32_t i = 0; i < library_->kernel_count; ++i) {
    names.emplace_back(library_->kernels[i].name);
  }
  return names;
}

const assay_kernel* KernelCode::find(const std::string& name) const {
  for (std::uint32_t i = 0; i < library_->kernel_count; ++i) {
    if (name == library_->kernels[i].name) {
      return &library_->kernels[i];
    }
  }
  return nullptr;
}

std::vector<FunctionConstant> KernelCode::function_constants(const assay_kernel& kernel) const {
  std::vector<FunctionConstant> found;
  for (std::uint32_t i = 0; i < kernel.constant_count; ++i) {
    const assay_function_constant& constant = library_->constants[kernel.constants[i]];
    const DataType type{static_cast<ScalarType>(constant.scalar), constant.width};
    found.push_back({constant.name, constant.index, type, constant.is_optional == 0});
  }
  return found;
}

std::uint64_t KernelCode::threadgroup_memory(const assay_kernel& kernel) const {
  std::uint64_t total = 0;
  for (auto* slot = library_->slots_begin; slot != library_->slots_end; ++slot) {
    total = slot->tag == kernel.tag ? add_rounded_to_16(total, slot->size) : total;
  }
  return total;
}

void KernelCode::lay_out_threadgroup_memory() {
  for (auto* slot = library_->slots_begin; slot != library_->slots_end; ++slot) {
    std::uint64_t offset = 0;
    for (auto* earlier = library_->slots_begin; earlier != slot; ++earlier) {
      offset = earlier->tag == slot->tag ? add_rounded_to_16(offset, earlier->size) : offset;
    }
    slot->offset = offset;
  }
}

}  // namespace assay::cpu
