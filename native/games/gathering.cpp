#include "games/gathering.h"

#include <algorithm>
#include <cstdlib>

namespace assay::games {
namespace {

// The cells drawn as spawns, or else the free cells in the two outermost rings of the map.
std::vector<int> spawn_cells(const Map& map) {
  std::vector<int> cells = map.cells("P");
  if (cells.empty()) {
    for (const int cell : map.free_cells("A")) {
      const int row = cell / map.width;
      const int column = cell % map.width;
      if (row <= 1 || row >= map.height - 2 || column <= 1 || column >= map.width - 2) {
        cells.push_back(cell);
      }
    }
  }
  return cells;
}

}  // namespace

Gathering::Gathering(Map map, int agents, Parameters& parameters)
    : BeamGame(map, agents, spawn_cells(map), map.free_cells("A"), parameters),
      respawn_time_(parameters.integer("apple_respawn_time")),
      by_density_(parameters.flag("density_respawn")),
      neighbours_(apple_cells_.size()) {
  set_event_names({"apples", "beams", "hits", "times_tagged"});
  const int radius = parameters.integer("density_radius");
  for (std::size_t apple = 0; apple < apple_cells_.size(); ++apple) {
    for (std::size_t other = 0; other < apple_cells_.size(); ++other) {
      const int rows = apple_cells_[apple] / map_.width - apple_cells_[other] / map_.width;
      const int columns = apple_cells_[apple] % map_.width - apple_cells_[other] % map_.width;
      if (apple != other && std::max(std::abs(rows), std::abs(columns)) <= radius) {
        neighbours_[apple].push_back(static_cast<int>(other));
      }
    }
  }
}

void Gathering::play(const std::int32_t* actions, double* rewards) {
  begin();
  for (int agent = 0; agent < agents_; ++agent) {
    if (!active(agent)) {
      continue;
    }
    if (actions[agent] < kMoves) {
      move(agent, actions[agent]);
    } else if (actions[agent] == kBeam && beam_enabled_) {
      fire(agent, rewards, 0);
    }
  }
  by_density_ ? regrow_by_density() : regrow_by_timer();
  collect(rewards, respawn_time_);
}

void Gathering::regrow_by_timer() {
  for (std::size_t apple = 0; apple < apple_alive_.size(); ++apple) {
    if (!apple_alive_[apple] && --apple_timer_[apple] <= 0) {
      apple_alive_[apple] = 1;
      apple_timer_[apple] = 0;
    }
  }
}

void Gathering::regrow_by_density() {
  constexpr double kProbability[] = {0, 0.01, 0.01, 0.05, 0.05, 0.1};
  for (std::size_t apple = 0; apple < apple_alive_.size(); ++apple) {
    if (apple_alive_[apple]) {
      continue;
    }
    const auto living = std::count_if(neighbours_[apple].begin(), neighbours_[apple].end(),
                                      [&](int other) {
                                        return apple_alive_[static_cast<std::size_t>(other)] != 0;
                                      });
    if (living > 0 && random_.uniform() < kProbability[std::min<std::ptrdiff_t>(living, 5)]) {
      apple_alive_[apple] = 1;
    }
  }
}

void Gathering::paint_ground(std::uint8_t* scene) const {
  std::transform(map_.walls.begin(), map_.walls.end(), scene,
                 [](std::uint8_t wall) { return wall ? kWall : kBackground; });
}

void Gathering::render(std::uint8_t* pixels) const {
  std::vector<std::uint8_t> scene = paint();
  for (int agent = 0; agent < agents_; ++agent) {
    scene[static_cast<std::size_t>(cell(agent))] = active(agent) ? kSelf : kTagged;
  }
  colour_in(scene, pixels);
}

}  // namespace assay::games
