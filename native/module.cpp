// Python bindings and nothing else.
#include <pybind11/functional.h>
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <limits>

#include "cpu/cpu_device.h"
#include "device.h"
#include "games/bindings.h"
#include "metal/metal_device.h"
#include "process_confinement.h"
#include "python_constants.h"
#include "sandbox.h"

namespace py = pybind11;

namespace assay {
namespace {

// How long a wait may keep Python from noticing Ctrl-C.
constexpr double kSignalCheck = 0.05;

using Triple = std::array<std::int64_t, 3>;

py::object python_diagnostic(const Diagnostic& diagnostic) {
  return py::module_::import("assay.errors")
      .attr("Diagnostic")(diagnostic.message, diagnostic.line, diagnostic.column,
                          diagnostic.severity, diagnostic.rule, diagnostic.hint);
}

void raise(const char* type_name, const py::tuple& arguments) {
  const py::object type = py::module_::import("assay.errors").attr(type_name);
  PyErr_SetObject(type.ptr(), type(*arguments).ptr());
}

void translate(std::exception_ptr pointer) {
  try {
    std::rethrow_exception(pointer);
  } catch (const CompileError& error) {
    py::list diagnostics;
    for (const Diagnostic& diagnostic : error.diagnostics) {
      diagnostics.append(python_diagnostic(diagnostic));
    }
    raise("CompileError", py::make_tuple(diagnostics, error.log));
  } catch (const PipelineError& error) {
    raise("PipelineError", py::make_tuple(error.kernel, error.what()));
  } catch (const DeviceError& error) {
    raise("DeviceError", py::make_tuple(error.kind, error.what(), error.kernel, error.library,
                                        py::tuple(py::cast(error.offsets))));
  }
}

Size to_size(const Triple& triple, const char* what) {
  for (const std::int64_t value : triple) {
    if (value < 0 || value > std::numeric_limits<std::uint32_t>::max()) {
      throw invalid(std::string(what) + " has the dimension " + std::to_string(value) +
                    ": use 1 to 4294967295");
    }
  }
  return {static_cast<std::uint32_t>(triple[0]), static_cast<std::uint32_t>(triple[1]),
          static_cast<std::uint32_t>(triple[2])};
}

std::size_t to_length(std::int64_t value, const char* what) {
  if (value < 0) {
    throw invalid(std::string(what) + " is negative (" + std::to_string(value) + ")");
  }
  return static_cast<std::size_t>(value);
}

std::uint32_t to_index(std::int64_t value) {
  return static_cast<std::uint32_t>(
      value < 0 ? std::numeric_limits<std::uint32_t>::max()
                : std::min<std::int64_t>(value, std::numeric_limits<std::uint32_t>::max()));
}

// A lone surrogate, which no encoding of a file has, becomes a question mark.
std::shared_ptr<Library> compile(Device& device, const py::str& source) {
  return device.compile(source.attr("encode")("utf-8", "replace").cast<std::string>());
}

std::shared_ptr<Buffer> sized_buffer(Device& device, std::int64_t length) {
  if (length <= 0) {
    throw invalid("a buffer of " + std::to_string(length) +
                  " bytes cannot be made: it has to have at least 1 byte");
  }
  return device.buffer(static_cast<std::size_t>(length));
}

std::shared_ptr<Buffer> filled_buffer(Device& device, const py::array& array) {
  if (!(array.flags() & py::array::c_style)) {
    throw invalid("the array is not C-contiguous: pass numpy.ascontiguousarray(array)");
  }
  if (array.dtype().kind() == 'O') {
    throw invalid("the array holds Python objects: convert it to a numeric dtype");
  }
  auto buffer = sized_buffer(device, array.nbytes());
  std::memcpy(buffer->contents(), array.data(), buffer->length());
  return buffer;
}

std::shared_ptr<Buffer> make_buffer(Device& device, const py::object& content) {
  // Integers first: asking for an array imports numpy.
  if (!PyLong_Check(content.ptr()) && py::isinstance<py::array>(content)) {
    return filled_buffer(device, py::reinterpret_borrow<py::array>(content));
  }
  const auto length = py::reinterpret_steal<py::object>(PyNumber_Index(content.ptr()));
  if (!length) {
    throw py::error_already_set();
  }
  return sized_buffer(device, length.cast<std::int64_t>());
}

std::vector<py::ssize_t> view_shape(const py::object& shape, std::size_t count) {
  if (shape.is_none()) {
    return {static_cast<py::ssize_t>(count)};
  }
  if (PyIndex_Check(shape.ptr())) {
    return {shape.cast<py::ssize_t>()};
  }
  return shape.cast<std::vector<py::ssize_t>>();
}

py::array view(const py::object& self, const py::object& dtype, const py::object& shape) {
  auto& buffer = self.cast<Buffer&>();
  const py::dtype type = py::dtype::from_args(dtype);
  const auto item = static_cast<std::size_t>(type.itemsize());
  if (type.kind() == 'O' || item == 0) {
    throw invalid("a buffer cannot be viewed as dtype " + py::str(type).cast<std::string>());
  }
  if (shape.is_none() && buffer.length() % item != 0) {
    throw invalid("a buffer of " + std::to_string(buffer.length()) +
                  " bytes does not hold a whole number of " + py::str(type).cast<std::string>() +
                  ": give a shape");
  }
  const auto sizes = view_shape(shape, buffer.length() / item);
  std::size_t room = buffer.length() / item;
  for (const py::ssize_t size : sizes) {
    if (size < 0 || (size > 0 && static_cast<std::size_t>(size) > room)) {
      throw invalid("shape " + py::str(shape).cast<std::string>() + " of " +
                    py::str(type).cast<std::string>() + " does not fit a buffer of " +
                    std::to_string(buffer.length()) + " bytes");
    }
    room /= size > 0 ? static_cast<std::size_t>(size) : 1;
  }
  return py::array(type, sizes, buffer.contents(), self);
}

void wait(CommandBuffer& commands, std::optional<double> timeout) {
  using Clock = std::chrono::steady_clock;
  if (timeout && !(*timeout >= 0)) {
    throw invalid("timeout " + std::to_string(*timeout) + " is not a number of seconds from 0 on");
  }
  const auto start = Clock::now();
  const auto left = [&] {
    const std::chrono::duration<double> spent = Clock::now() - start;
    return timeout ? *timeout - spent.count() : std::numeric_limits<double>::infinity();
  };
  for (bool ended = false; !ended;) {
    const double slice = std::max(0.0, std::min(left(), kSignalCheck));
    {
      const py::gil_scoped_release release;
      ended = commands.wait_for(slice);
      if (!ended && left() <= 0) {
        commands.give_up(*timeout);
        ended = true;
      }
    }
    if (PyErr_CheckSignals() != 0) {
      throw py::error_already_set();
    }
  }
  commands.check();
}

std::shared_ptr<Pipeline> make_pipeline(Library& library, const std::string& name,
                                        const py::object& constants) {
  const py::dict values = constants.is_none() ? py::dict() : py::dict(constants);
  return library.pipeline(name, given_constants(name, values));
}

const char* status_name(const CommandBuffer& commands) {
  switch (commands.status()) {
    case CommandBuffer::Status::not_enqueued:
      return "not_enqueued";
    case CommandBuffer::Status::committed:
      return "committed";
    case CommandBuffer::Status::completed:
      return "completed";
    case CommandBuffer::Status::error:
      break;
  }
  return "error";
}

std::shared_ptr<Device> make_cpu_device(py::function compile) {
  return cpu_device([compile = std::move(compile)](
                        const std::string& source,
                        const std::vector<FunctionConstantValue>& constants,
                        const std::string& kernel) {
    const py::object program = constants.empty() && kernel.empty() ? compile(source)
                               : kernel.empty() ? compile(source, python_constants(constants))
                                   : compile(source, python_constants(constants), kernel);
    return py::str(program.attr("path")).cast<std::string>();
  });
}

std::shared_ptr<Device> make_metal_device(std::string gpu, std::string math, std::string capture) {
  return metal_device({std::move(gpu), std::move(math), std::move(capture)});
}

void bind_device(py::module_& module) {
  py::class_<Device, std::shared_ptr<Device>>(module, "Device", "Runs kernels.")
      .def_property_readonly("name", &Device::name, "``cpu`` or ``metal``.")
      .def_property_readonly("description", &Device::description, "The hardware, in words.")
      .def_property_readonly("max_threadgroup_memory", &Device::max_threadgroup_memory,
                             "Bytes of threadgroup memory that a threadgroup can use.")
      .def_property_readonly("guards_buffers", &Device::guards_buffers,
                             "Whether an access beyond a buffer either ends the kernel or shows in "
                             "the buffer's ``intact``.")
      .def("compile", &compile, py::arg("source"),
           "Compile Metal source text. Raises CompileError.")
      .def("buffer", &make_buffer, py::arg("content"),
           "Make a buffer: zero-filled with the given number of bytes, or a copy of a "
           "C-contiguous array.")
      .def_property_readonly("properties", &Device::properties,
                             "What the system tells about the device, in words for reports.")
      .def_property_readonly("conditions", &Device::conditions,
                             "The state that the device is in right now, as far as the system "
                             "tells: ``thermal_state``, ``low_power_mode``.")
      .def_property_readonly("confinement", &Device::confinement,
                             "What keeps a kernel away from the operating system.")
      .def_property_readonly("perturbs_schedules", &Device::perturbs_schedules,
                             "Whether command_buffer takes a perturbation.")
      .def("command_buffer", &Device::command_buffer, py::arg("perturbation") = 0,
           py::arg("lenient_reads") = false,
           "Make an empty command buffer. A perturbation other than 0 draws an unusual order of "
           "threads and fills threadgroup memory with NaN first. With ``lenient_reads``, reads up "
           "to 256 KB outside of buffers and of threadgroup memory give anything, as on GPUs, "
           "instead of a fault.")
      .def("__repr__", [](const Device& device) {
        return "<Device " + device.name() + ": " + device.description() + ">";
      });
}

void bind_function_constant(py::module_& module) {
  py::class_<FunctionConstant>(module, "FunctionConstant",
                               "A constant whose value is given when a pipeline is made.")
      .def_readonly("name", &FunctionConstant::name, "Its name in the source.")
      .def_readonly("index", &FunctionConstant::index, "Its [[function_constant(index)]].")
      .def_property_readonly(
          "type", [](const FunctionConstant& self) { return name_of(self.type); },
          "Its type in Metal's words: ``uint``, ``half3``.")
      .def_readonly("required", &FunctionConstant::required,
                    "Whether a pipeline cannot be made without a value.");
}

void bind_library(py::module_& module) {
  py::class_<Library, std::shared_ptr<Library>>(module, "Library", "Compiled source.")
      .def_property_readonly("kernel_names", &Library::kernel_names,
                             "Names of the kernels, in the order of the source.")
      .def("function_constants", &Library::function_constants, py::arg("kernel"),
           "The function constants that a kernel refers to. Raises PipelineError where there is "
           "none of that name.")
      .def("pipeline", &make_pipeline, py::arg("name"), py::arg("constants") = py::none(),
           "Prepare a kernel for dispatch. `constants` gives values to its function constants, by "
           "name or index; a vector is a sequence. Raises PipelineError where there is no kernel of "
           "that name, it declares too much threadgroup memory, a value does not fit its constant, "
           "or a constant that the kernel needs has none.");
  py::class_<Pipeline, std::shared_ptr<Pipeline>>(module, "Pipeline",
                                                  "A kernel that is ready to be dispatched.")
      .def_property_readonly("name", &Pipeline::name, "The kernel's name.")
      .def_property_readonly("max_total_threads_per_threadgroup",
                             &Pipeline::max_total_threads_per_threadgroup,
                             "Most threads that a threadgroup can have.")
      .def_property_readonly("thread_execution_width", &Pipeline::thread_execution_width,
                             "Threads per simdgroup.")
      .def_property_readonly("static_threadgroup_memory_length",
                             &Pipeline::static_threadgroup_memory_length,
                             "Bytes of threadgroup memory that the kernel declares.");
}

void bind_buffer(py::module_& module) {
  py::class_<Buffer, std::shared_ptr<Buffer>>(module, "Buffer",
                                              "Memory shared by the host and the device.")
      .def_property_readonly("nbytes", &Buffer::length, "Size in bytes.")
      .def_property_readonly("intact", &Buffer::intact,
                             "False once something was written around the buffer; says so only on "
                             "a device that guards its buffers.")
      .def("view", &view, py::arg("dtype"), py::arg("shape") = py::none(),
           "A writable array that aliases the memory and keeps it alive; one-dimensional over the "
           "whole buffer where no shape is given.");
}

void bind_command_buffer(py::module_& module) {
  py::class_<CommandBuffer, std::shared_ptr<CommandBuffer>>(
      module, "CommandBuffer",
      "Records dispatches and runs them in order. Bindings stay until they are replaced.")
      .def("set_pipeline", &CommandBuffer::set_pipeline, py::arg("pipeline").none(false))
      .def(
          "set_buffer",
          [](CommandBuffer& self, std::shared_ptr<Buffer> buffer, std::int64_t offset,
             std::int64_t index) {
            self.set_buffer(std::move(buffer), to_length(offset, "offset"), to_index(index));
          },
          py::arg("buffer").none(false), py::arg("offset"), py::arg("index"),
          "Bind a buffer, from a byte offset on that is a multiple of 4, to [[buffer(index)]].")
      .def(
          "set_threadgroup_memory",
          [](CommandBuffer& self, std::int64_t length, std::int64_t index) {
            self.set_threadgroup_memory(to_length(length, "length"), to_index(index));
          },
          py::arg("length"), py::arg("index"),
          "Give [[threadgroup(index)]] a length in bytes, a multiple of 16.")
      .def(
          "dispatch_threads",
          [](CommandBuffer& self, const Triple& grid, const Triple& group) {
            self.dispatch_threads(to_size(grid, "grid"), to_size(group, "threads_per_threadgroup"));
          },
          py::arg("grid"), py::arg("threads_per_threadgroup"),
          "Record one dispatch of grid[0] x grid[1] x grid[2] threads. Threadgroups at the grid's "
          "edge are smaller where the sizes do not divide.")
      .def("commit", &CommandBuffer::commit, "Start the work; returns at once.")
      .def("wait", &wait, py::arg("timeout") = py::none(),
           "Wait for the end of the work, at most `timeout` seconds. Raises DeviceError of kind "
           "``fault`` or ``timeout``.")
      .def_property_readonly("status", &status_name,
                             "``not_enqueued``, ``committed``, ``completed`` or ``error``.")
      .def_property_readonly(
          "gpu_seconds",
          [](const CommandBuffer& self) { return self.gpu_interval().seconds(); },
          "Time from the start of the first dispatch to the end of the last. Raises DeviceError of "
          "kind ``unavailable`` where the device did not measure it.")
      .def_property_readonly(
          "gpu_start", [](const CommandBuffer& self) { return self.gpu_interval().start; },
          "When the first dispatch started, in seconds of the device's clock.");
}

}  // namespace
}  // namespace assay

