// A copy of a game's state for policies to read, and the searches they may ask for.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "games/game.h"

namespace assay::games {

// A step in rows and columns; {0, 0} at the target.
struct Step {
  int rows;
  int columns;
};

class Snapshot {
 public:
  Snapshot(std::shared_ptr<const Game> game, std::shared_ptr<const Paths> paths);

  // Copies the state as it is now. The game never reads the copy.
  void update();
  const std::vector<Field>& fields() const { return fields_; }
  const Game& game() const { return *game_; }
  const Paths& paths() const { return *paths_; }

  // First steps of shortest paths; nothing where there is no path. Of several nearest targets, the
  // one that the search discovers first. Throw std::out_of_range for an agent that does not exist.
  std::optional<Step> toward_nearest_apple(int agent) const;
  std::optional<Step> toward(int agent, int row, int column) const;
  std::optional<Step> toward_any(int agent, const std::vector<int>& cells) const;
  // Length of a shortest path between cells given as row and column, or nothing.
  std::optional<int> distance(int from_row, int from_column, int to_row, int to_column) const;

  bool has_apples() const { return apple_alive_ != nullptr; }
  // The number of a cell; nothing for one outside the map.
  std::optional<int> cell(int row, int column) const;

 private:
  const std::int32_t* position(int agent) const;
  int cell_of(int agent) const;
  std::optional<Step> first_step(int from, int to) const;

  std::shared_ptr<const Game> game_;
  std::shared_ptr<const Paths> paths_;
  std::vector<std::vector<std::uint64_t>> memory_;
  std::vector<Field> fields_;
  const std::int32_t* positions_ = nullptr;
  const std::uint8_t* apple_alive_ = nullptr;
};

}  // namespace assay::games
