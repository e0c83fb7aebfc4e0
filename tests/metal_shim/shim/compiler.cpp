#include "compiler.h"

#include <pybind11/pybind11.h>

#include "python_constants.h"

namespace py = pybind11;

namespace shim {
namespace {

py::object compiler() {
  const py::object chosen =
      py::getattr(py::module_::import("assay._native"), "shim_compiler", py::none());
  return chosen.is_none() ? py::object(py::module_::import("assay.msl").attr("compile")) : chosen;
}

// Apple's text has every finding twice.
std::string apple_text(const py::object& error) {
  if (py::hasattr(error, "apple_text")) {
    return error.attr("apple_text").cast<std::string>();
  }
  std::string text;
  for (const py::handle diagnostic : error.attr("diagnostics")) {
    const auto field = [&](const char* name) {
      const py::object value = diagnostic.attr(name);
      return value.is_none() ? std::string("1") : py::str(value).cast<std::string>();
    };
    text += "program_source:" + field("line") + ":" + field("column") + ": " + field("severity") +
            ": " + field("message") + "\n";
  }
  return "Compilation failed: \n\n" + text + text;
}

}  // namespace

Compiled compile(const std::string& source,
                 const std::vector<assay::FunctionConstantValue>& constants,
                 const std::string& kernel) {
  const py::gil_scoped_acquire gil;
  try {
    const py::dict values = assay::python_constants(constants);
    const py::object compiled = !kernel.empty()      ? compiler()(source, values, kernel)
                                : !constants.empty() ? compiler()(source, values)
                                                     : compiler()(source);
    return {py::str(compiled.attr("path")).cast<std::string>(), ""};
  } catch (py::error_already_set& error) {
    if (!py::hasattr(error.value(), "diagnostics")) {
      throw;
    }
    return {"", apple_text(error.value())};
  }
}

}  // namespace shim
