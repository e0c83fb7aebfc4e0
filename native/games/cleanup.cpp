#include "games/cleanup.h"

#include <algorithm>

namespace assay::games {

Cleanup::Cleanup(Map map, int agents, Parameters& parameters)
    : BeamGame(map, agents, map.cells("P"), map.free_cells("AHRS"), parameters),
      fire_cost_(parameters.number("fire_cost")),
      fire_penalty_(parameters.number("fire_penalty")),
      clean_cost_(parameters.number("clean_cost")),
      depletion_(parameters.number("threshold_depletion")),
      restoration_(parameters.number("threshold_restoration")),
      waste_probability_(parameters.number("waste_spawn_prob")),
      best_apple_probability_(parameters.number("apple_respawn_prob")),
      river_(map.cells("HR")),
      stream_(map.cells("S")),
      first_waste_(map.cells("H")),
      waste_(static_cast<std::size_t>(map.size())),
      occupied_(static_cast<std::size_t>(map.size())) {
  add_flags("waste", waste_, {map_.height, map_.width});
  set_event_names({"apples", "beams", "hits", "times_tagged", "cleans", "waste_removed"});
}

void Cleanup::place() {
  BeamGame::place();
  std::fill(waste_.begin(), waste_.end(), 0);
  for (const int cell : first_waste_) {
    waste_[static_cast<std::size_t>(cell)] = 1;
  }
  last_density_ = density();
  last_probability_ = apple_probability(last_density_);
}

void Cleanup::play(const std::int32_t* actions, double* rewards) {
  begin();
  for (int agent = 0; agent < agents_; ++agent) {
    if (!active(agent)) {
      continue;
    }
    if (actions[agent] < kMoves) {
      move(agent, actions[agent]);
    } else if (actions[agent] == kBeam && beam_enabled_) {
      rewards[agent] -= fire_cost_;
      fire(agent, rewards, fire_penalty_);
    } else if (actions[agent] == kCleanAction) {
      rewards[agent] -= clean_cost_;
      clean(agent);
    }
  }
  mark_occupied(true);
  spawn_waste();
  spawn_apples();
  mark_occupied(false);
  collect(rewards, 0);
}

void Cleanup::clean(int agent) {
  const Shot beam = shot(agent);
  cleaned_[static_cast<std::size_t>(agent)] = beam;
  count(agent, kCleans);
  cover(beam, [&](int to_row, int to_column) {
    if (map_.inside(to_row, to_column)) {
      auto& waste = waste_[static_cast<std::size_t>(to_row * map_.width + to_column)];
      count(agent, kWasteRemoved, waste ? 1 : 0);
      waste = 0;
    }
  });
}

int Cleanup::waste_count() const {
  int waste = 0;
  for (const int cell : river_) {
    waste += waste_[static_cast<std::size_t>(cell)] != 0;
  }
  return waste;
}

double Cleanup::density() const {
  return river_.empty() ? 0 : waste_count() / static_cast<double>(river_.size());
}

double Cleanup::apple_probability(double density) const {
  if (density >= depletion_) {
    return 0;
  }
  if (density <= restoration_) {
    return best_apple_probability_;
  }
  return (1 - (density - restoration_) / (depletion_ - restoration_)) * best_apple_probability_;
}

void Cleanup::mark_occupied(bool occupied) {
  for (int agent = 0; agent < agents_; ++agent) {
    occupied_[static_cast<std::size_t>(cell(agent))] = occupied;
  }
}

void Cleanup::spawn_waste() {
  last_density_ = density();
  if (last_density_ >= depletion_ || random_.uniform() >= waste_probability_) {
    return;
  }
  candidates_.clear();
  for (const int cell : river_) {
    if (!waste_[static_cast<std::size_t>(cell)] && !occupied_[static_cast<std::size_t>(cell)]) {
      candidates_.push_back(cell);
    }
  }
  if (!candidates_.empty()) {
    const auto chosen = random_.below(static_cast<std::uint32_t>(candidates_.size()));
    waste_[static_cast<std::size_t>(candidates_[chosen])] = 1;
    last_density_ = density();
  }
}

void Cleanup::spawn_apples() {
  last_probability_ = apple_probability(last_density_);
  if (last_probability_ <= 0) {
    return;
  }
  for (std::size_t apple = 0; apple < apple_alive_.size(); ++apple) {
    if (!apple_alive_[apple] && !occupied_[static_cast<std::size_t>(apple_cells_[apple])]) {
      apple_alive_[apple] = random_.uniform() < last_probability_;
    }
  }
}

void Cleanup::gauges(double* values) const {
  values[0] = living_apples();
  values[1] = waste_count();
  values[2] = last_density_;
  values[3] = last_probability_;
}

void Cleanup::paint_ground(std::uint8_t* scene) const {
  for (const int cell : stream_) {
    scene[cell] = kStream;
  }
  for (const int cell : river_) {
    scene[cell] = waste_[static_cast<std::size_t>(cell)] ? kWaste : kRiver;
  }
  for (std::size_t cell = 0; cell < map_.walls.size(); ++cell) {
    if (map_.walls[cell]) {
      scene[cell] = kWall;
    }
  }
}

void Cleanup::render(std::uint8_t* pixels) const {
  std::vector<std::uint8_t> scene = paint();
  for (int agent = 0; agent < agents_; ++agent) {
    const Colour colour = agent == 0 ? kSelf : agent == 1 ? kOther : kThird;
    scene[static_cast<std::size_t>(cell(agent))] = active(agent) ? colour : kTagged;
  }
  colour_in(scene, pixels);
}

}  // namespace assay::games
