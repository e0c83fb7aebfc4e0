#include "games/oriented_game.h"

#include <stdexcept>

namespace assay::games {

OrientedGame::OrientedGame(Map map, int agents, std::vector<int> spawns, std::vector<int> others)
    : Game(std::move(map), agents),
      position_(static_cast<std::size_t>(2 * agents)),
      orientation_(static_cast<std::size_t>(agents)),
      spawns_(std::move(spawns)),
      others_(std::move(others)) {
  if (static_cast<std::size_t>(agents) > spawns_.size() && others_.empty()) {
    throw std::invalid_argument("the map has no room for " + std::to_string(agents) + " agents");
  }
  add_integers("agent_pos", position_, {agents, 2});
  add_integers("agent_orient", orientation_, {agents});
}

void OrientedGame::place() {
  std::vector<int> spawns = spawns_;
  random_.shuffle(spawns);
  for (std::size_t agent = 0; agent < orientation_.size(); ++agent) {
    const int cell = agent < spawns.size()
                         ? spawns[agent]
                         : others_[random_.below(static_cast<std::uint32_t>(others_.size()))];
    position_[2 * agent] = cell / map_.width;
    position_[2 * agent + 1] = cell % map_.width;
    orientation_[agent] = static_cast<std::int32_t>(random_.below(4));
  }
}

void OrientedGame::check() const {
  for (int agent = 0; agent < agents_; ++agent) {
    if (!map_.inside(row(agent), column(agent))) {
      throw std::invalid_argument("agent " + std::to_string(agent) + " is outside the map, at (" +
                                  std::to_string(row(agent)) + ", " +
                                  std::to_string(column(agent)) + ")");
    }
  }
}

void OrientedGame::move(int agent, int action) {
  // Compass directions, relative to the orientation, of forward, backward, left and right.
  constexpr int kTurn[4] = {0, 2, 3, 1};
  auto& orient = orientation_[static_cast<std::size_t>(agent)];
  if (action == 4 || action == 5) {
    orient = (orient + (action == 4 ? 3 : 1)) & 3;
  } else if (action >= 0 && action < 4) {
    const int direction = (orient + kTurn[action]) & 3;
    const int to_row = row(agent) + kRowStep[direction];
    const int to_column = column(agent) + kColumnStep[direction];
    if (map_.walkable(to_row, to_column)) {
      position_[static_cast<std::size_t>(2 * agent)] = to_row;
      position_[static_cast<std::size_t>(2 * agent + 1)] = to_column;
    }
  }
}

}  // namespace assay::games
