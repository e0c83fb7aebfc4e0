// The world as pixels, one per cell.
#pragma once

#include <algorithm>
#include <array>

#include "games/map.h"

namespace assay::games {

using Rgb = std::array<std::uint8_t, 3>;

class Picture {
 public:
  Picture(const Map& map, std::uint8_t* pixels, Rgb background) : pixels_(pixels) {
    for (int cell = 0; cell < map.size(); ++cell) {
      set(cell, background);
    }
  }

  void set(int cell, Rgb colour) { std::copy(colour.begin(), colour.end(), pixels_ + 3 * cell); }
  // Halfway between the colour that is there and another one.
  void blend(int cell, Rgb colour) {
    for (int channel = 0; channel < 3; ++channel) {
      std::uint8_t& value = pixels_[3 * cell + channel];
      value = static_cast<std::uint8_t>((value + colour[static_cast<std::size_t>(channel)]) / 2);
    }
  }

 private:
  std::uint8_t* pixels_;
};

}  // namespace assay::games
