#include "python_constants.h"

#include <pybind11/stl.h>

#include <limits>

#include "errors.h"

namespace py = pybind11;

namespace assay {
namespace {

std::string text(const py::handle& value) { return py::repr(value).cast<std::string>(); }

Scalar to_integer(const std::string& kernel, const py::handle& value) {
  int overflow = 0;
  const long long integer = PyLong_AsLongLongAndOverflow(value.ptr(), &overflow);
  if (overflow == 0) {
    return integer < 0 ? Scalar(std::int64_t{integer}) : Scalar(static_cast<std::uint64_t>(integer));
  }
  const unsigned long long large = PyLong_AsUnsignedLongLong(value.ptr());
  if (PyErr_Occurred()) {
    PyErr_Clear();
    throw PipelineError(kernel, text(value) + " does not fit any type of a function constant");
  }
  return std::uint64_t{large};
}

Scalar to_scalar(const std::string& kernel, const py::handle& value) {
  if (PyBool_Check(value.ptr())) {
    return value.cast<bool>();
  }
  if (PyFloat_Check(value.ptr())) {
    return value.cast<double>();
  }
  if (PyLong_Check(value.ptr())) {
    return to_integer(kernel, value);
  }
  throw PipelineError(kernel, "a function constant cannot have the value " + text(value) +
                                  ": give a bool, an integer, a float, or a sequence of them");
}

bool is_index(const py::handle& key) {
  int overflow = 0;
  const long long index =
      PyLong_Check(key.ptr()) ? PyLong_AsLongLongAndOverflow(key.ptr(), &overflow) : -1;
  return overflow == 0 && index >= 0 && index <= std::numeric_limits<std::uint32_t>::max();
}

GivenConstant given_constant(const std::string& kernel, const py::handle& key, py::object value) {
  GivenConstant given;
  if (PyUnicode_Check(key.ptr())) {
    given.key = key.cast<std::string>();
  } else if (is_index(key)) {
    given.key = key.cast<std::uint32_t>();
  } else {
    throw PipelineError(kernel, "there is no function constant " + text(key) +
                                    ": give its name or its index");
  }
  if (py::hasattr(value, "tolist")) {  // numpy's scalars and arrays count as what they hold
    value = value.attr("tolist")();
  }
  if (!PyList_Check(value.ptr()) && !PyTuple_Check(value.ptr())) {
    given.components = {to_scalar(kernel, value)};
    return given;
  }
  for (const py::handle component : value) {
    given.components.push_back(to_scalar(kernel, component));
  }
  return given;
}

}  // namespace

std::vector<GivenConstant> given_constants(const std::string& kernel, const py::dict& constants) {
  std::vector<GivenConstant> given;
  for (const auto& item : constants) {
    given.push_back(
        given_constant(kernel, item.first, py::reinterpret_borrow<py::object>(item.second)));
  }
  return given;
}

py::dict python_constants(const std::vector<FunctionConstantValue>& constants) {
  py::dict result;
  for (const FunctionConstantValue& constant : constants) {
    const py::tuple components = py::tuple(py::cast(constant.components));
    py::object value = components;
    if (constant.type.width == 1) {
      value = components[0];
    }
    result[py::int_(constant.index)] = value;
  }
  return result;
}

}  // namespace assay
