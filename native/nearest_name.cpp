#include "nearest_name.h"

#include <algorithm>
#include <numeric>

namespace assay {
namespace {

std::size_t edit_distance(const std::string& a, const std::string& b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t changed = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({changed, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

std::string nearest_name(const std::string& name, const std::vector<std::string>& candidates) {
  std::string best;
  std::size_t best_distance = name.size() / 2 + 1;
  for (const std::string& candidate : candidates) {
    const std::size_t distance = edit_distance(name, candidate);
    if (distance < best_distance) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best;
}

std::string missing_kernel_message(const std::string& name,
                                   const std::vector<std::string>& kernels) {
  std::string message = "there is no kernel '" + name + "'; the library has: ";
  for (std::size_t i = 0; i < kernels.size(); ++i) {
    message += (i ? ", " : "") + kernels[i];
  }
  if (kernels.empty()) {
    message += "none";
  }
  const std::string nearest = nearest_name(name, kernels);
  return nearest.empty() ? message : message + ". Did you mean '" + nearest + "'?";
}

}  // namespace assay
