// Games whose agents face a direction and move relative to it, without blocking each other.
#pragma once

#include "games/game.h"

namespace assay::games {

class OrientedGame : public Game {
 public:
  // `spawns` come first, in random order; further agents are placed on any of `others`.
  OrientedGame(Map map, int agents, std::vector<int> spawns, std::vector<int> others);

  void check() const override;

 protected:
  static constexpr int kMoves = 6;

  void place() override;
  // Actions 0 to 3 step forward, backward, left and right; 4 and 5 rotate left and right.
  void move(int agent, int action);
  int row(int agent) const { return position_[static_cast<std::size_t>(2 * agent)]; }
  int column(int agent) const { return position_[static_cast<std::size_t>(2 * agent + 1)]; }
  int cell(int agent) const { return row(agent) * map_.width + column(agent); }
  int orientation(int agent) const { return orientation_[static_cast<std::size_t>(agent)] & 3; }

  std::vector<std::int32_t> position_;
  std::vector<std::int32_t> orientation_;

 private:
  std::vector<int> spawns_;
  std::vector<int> others_;
};

}  // namespace assay::games
