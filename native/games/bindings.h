#pragma once

#include <pybind11/pybind11.h>

namespace assay::games {

// Adds the games' classes and functions to the extension module.
void bind(pybind11::module_& module);

}  // namespace assay::games
