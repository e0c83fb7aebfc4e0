// Suggestions for misspelt names.
#pragma once

#include <string>
#include <vector>

namespace assay {

// The candidate with the smallest edit distance to `name`; empty where none is near.
std::string nearest_name(const std::string& name, const std::vector<std::string>& candidates);

// "there is no kernel 'x'; the library has: a, b. Did you mean 'a'?"
std::string missing_kernel_message(const std::string& name,
                                   const std::vector<std::string>& kernels);

}  // namespace assay
