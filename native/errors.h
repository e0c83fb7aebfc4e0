// Errors of every device. module.cpp turns them into the classes of assay.errors.
#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace assay {

struct Diagnostic {
  std::string message;
  std::optional<int> line;
  std::optional<int> column;
  std::string severity = "error";
  std::string rule = "compiler";
  std::optional<std::string> hint;
};

class CompileError : public std::runtime_error {
 public:
  explicit CompileError(std::vector<Diagnostic> found, std::string text = "")
      : std::runtime_error("the source does not compile"),
        diagnostics(std::move(found)),
        log(std::move(text)) {}

  std::vector<Diagnostic> diagnostics;
  std::string log;  // what the compiler wrote, where the diagnostics were read from it
};

class PipelineError : public std::runtime_error {
 public:
  PipelineError(std::string kernel_name, const std::string& message)
      : std::runtime_error(message), kernel(std::move(kernel_name)) {}

  std::string kernel;
};

class DeviceError : public std::runtime_error {
 public:
  DeviceError(std::string error_kind, const std::string& message)
      : std::runtime_error(message), kind(std::move(error_kind)) {}

  // unavailable, invalid, fault, timeout, or discarded: lost for reasons that are not its own
  std::string kind;
  std::optional<std::string> kernel;
  std::optional<std::string> library;
  std::vector<std::uint64_t> offsets;
};

// Wrong use of the interface.
inline DeviceError invalid(const std::string& message) { return DeviceError("invalid", message); }

}  // namespace assay
