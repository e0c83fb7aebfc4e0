// Games whose agents walk by compass and never share a cell.
#pragma once

#include "games/game.h"

namespace assay::games {

class WalkingGame : public Game {
 public:
  void check() const override;

 protected:
  WalkingGame(Map map, int agents);

  // Moves all agents at once. steps[i] is 0 to stay or 1 to 4 for north, south, east, west. Of
  // several that claim a cell the lowest id gets it; nobody enters the cell of one who stays.
  void walk(const std::vector<int>& steps);
  void put(int agent, int cell);
  int row(int agent) const { return position_[static_cast<std::size_t>(2 * agent)]; }
  int column(int agent) const { return position_[static_cast<std::size_t>(2 * agent + 1)]; }
  int cell(int agent) const { return row(agent) * map_.width + column(agent); }
  bool adjacent(int agent, int other) const;
  // Marks the cells that agents stand on.
  std::vector<std::uint8_t> occupied() const;

  std::vector<std::int32_t> position_;

 private:
  // Where each agent wants to go, or -1; only one per cell.
  std::vector<int> claims(const std::vector<int>& steps) const;
};

}  // namespace assay::games
