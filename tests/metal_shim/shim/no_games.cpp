// The game engine has nothing to do with Metal and takes long to compile.
#include "games/bindings.h"

namespace assay::games {

void bind(pybind11::module_&) {}

}  // namespace assay::games
