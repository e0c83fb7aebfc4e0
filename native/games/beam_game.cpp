#include "games/beam_game.h"

#include <algorithm>
#include <cstdlib>

namespace assay::games {

BeamGame::BeamGame(Map map, int agents, std::vector<int> spawns, std::vector<int> others,
                   Parameters& parameters)
    : OrientedGame(std::move(map), agents, std::move(spawns), std::move(others)),
      view_ahead_(parameters.integer("view_ahead")),
      view_side_(parameters.integer("view_side")),
      beam_length_(parameters.integer("beam_length")),
      beam_half_width_(parameters.integer("beam_width") / 2),
      hits_to_tag_(parameters.integer("hits_to_tag")),
      timeout_steps_(parameters.integer("timeout_steps")),
      beam_enabled_(parameters.flag("beam_enabled")),
      apple_cells_(map_.cells("A")),
      timeout_(static_cast<std::size_t>(agents)),
      hits_(static_cast<std::size_t>(agents)),
      apple_alive_(apple_cells_.size()),
      apple_timer_(apple_cells_.size()),
      fired_(static_cast<std::size_t>(agents)),
      cleaned_(static_cast<std::size_t>(agents)),
      apple_at_(static_cast<std::size_t>(map_.size()), -1) {
  const int apples = static_cast<int>(apple_cells_.size());
  for (int apple = 0; apple < apples; ++apple) {
    apple_at_[static_cast<std::size_t>(apple_cells_[static_cast<std::size_t>(apple)])] = apple;
  }
  add_integers("agent_timeout", timeout_, {agents});
  add_integers("agent_beam_hits", hits_, {agents});
  add_integers("fire_beams", &fired_.data()->row, {agents, 3});
  add_integers("clean_beams", &cleaned_.data()->row, {agents, 3});
  add_flags("apple_alive", apple_alive_, {apples});
  add_integers("apple_timer", apple_timer_, {apples});
}

void BeamGame::place() {
  OrientedGame::place();
  std::fill(timeout_.begin(), timeout_.end(), 0);
  std::fill(hits_.begin(), hits_.end(), 0);
  std::fill(apple_alive_.begin(), apple_alive_.end(), 1);
  std::fill(apple_timer_.begin(), apple_timer_.end(), 0);
  forget_shots();
}

void BeamGame::begin() {
  forget_shots();
  for (std::int32_t& timeout : timeout_) {
    timeout = std::max(timeout - 1, 0);
  }
}

void BeamGame::forget_shots() {
  std::fill(fired_.begin(), fired_.end(), Shot());
  std::fill(cleaned_.begin(), cleaned_.end(), Shot());
}

bool BeamGame::Shot::reaches(int to_row, int to_column, int length, int half_width) const {
  const int rows = to_row - row;
  const int columns = to_column - column;
  const int right = (orientation + 1) & 3;
  const int forward = rows * kRowStep[orientation] + columns * kColumnStep[orientation];
  const int sideways = rows * kRowStep[right] + columns * kColumnStep[right];
  return forward >= 1 && forward <= length && std::abs(sideways) <= half_width;
}

int BeamGame::fire(int agent, double* rewards, double penalty) {
  const Shot beam = shot(agent);
  fired_[static_cast<std::size_t>(agent)] = beam;
  count(agent, kBeams);
  int hit = 0;
  for (int other = 0; other < agents_; ++other) {
    const auto id = static_cast<std::size_t>(other);
    // Walls do not stop a beam: what stands behind them is hit as well.
    if (other == agent || !active(other) ||
        !beam.reaches(row(other), column(other), beam_length_, beam_half_width_)) {
      continue;
    }
    ++hit;
    rewards[id] -= penalty;
    if (++hits_[id] >= hits_to_tag_) {
      timeout_[id] = timeout_steps_;
      hits_[id] = 0;
      count(other, kTimesTagged);
    }
  }
  count(agent, kHits, hit);
  return hit;
}

void BeamGame::collect(double* rewards, int respawn_time) {
  for (int agent = 0; agent < agents_; ++agent) {
    const int apple = apple_at_[static_cast<std::size_t>(cell(agent))];
    if (apple < 0 || !active(agent) || !apple_alive_[static_cast<std::size_t>(apple)]) {
      continue;
    }
    apple_alive_[static_cast<std::size_t>(apple)] = 0;
    apple_timer_[static_cast<std::size_t>(apple)] = respawn_time;
    rewards[agent] += 1;
    count(agent, kApples);
  }
}

int BeamGame::living_apples() const {
  return static_cast<int>(std::count_if(apple_alive_.begin(), apple_alive_.end(),
                                        [](std::uint8_t alive) { return alive != 0; }));
}

}  // namespace assay::games
