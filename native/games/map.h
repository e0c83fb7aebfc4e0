// Maps drawn in letters, and shortest paths on them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace assay::games {

// Compass directions, also an agent's orientation: north, east, south, west.
constexpr int kRowStep[4] = {-1, 0, 1, 0};
constexpr int kColumnStep[4] = {0, 1, 0, -1};

// A cell is its row times the width plus its column. Rows that are shorter than the longest one
// are padded with blanks, which can be walked on.
struct Map {
  explicit Map(const std::vector<std::string>& rows);

  bool inside(int row, int column) const {
    return row >= 0 && row < height && column >= 0 && column < width;
  }
  bool walkable(int row, int column) const {
    return inside(row, column) && !walls[static_cast<std::size_t>(row * width + column)];
  }
  int size() const { return height * width; }
  // The cells that bear one of the letters, row by row.
  std::vector<int> cells(const std::string& letters) const;
  // The walkable cells that bear none of the letters.
  std::vector<int> free_cells(const std::string& letters) const;

  int height;
  int width;
  std::string letters;
  std::vector<std::uint8_t> walls;
};

// Breadth-first searches from every cell of a map, neighbours in the order north, south, west,
// east. Agents never block.
class Paths {
 public:
  static constexpr std::uint16_t kNever = 0xFFFF;

  explicit Paths(const Map& map);

  // When the search from one cell discovers another: 0 for itself, kNever where it cannot.
  std::uint16_t rank(int from, int to) const { return rank_[at(from, to)]; }
  std::uint16_t distance(int from, int to) const { return distance_[at(from, to)]; }
  // Compass direction of the first step; only for reachable cells other than `from`.
  int first_step(int from, int to) const { return first_step_[at(from, to)]; }

 private:
  std::size_t at(int from, int to) const {
    return static_cast<std::size_t>(from) * static_cast<std::size_t>(size_) +
           static_cast<std::size_t>(to);
  }
  void search(const Map& map, int from);

  int size_;
  std::vector<std::uint16_t> rank_;
  std::vector<std::uint16_t> distance_;
  std::vector<std::uint8_t> first_step_;
};

}  // namespace assay::games
