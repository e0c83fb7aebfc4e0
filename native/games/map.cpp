#include "games/map.h"

#include <algorithm>
#include <stdexcept>

namespace assay::games {
namespace {

// Room for the tables of shortest paths, which grow with the square of the cells.
constexpr int kMaxCells = 4096;

}  // namespace

Map::Map(const std::vector<std::string>& rows) : height(static_cast<int>(rows.size())), width(0) {
  for (const std::string& row : rows) {
    width = std::max(width, static_cast<int>(row.size()));
  }
  if (size() == 0 || size() > kMaxCells) {
    throw std::invalid_argument("a map of " + std::to_string(height) + " rows and " +
                                std::to_string(width) + " columns: it needs 1 to " +
                                std::to_string(kMaxCells) + " cells");
  }
  for (const std::string& row : rows) {
    letters += row + std::string(static_cast<std::size_t>(width) - row.size(), ' ');
  }
  for (const char letter : letters) {
    walls.push_back(letter == '@');
  }
}

std::vector<int> Map::cells(const std::string& wanted) const {
  std::vector<int> found;
  for (int cell = 0; cell < size(); ++cell) {
    if (wanted.find(letters[static_cast<std::size_t>(cell)]) != std::string::npos) {
      found.push_back(cell);
    }
  }
  return found;
}

std::vector<int> Map::free_cells(const std::string& taken) const {
  std::vector<int> found;
  for (int cell = 0; cell < size(); ++cell) {
    const char letter = letters[static_cast<std::size_t>(cell)];
    if (letter != '@' && taken.find(letter) == std::string::npos) {
      found.push_back(cell);
    }
  }
  return found;
}

Paths::Paths(const Map& map) : size_(map.size()) {
  const auto pairs = static_cast<std::size_t>(size_) * static_cast<std::size_t>(size_);
  rank_.assign(pairs, kNever);
  distance_.assign(pairs, kNever);
  first_step_.assign(pairs, 0);
  for (int cell = 0; cell < size_; ++cell) {
    if (!map.walls[static_cast<std::size_t>(cell)]) {
      search(map, cell);
    }
  }
}

void Paths::search(const Map& map, int from) {
  constexpr int kOrder[4] = {0, 2, 3, 1};
  std::vector<int> queue{from};
  rank_[at(from, from)] = 0;
  distance_[at(from, from)] = 0;
  for (std::size_t next = 0; next < queue.size(); ++next) {
    const int cell = queue[next];
    for (const int direction : kOrder) {
      const int row = cell / map.width + kRowStep[direction];
      const int column = cell % map.width + kColumnStep[direction];
      if (!map.walkable(row, column)) {
        continue;
      }
      const int neighbour = row * map.width + column;
      if (rank(from, neighbour) != kNever) {
        continue;
      }
      rank_[at(from, neighbour)] = static_cast<std::uint16_t>(queue.size());
      distance_[at(from, neighbour)] = static_cast<std::uint16_t>(distance(from, cell) + 1);
      first_step_[at(from, neighbour)] =
          cell == from ? static_cast<std::uint8_t>(direction) : first_step_[at(from, cell)];
      queue.push_back(neighbour);
    }
  }
}

}  // namespace assay::games
