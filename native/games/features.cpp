#include "games/features.h"

#include <algorithm>
#include <cstdlib>
#include <stdexcept>

namespace assay::games {
namespace {

constexpr int kNone = 999;
constexpr int kNearby = 5;

// The number of the first limit that a value does not exceed.
int bin(double value, std::initializer_list<double> limits) {
  int number = 0;
  for (const double limit : limits) {
    if (value <= limit) {
      break;
    }
    ++number;
  }
  return number;
}

template <typename T>
const T* find(const std::vector<Field>& fields, const std::string& name) {
  for (const Field& field : fields) {
    if (field.name == name) {
      return static_cast<const T*>(field.data);
    }
  }
  return nullptr;
}

const std::vector<int>& apples_of(const Game& game) {
  if (game.apple_cells() == nullptr) {
    throw std::invalid_argument("features are known for Gathering and Cleanup only");
  }
  return *game.apple_cells();
}

}  // namespace

Features::Features(const std::vector<Field>& fields, const Game& game, const Paths& paths)
    : map_(game.map()),
      paths_(paths),
      apples_(apples_of(game)),
      river_(map_.cells("HR")),
      agents_(game.agents()),
      beam_length_(game.beam_length()),
      beam_half_width_(game.beam_half_width()),
      positions_(find<std::int32_t>(fields, "agent_pos")),
      orientations_(find<std::int32_t>(fields, "agent_orient")),
      timeouts_(find<std::int32_t>(fields, "agent_timeout")),
      hits_(find<std::int32_t>(fields, "agent_beam_hits")),
      apple_alive_(find<std::uint8_t>(fields, "apple_alive")),
      waste_(find<std::uint8_t>(fields, "waste")) {
  sizes_ = waste_ == nullptr ? std::vector<int>{6, 4, 3, 5, 3, 2, 2}
                             : std::vector<int>{6, 3, 6, 3, 3, 2, 2, 3};
}

int Features::state_count() const {
  int count = 1;
  for (const int size : sizes_) {
    count *= size;
  }
  return count;
}

void Features::extract(int agent, int* values) const {
  waste_ == nullptr ? extract_gathering(agent, values) : extract_cleanup(agent, values);
}

int Features::state(int agent) const {
  int values[8];
  extract(agent, values);
  int number = 0;
  for (std::size_t i = 0; i < sizes_.size(); ++i) {
    number = number * sizes_[i] + values[i];
  }
  return number;
}

void Features::extract_gathering(int agent, int* values) const {
  const Nearest apple = nearest(agent, apples_, [&](std::size_t i) { return apple_alive_[i]; });
  int distance = 0;
  const int other = nearest_agent(agent, &distance);
  values[0] = apple.move;
  values[1] = bin(apple.distance, {0, 3, 8});
  values[2] = bin(near_apples(agent), {0, 3});
  values[3] = other < 0 ? 4 : bearing(agent, other);
  values[4] = bin(distance, {3, 7});
  values[5] = aims_at_someone(agent);
  values[6] = hits_[agent] >= 1;
}

void Features::extract_cleanup(int agent, int* values) const {
  const Nearest apple = nearest(agent, apples_, [&](std::size_t i) { return apple_alive_[i]; });
  const Nearest dirt = nearest(
      agent, river_, [&](std::size_t i) { return waste_[static_cast<std::size_t>(river_[i])]; });
  int distance = 0;
  nearest_agent(agent, &distance);
  values[0] = apple.move;
  values[1] = bin(apple.distance, {3, 8});
  values[2] = dirt.move;
  values[3] = bin(dirt.distance, {3, 8});
  values[4] = bin(waste_density(), {0.1, 0.3});
  values[5] = cleans(agent);
  values[6] = near_apples(agent) > 0;
  values[7] = bin(distance, {3, 7});
}

template <typename Alive>
Features::Nearest Features::nearest(int agent, const std::vector<int>& cells,
                                    const Alive& alive) const {
  const int from = cell(place(agent));
  int target = -1;
  std::uint16_t best = Paths::kNever;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const std::uint16_t rank = paths_.rank(from, cells[i]);
    if (rank < best && alive(i)) {
      best = rank;
      target = cells[i];
    }
  }
  if (target < 0) {
    return {5, kNone};
  }
  if (target == from) {
    return {4, 0};
  }
  // Actions forward, backward, left and right, by quarter turns to the right.
  constexpr int kMove[4] = {0, 3, 1, 2};
  const int turns = (paths_.first_step(from, target) - orientations_[agent]) & 3;
  return {kMove[turns], paths_.distance(from, target)};
}

int Features::near_apples(int agent) const {
  const Place at = place(agent);
  int count = 0;
  for (std::size_t apple = 0; apple < apples_.size(); ++apple) {
    const int rows = std::abs(apples_[apple] / map_.width - at.row);
    const int columns = std::abs(apples_[apple] % map_.width - at.column);
    count += apple_alive_[apple] && rows + columns <= kNearby;
  }
  return count;
}

int Features::nearest_agent(int agent, int* distance) const {
  const Place at = place(agent);
  int found = -1;
  *distance = kNone;
  for (int other = 0; other < agents_; ++other) {
    const Place there = place(other);
    const int apart = std::abs(there.row - at.row) + std::abs(there.column - at.column);
    if (other != agent && timeouts_[other] == 0 && apart < *distance) {
      *distance = apart;
      found = other;
    }
  }
  return found;
}

int Features::bearing(int agent, int other) const {
  const Place at = place(agent);
  const Place there = place(other);
  const int ahead = orientations_[agent] & 3;
  const int right = (ahead + 1) & 3;
  const int rows = there.row - at.row;
  const int columns = there.column - at.column;
  const int forward = rows * kRowStep[ahead] + columns * kColumnStep[ahead];
  const int sideways = rows * kRowStep[right] + columns * kColumnStep[right];
  if (std::abs(forward) >= std::abs(sideways)) {
    return forward >= 0 ? 0 : 1;
  }
  return sideways < 0 ? 2 : 3;
}

template <typename Holds>
bool Features::any_ahead(int agent, const Holds& holds) const {
  const Place at = place(agent);
  const int ahead = orientations_[agent] & 3;
  const int right = (ahead + 1) & 3;
  for (int sideways = -beam_half_width_; sideways <= beam_half_width_; ++sideways) {
    for (int forward = 1; forward <= beam_length_; ++forward) {
      const int row = at.row + forward * kRowStep[ahead] + sideways * kRowStep[right];
      const int column = at.column + forward * kColumnStep[ahead] + sideways * kColumnStep[right];
      if (!map_.walkable(row, column)) {
        break;
      }
      if (holds(row, column)) {
        return true;
      }
    }
  }
  return false;
}

bool Features::aims_at_someone(int agent) const {
  return any_ahead(agent, [&](int row, int column) {
    for (int other = 0; other < agents_; ++other) {
      const Place there = place(other);
      if (other != agent && timeouts_[other] == 0 && there.row == row && there.column == column) {
        return true;
      }
    }
    return false;
  });
}

bool Features::cleans(int agent) const {
  return any_ahead(agent,
                   [&](int row, int column) { return waste_[row * map_.width + column] != 0; });
}

double Features::waste_density() const {
  int dirty = 0;
  for (const int river_cell : river_) {
    dirty += waste_[river_cell] != 0;
  }
  return river_.empty() ? 0 : dirty / static_cast<double>(river_.size());
}

}  // namespace assay::games
