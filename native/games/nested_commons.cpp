#include "games/nested_commons.h"

#include <algorithm>
#include <cstdlib>
#include <stdexcept>

#include "games/picture.h"

namespace assay::games {

NestedCommons::NestedCommons(Map map, int agents, Parameters& parameters)
    : WalkingGame(map, agents),
      growth_(parameters.number("river_growth")),
      growth_per_apple_(parameters.number("river_growth_per_apple")),
      river_clean_(parameters.number("river_clean")),
      plaza_growth_(parameters.number("plaza_growth")),
      plaza_growth_per_apple_(parameters.number("plaza_growth_per_apple")),
      plaza_clean_(parameters.number("plaza_clean")),
      regrowth_slope_(parameters.number("orchard_regrow_slope")),
      bonus_threshold_(parameters.number("bonus_threshold")),
      bonus_regrow_threshold_(parameters.number("bonus_regrow_threshold")),
      bonus_regrowth_(parameters.number("bonus_regrow_prob")),
      bonus_value_(parameters.number("bonus_value")),
      clean_cost_(parameters.number("clean_cost")),
      raid_cost_(parameters.number("raid_cost")),
      raid_success_(parameters.number("raid_success_prob")),
      travel_cost_(parameters.number("travel_cost")),
      holding_reward_(parameters.number("holding_reward")),
      first_waste_(parameters.number("initial_w_q")),
      first_plaza_waste_(parameters.number("initial_w_p")),
      bonus_min_held_(parameters.integer("bonus_min_held")),
      capacity_(parameters.integer("capacity")),
      travel_steps_(parameters.integer("travel_steps")),
      first_held_(parameters.integer("initial_held")),
      orchard_fill_(parameters.integer("orchard_fill")),
      plaza_fill_(parameters.integer("plaza_fill")),
      shared_in_plaza_only_(parameters.flag("shared_bonus_in_plaza_only")),
      bonus_needs_clean_river_(parameters.flag("bonus_needs_clean_river")),
      retaliation_(parameters.flag("forced_retaliation")),
      plaza_(map.cells("+")),
      river_clan_(static_cast<std::size_t>(map.size()), -1),
      held_(static_cast<std::size_t>(agents)),
      held_before_(static_cast<std::size_t>(agents)),
      river_waste_(kClans),
      orchard_apples_(static_cast<std::size_t>(map.size())),
      bonus_apples_(static_cast<std::size_t>(map.size())),
      journeys_(static_cast<std::size_t>(agents)),
      journey_left_(static_cast<std::size_t>(agents)),
      raids_(static_cast<std::size_t>(agents)),
      fresh_(static_cast<std::size_t>(agents)),
      retaliates_(static_cast<std::size_t>(agents), -1) {
  if (agents > kClans * kClanSize) {
    throw std::invalid_argument("at most 16 agents, in four clans of four");
  }
  for (int clan = 0; clan < kClans; ++clan) {
    const auto letter = [clan](const char* letters) { return std::string(1, letters[clan]); };
    auto& own = clans_[static_cast<std::size_t>(clan)];
    own = {map.cells(letter("ABCD")), map.cells(letter("1234")),
           parameters.number("orchard_regrow_max_" + letter("abcd"))};
    for (const int cell : map.cells(letter("abcd"))) {
      river_clan_[static_cast<std::size_t>(cell)] = clan;
    }
    if (own.spawns.size() < static_cast<std::size_t>(kClanSize) ||
        own.orchard.size() < static_cast<std::size_t>(orchard_fill_) ||
        plaza_.size() < static_cast<std::size_t>(plaza_fill_)) {
      throw std::invalid_argument("the map has no room for a clan or for the first apples");
    }
  }
  add_integers("inventory", held_, {agents});
  add_numbers("w_q", river_waste_, {kClans});
  add_number("w_p", plaza_waste_);
  add_flags("orchard_apples", orchard_apples_, {map_.height, map_.width});
  add_flags("bonus_apples", bonus_apples_, {map_.height, map_.width});
  add_integers("travel_left", journey_left_, {agents});
  add_integers("raid_attempted", raids_, {agents});
  add_integers("fresh_collected", fresh_, {agents});
  set_event_names(
      {"fresh", "bonus", "shared_bonus", "cleans", "raids", "raid_successes", "gifts"});
}

void NestedCommons::place() {
  for (int agent = 0; agent < agents_; ++agent) {
    const auto& spawns = clans_[static_cast<std::size_t>(clan_of(agent))].spawns;
    put(agent, spawns[static_cast<std::size_t>(agent % kClanSize)]);
  }
  std::fill(held_.begin(), held_.end(), first_held_);
  std::fill(orchard_apples_.begin(), orchard_apples_.end(), 0);
  std::fill(bonus_apples_.begin(), bonus_apples_.end(), 0);
  for (const Clan& clan : clans_) {
    const int size = static_cast<int>(clan.orchard.size());
    for (const int index : random_.sample(size, orchard_fill_)) {
      orchard_apples_[static_cast<std::size_t>(clan.orchard[static_cast<std::size_t>(index)])] = 1;
    }
  }
  for (const int index : random_.sample(static_cast<int>(plaza_.size()), plaza_fill_)) {
    bonus_apples_[static_cast<std::size_t>(plaza_[static_cast<std::size_t>(index)])] = 1;
  }
  std::fill(river_waste_.begin(), river_waste_.end(), first_waste_);
  plaza_waste_ = first_plaza_waste_;
  std::fill(journeys_.begin(), journeys_.end(), std::vector<int>());
  std::fill(journey_left_.begin(), journey_left_.end(), 0);
  std::fill(raids_.begin(), raids_.end(), 0);
  std::fill(fresh_.begin(), fresh_.end(), 0);
  std::fill(retaliates_.begin(), retaliates_.end(), -1);
}

void NestedCommons::play(const std::int32_t* actions, double* rewards) {
  held_before_ = held_;
  std::fill(raids_.begin(), raids_.end(), 0);
  const std::vector<int> effective = effective_actions(actions, rewards);
  std::vector<int> steps(effective);
  std::replace_if(steps.begin(), steps.end(), [](int action) { return action >= kClean; }, 0);
  walk(steps);
  std::array<int, kClans> eaten{};
  collect(rewards, eaten);
  for (int agent = 0; agent < agents_; ++agent) {
    if (effective[static_cast<std::size_t>(agent)] == kClean) {
      clean(agent, rewards);
    }
  }
  for (int agent = 0; agent < agents_; ++agent) {
    const int action = effective[static_cast<std::size_t>(agent)];
    if (action >= kRaid && action < kGift) {
      raid(agent, action - kRaid, rewards);
    } else if (action >= kGift && action < kTravel) {
      gift(agent, action - kGift);
    }
  }
  for (std::size_t agent = 0; agent < held_.size(); ++agent) {
    rewards[agent] += fresh_[agent] + holding_reward_ * held_before_[agent];
  }
  pollute(eaten);
  regrow();
}

std::vector<int> NestedCommons::effective_actions(const std::int32_t* actions, double* rewards) {
  std::vector<int> effective;
  for (int agent = 0; agent < agents_; ++agent) {
    auto& journey = journeys_[static_cast<std::size_t>(agent)];
    int action = actions[agent] < 0 || actions[agent] >= kActions ? 0 : actions[agent];
    if (!journey.empty()) {
      action = journey.front();
      journey.erase(journey.begin());
      rewards[agent] -= travel_cost_;
    } else {
      action = forced_action(agent, action);
      if (action >= kTravel) {
        action = set_out(agent, action - kTravel);
        rewards[agent] -= action == 0 ? 0 : travel_cost_;
      }
    }
    journey_left_[static_cast<std::size_t>(agent)] = static_cast<std::int32_t>(journey.size());
    effective.push_back(action);
  }
  std::fill(retaliates_.begin(), retaliates_.end(), -1);
  return effective;
}

int NestedCommons::forced_action(int agent, int action) const {
  const int raider = retaliates_[static_cast<std::size_t>(agent)];
  return raider >= 0 && adjacent(agent, raider) ? kRaid + raider : action;
}

int NestedCommons::quadrant(int agent) const {
  return 2 * (row(agent) >= map_.height / 2) + (column(agent) >= map_.width / 2);
}

int NestedCommons::set_out(int agent, int target_quadrant) {
  const int top = target_quadrant / 2 * (map_.height / 2);
  const int left = target_quadrant % 2 * (map_.width / 2);
  const int rows = std::clamp(row(agent), top, top + map_.height / 2 - 1) - row(agent);
  const int columns = std::clamp(column(agent), left, left + map_.width / 2 - 1) - column(agent);
  // Rows first; north, south, east, west are 1 to 4.
  std::vector<int> path(static_cast<std::size_t>(std::abs(rows)), rows < 0 ? 1 : 2);
  path.insert(path.end(), static_cast<std::size_t>(std::abs(columns)), columns > 0 ? 3 : 4);
  path.resize(std::min(path.size(), static_cast<std::size_t>(travel_steps_)));
  if (path.empty()) {
    return 0;
  }
  journeys_[static_cast<std::size_t>(agent)].assign(path.begin() + 1, path.end());
  return path.front();
}

bool NestedCommons::in_plaza(int agent) const {
  return map_.letters[static_cast<std::size_t>(cell(agent))] == '+';
}

void NestedCommons::collect(double* rewards, std::array<int, kClans>& eaten) {
  for (int agent = 0; agent < agents_; ++agent) {
    auto& apple = orchard_apples_[static_cast<std::size_t>(cell(agent))];
    fresh_[static_cast<std::size_t>(agent)] = apple != 0;
    if (apple) {
      apple = 0;
      const char letter = map_.letters[static_cast<std::size_t>(cell(agent))];
      if (letter >= 'A' && letter <= 'D') {
        ++eaten[static_cast<std::size_t>(letter - 'A')];
      }
      count(agent, kFresh);
    }
  }
  collect_bonuses(rewards);
}

void NestedCommons::collect_bonuses(double* rewards) {
  const bool shared = plaza_waste_ <= bonus_threshold_;
  for (int agent = 0; agent < agents_; ++agent) {
    auto& apple = bonus_apples_[static_cast<std::size_t>(cell(agent))];
    if (!apple) {
      continue;
    }
    apple = 0;
    const bool dirty = bonus_needs_clean_river_ && river_waste(clan_of(agent)) > bonus_threshold_;
    if (!dirty && held_before_[static_cast<std::size_t>(agent)] >= bonus_min_held_) {
      pay_bonus(agent, shared, rewards);
    }
  }
}

void NestedCommons::pay_bonus(int collector, bool shared, double* rewards) {
  rewards[collector] += bonus_value_;
  count(collector, kBonus);
  for (int other = 0; shared && other < agents_; ++other) {
    if (other != collector && held_before_[static_cast<std::size_t>(other)] >= bonus_min_held_ &&
        (!shared_in_plaza_only_ || in_plaza(other))) {
      rewards[other] += bonus_value_;
      count(other, kShared);
    }
  }
}

void NestedCommons::clean(int agent, double* rewards) {
  constexpr int kOrder[4] = {0, 2, 3, 1};
  rewards[agent] -= clean_cost_;
  count(agent, kCleans);
  if (in_plaza(agent)) {
    plaza_waste_ = std::max(0.0, plaza_waste_ - plaza_clean_);
    return;
  }
  for (const int direction : kOrder) {
    const int to_row = row(agent) + kRowStep[direction];
    const int to_column = column(agent) + kColumnStep[direction];
    if (!map_.inside(to_row, to_column)) {
      continue;
    }
    const int clan = river_clan_[static_cast<std::size_t>(to_row * map_.width + to_column)];
    if (clan >= 0) {
      river_waste(clan) = std::max(0.0, river_waste(clan) - river_clean_);
      return;
    }
  }
}

void NestedCommons::raid(int agent, int target, double* rewards) {
  if (target >= agents_ || clan_of(target) == clan_of(agent) || !adjacent(agent, target)) {
    return;
  }
  rewards[agent] -= raid_cost_;
  ++raids_[static_cast<std::size_t>(agent)];
  count(agent, kRaids);
  auto& loot = held_[static_cast<std::size_t>(target)];
  if (loot < 1 || random_.uniform() >= raid_success_) {
    return;
  }
  --loot;
  auto& own = held_[static_cast<std::size_t>(agent)];
  own = std::max(own, std::min(own + 1, capacity_));
  count(agent, kRaidSuccesses);
  for (int mate = 0; retaliation_ && mate < agents_; ++mate) {
    if (mate != target && clan_of(mate) == clan_of(target)) {
      retaliates_[static_cast<std::size_t>(mate)] = agent;
    }
  }
}

void NestedCommons::gift(int agent, int target) {
  auto& own = held_[static_cast<std::size_t>(agent)];
  if (target >= agents_ || own < 1 || !adjacent(agent, target)) {
    return;
  }
  --own;
  auto& other = held_[static_cast<std::size_t>(target)];
  other = std::max(other, std::min(other + 1, capacity_));
  count(agent, kGifts);
}

void NestedCommons::pollute(const std::array<int, kClans>& eaten) {
  int all = 0;
  for (int clan = 0; clan < kClans; ++clan) {
    const int apples = eaten[static_cast<std::size_t>(clan)];
    all += apples;
    river_waste(clan) =
        std::min(1.0, river_waste(clan) + growth_ * (1 + growth_per_apple_ * apples));
  }
  plaza_waste_ = std::min(1.0, plaza_waste_ + plaza_growth_ + plaza_growth_per_apple_ * all);
}

void NestedCommons::regrow() {
  const std::vector<std::uint8_t> taken = occupied();
  for (int clan = 0; clan < kClans; ++clan) {
    const Clan& own = clans_[static_cast<std::size_t>(clan)];
    const double probability = own.regrowth * (1 - regrowth_slope_ * river_waste(clan));
    regrow_on(own.orchard, probability, taken, orchard_apples_);
  }
  if (plaza_waste_ <= bonus_regrow_threshold_) {
    regrow_on(plaza_, bonus_regrowth_, taken, bonus_apples_);
  }
}

void NestedCommons::regrow_on(const std::vector<int>& cells, double probability,
                              const std::vector<std::uint8_t>& taken,
                              std::vector<std::uint8_t>& apples) {
  if (probability <= 0) {
    return;
  }
  for (const int cell : cells) {
    auto& apple = apples[static_cast<std::size_t>(cell)];
    if (!apple && !taken[static_cast<std::size_t>(cell)]) {
      apple = random_.uniform() < probability;
    }
  }
}

std::vector<std::string> NestedCommons::gauge_names() const {
  return {"orchard_apples", "bonus_apples", "w_a", "w_b", "w_c", "w_d", "w_p"};
}

void NestedCommons::gauges(double* values) const {
  values[0] = static_cast<double>(std::count(orchard_apples_.begin(), orchard_apples_.end(), 1));
  values[1] = static_cast<double>(std::count(bonus_apples_.begin(), bonus_apples_.end(), 1));
  std::copy(river_waste_.begin(), river_waste_.end(), values + 2);
  values[2 + kClans] = plaza_waste_;
}

void NestedCommons::render(std::uint8_t* pixels) const {
  constexpr Rgb kClanColours[] = {{60, 110, 240}, {220, 70, 70}, {70, 200, 130}, {240, 180, 70}};
  Picture picture(map_, pixels, {28, 28, 32});
  for (int cell = 0; cell < map_.size(); ++cell) {
    const auto at = static_cast<std::size_t>(cell);
    const char letter = map_.letters[at];
    if (river_clan_[at] >= 0) {
      const bool dirty = river_waste_[static_cast<std::size_t>(river_clan_[at])] >= 0.5;
      picture.set(cell, dirty ? Rgb{130, 80, 30} : Rgb{90, 160, 240});
    } else if (letter >= 'A' && letter <= 'D') {
      picture.set(cell, orchard_apples_[at] ? Rgb{40, 200, 60} : Rgb{40, 70, 30});
    } else if (letter == '+') {
      picture.set(cell, bonus_apples_[at] ? Rgb{240, 200, 80} : Rgb{90, 70, 130});
    }
  }
  for (int agent = 0; agent < agents_; ++agent) {
    Rgb colour = kClanColours[clan_of(agent)];
    const double brightness = 0.6 + 0.4 * held_[static_cast<std::size_t>(agent)] / 3;
    for (std::uint8_t& channel : colour) {
      channel = static_cast<std::uint8_t>(std::clamp(channel * brightness, 0.0, 255.0));
    }
    picture.set(cell(agent), colour);
  }
}

}  // namespace assay::games