PYBIND11_MODULE(_native, module) {
  module.doc() = "Devices that run kernels, and games.";
  py::register_exception_translator(&assay::translate);
  assay::bind_device(module);
  assay::bind_function_constant(module);
  assay::bind_library(module);
  assay::bind_buffer(module);
  assay::bind_command_buffer(module);
  module.def(
      "confine",
      [](const std::vector<std::string>& readable, const std::vector<std::string>& writable) {
        const assay::Confinement done = assay::confine(readable, writable);
        return std::make_pair(done.files, done.network);
      },
      py::arg("readable"), py::arg("writable"),
      "Confine the calling thread, and all that it starts from now on, for good: no files but those "
      "below the given paths, no sockets, no view of other processes. Returns what keeps it away "
      "from files and from the network: a mechanism, or 'none' with the reason.");
  module.def("metal_device", &assay::make_metal_device,
             py::arg("gpu") = "", py::arg("math") = "fast", py::arg("capture") = "",
             "The system's default GPU, or the one with `gpu` in its name. `math` is ``fast``, "
             "``relaxed`` or ``safe``; `capture` names a file for a GPU trace of the first command "
             "buffer. Raises DeviceError: unavailable where there is no such GPU or arithmetic.");
  module.def("enter_sandbox", &assay::enter_sandbox, py::arg("descriptors"),
             "Let this process do nothing from now on but compute, and read from and write to "
             "the descriptors; returns what holds it, \"none\" with the reason if nothing does.");
  module.def("cpu_device", &assay::make_cpu_device, py::arg("compile"),
             "The processor. `compile` turns source text, and a dictionary of function constants "
             "where a pipeline has any, into an object whose `path` names a shared object. Raises "
             "DeviceError (unavailable) on systems other than Linux.");
  assay::games::bind(module);
}
