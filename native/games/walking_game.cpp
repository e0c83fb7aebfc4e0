#include "games/walking_game.h"

#include <algorithm>
#include <cstdlib>
#include <stdexcept>

namespace assay::games {

WalkingGame::WalkingGame(Map map, int agents)
    : Game(std::move(map), agents), position_(static_cast<std::size_t>(2 * agents)) {
  add_integers("agent_pos", position_, {agents, 2});
}

void WalkingGame::check() const {
  for (int agent = 0; agent < agents_; ++agent) {
    if (!map_.inside(row(agent), column(agent))) {
      throw std::invalid_argument("agent " + std::to_string(agent) + " is outside the map, at (" +
                                  std::to_string(row(agent)) + ", " +
                                  std::to_string(column(agent)) + ")");
    }
  }
}

void WalkingGame::put(int agent, int cell) {
  position_[static_cast<std::size_t>(2 * agent)] = cell / map_.width;
  position_[static_cast<std::size_t>(2 * agent + 1)] = cell % map_.width;
}

std::vector<int> WalkingGame::claims(const std::vector<int>& steps) const {
  // Steps are numbered north, south, east, west.
  constexpr int kDirection[] = {0, 2, 1, 3};
  std::vector<int> wanted;
  for (int agent = 0; agent < agents_; ++agent) {
    const int step = steps[static_cast<std::size_t>(agent)];
    int target = -1;
    if (step > 0) {
      const int to_row = row(agent) + kRowStep[kDirection[step - 1]];
      const int to_column = column(agent) + kColumnStep[kDirection[step - 1]];
      target = map_.walkable(to_row, to_column) ? to_row * map_.width + to_column : -1;
    }
    const bool taken = std::find(wanted.begin(), wanted.end(), target) != wanted.end();
    wanted.push_back(taken ? -1 : target);
  }
  return wanted;
}

void WalkingGame::walk(const std::vector<int>& steps) {
  std::vector<int> wanted = claims(steps);
  for (bool changed = true; changed;) {
    changed = false;
    for (std::size_t agent = 0; agent < wanted.size(); ++agent) {
      for (int other = 0; wanted[agent] >= 0 && other < agents_; ++other) {
        if (wanted[static_cast<std::size_t>(other)] < 0 && cell(other) == wanted[agent]) {
          wanted[agent] = -1;
          changed = true;
        }
      }
    }
  }
  for (int agent = 0; agent < agents_; ++agent) {
    if (wanted[static_cast<std::size_t>(agent)] >= 0) {
      put(agent, wanted[static_cast<std::size_t>(agent)]);
    }
  }
}

bool WalkingGame::adjacent(int agent, int other) const {
  return std::abs(row(agent) - row(other)) + std::abs(column(agent) - column(other)) == 1;
}

std::vector<std::uint8_t> WalkingGame::occupied() const {
  std::vector<std::uint8_t> marks(static_cast<std::size_t>(map_.size()));
  for (int agent = 0; agent < agents_; ++agent) {
    marks[static_cast<std::size_t>(cell(agent))] = 1;
  }
  return marks;
}

}  // namespace assay::games
