#include "games/production_economy.h"

#include <algorithm>
#include <numeric>
#include <stdexcept>

#include "games/picture.h"

namespace assay::games {
namespace {

std::vector<int> joined(std::vector<int> first, const std::vector<int>& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

}  // namespace

ProductionEconomy::ProductionEconomy(Map map, int agents, Parameters& parameters)
    : WalkingGame(map, agents),
      capacity_(parameters.integer("capacity")),
      cell_capacity_(parameters.integer("cell_capacity")),
      tool_life_(parameters.integer("tool_life")),
      winter_step_(parameters.integer("winter_step")),
      shelters_needed_(parameters.integer("shelters_needed")),
      gathered_(parameters.integer("gathered")),
      gathered_with_tool_(parameters.integer("gathered_with_tool")),
      first_stocked_(parameters.integer("initial_stocked")),
      tool_income_(parameters.number("tool_income")),
      winter_reward_(parameters.number("winter_reward")),
      winter_penalty_(parameters.number("winter_penalty")),
      regrowth_(parameters.number("regrow_prob")),
      nodes_(joined(map.cells("F"), map.cells("Q"))),
      forests_(map.cells("F").size()),
      starts_(joined(map.cells("P"), map.free_cells("PFQSMG"))),
      inventory_(static_cast<std::size_t>(agents * kItems)),
      has_tool_(static_cast<std::size_t>(agents)),
      tool_age_(static_cast<std::size_t>(agents)),
      stocked_(nodes_.size()),
      drops_(static_cast<std::size_t>(map.size() * kItems)) {
  if (starts_.size() < static_cast<std::size_t>(agents) ||
      nodes_.size() < static_cast<std::size_t>(first_stocked_)) {
    throw std::invalid_argument("the map has no room for that many agents or stocked nodes");
  }
  add_integers("inventory", inventory_, {agents, kItems});
  add_flags("has_tool", has_tool_, {agents});
  add_integers("tool_age", tool_age_, {agents});
  add_flags("stocked", stocked_, {static_cast<int>(nodes_.size())});
  add_integers("drops", drops_, {map_.height, map_.width, kItems});
  add_integer("shelter_count", shelters_);
  add_integer("winter_triggered", winter_triggered_);
  set_event_names({"gathered", "crafted", "tools", "shelters", "dropped", "picked_up"});
}

void ProductionEconomy::place() {
  for (int agent = 0; agent < agents_; ++agent) {
    put(agent, starts_[static_cast<std::size_t>(agent)]);
  }
  std::fill(inventory_.begin(), inventory_.end(), 0);
  std::fill(has_tool_.begin(), has_tool_.end(), 0);
  std::fill(tool_age_.begin(), tool_age_.end(), 0);
  std::fill(drops_.begin(), drops_.end(), 0);
  std::fill(stocked_.begin(), stocked_.end(), 0);
  for (const int node : random_.sample(static_cast<int>(nodes_.size()), first_stocked_)) {
    stocked_[static_cast<std::size_t>(node)] = 1;
  }
  shelters_ = 0;
  winter_triggered_ = 0;
}

void ProductionEconomy::play(const std::int32_t* actions, double* rewards) {
  std::vector<int> steps;
  for (int agent = 0; agent < agents_; ++agent) {
    steps.push_back(actions[agent] > 0 && actions[agent] < kGather ? actions[agent] : 0);
  }
  walk(steps);
  for (int agent = 0; agent < agents_; ++agent) {
    work(agent, actions[agent]);
  }
  age_tools(rewards);
  winter(rewards);
  regrow();
}

void ProductionEconomy::work(int agent, int action) {
  if (action == kGather) {
    gather(agent);
  } else if (action == kCraft) {
    craft(agent);
  } else if (action == kCraftTool) {
    craft_tool(agent);
  } else if (action == kCraftShelter) {
    craft_shelter(agent);
  } else if (action >= kDrop && action < kPickUp) {
    drop(agent, action - kDrop);
  } else if (action >= kPickUp && action < kPickUp + kItems) {
    pick_up(agent, action - kPickUp);
  }
}

int ProductionEconomy::carried(int agent) const {
  const auto first = inventory_.begin() + agent * kItems;
  return std::accumulate(first, first + kItems, 0);
}

bool ProductionEconomy::at_or_beside(int agent, char letter) const {
  if (map_.letters[static_cast<std::size_t>(cell(agent))] == letter) {
    return true;
  }
  for (int direction = 0; direction < 4; ++direction) {
    const int to_row = row(agent) + kRowStep[direction];
    const int to_column = column(agent) + kColumnStep[direction];
    if (map_.inside(to_row, to_column) &&
        map_.letters[static_cast<std::size_t>(to_row * map_.width + to_column)] == letter) {
      return true;
    }
  }
  return false;
}

void ProductionEconomy::gather(int agent) {
  const auto node = std::find(nodes_.begin(), nodes_.end(), cell(agent));
  const auto index = static_cast<std::size_t>(node - nodes_.begin());
  if (node == nodes_.end() || !stocked_[index]) {
    return;
  }
  const int most = has_tool_[static_cast<std::size_t>(agent)] ? gathered_with_tool_ : gathered_;
  const int units = std::min(capacity_ - carried(agent), most);
  if (units > 0) {
    has(agent, index < forests_ ? kWood : kStone) += units;
    stocked_[index] = 0;
    count(agent, kGathered, units);
  }
}

void ProductionEconomy::craft(int agent) {
  if (has(agent, kWood) > 0 && at_or_beside(agent, 'S')) {
    --has(agent, kWood);
    ++has(agent, kPlank);
    count(agent, kCrafted);
  } else if (has(agent, kStone) > 0 && at_or_beside(agent, 'M')) {
    --has(agent, kStone);
    ++has(agent, kBrick);
    count(agent, kCrafted);
  }
}

void ProductionEconomy::craft_tool(int agent) {
  const auto id = static_cast<std::size_t>(agent);
  if (map_.letters[static_cast<std::size_t>(cell(agent))] != 'G' || has_tool_[id] ||
      has(agent, kPlank) < 2 || has(agent, kBrick) < 1) {
    return;
  }
  has(agent, kPlank) -= 2;
  has(agent, kBrick) -= 1;
  has_tool_[id] = 1;
  tool_age_[id] = 0;
  count(agent, kTools);
}

void ProductionEconomy::craft_shelter(int agent) {
  constexpr int kNeeded = 3;
  const int here = cell(agent);
  if (map_.letters[static_cast<std::size_t>(here)] != 'G' ||
      has(agent, kPlank) + lies(here, kPlank) < kNeeded ||
      has(agent, kBrick) + lies(here, kBrick) < kNeeded) {
    return;
  }
  for (const Item item : {kPlank, kBrick}) {
    const int own = std::min<int>(has(agent, item), kNeeded);
    has(agent, item) -= own;
    lies(here, item) -= kNeeded - own;
  }
  ++shelters_;
  count(agent, kShelters);
}

void ProductionEconomy::drop(int agent, int item) {
  const auto first = drops_.begin() + cell(agent) * kItems;
  if (has(agent, item) > 0 && std::accumulate(first, first + kItems, 0) < cell_capacity_) {
    --has(agent, item);
    ++lies(cell(agent), item);
    count(agent, kDropped);
  }
}

void ProductionEconomy::pick_up(int agent, int item) {
  if (lies(cell(agent), item) > 0 && carried(agent) < capacity_) {
    --lies(cell(agent), item);
    ++has(agent, item);
    count(agent, kPickedUp);
  }
}

void ProductionEconomy::age_tools(double* rewards) {
  for (std::size_t agent = 0; agent < has_tool_.size(); ++agent) {
    if (has_tool_[agent] && ++tool_age_[agent] >= tool_life_) {
      has_tool_[agent] = 0;
      tool_age_[agent] = 0;
    }
    rewards[agent] += has_tool_[agent] ? tool_income_ : 0;
  }
}

void ProductionEconomy::winter(double* rewards) {
  if (step_count_ != winter_step_ || winter_triggered_) {
    return;
  }
  winter_triggered_ = 1;
  const double change = shelters_ >= shelters_needed_ ? winter_reward_ : -winter_penalty_;
  std::for_each(rewards, rewards + agents_, [change](double& reward) { reward += change; });
}

void ProductionEconomy::regrow() {
  for (std::uint8_t& stocked : stocked_) {
    if (!stocked) {
      stocked = random_.uniform() < regrowth_;
    }
  }
}

void ProductionEconomy::check() const {
  WalkingGame::check();
  const auto negative = [](std::int32_t items) { return items < 0; };
  if (std::any_of(inventory_.begin(), inventory_.end(), negative) ||
      std::any_of(drops_.begin(), drops_.end(), negative)) {
    throw std::invalid_argument("there are fewer than 0 items in the inventory or on the ground");
  }
}

void ProductionEconomy::gauges(double* values) const {
  values[0] = static_cast<double>(std::count(stocked_.begin(), stocked_.end(), 1));
  values[1] = shelters_;
  values[2] = static_cast<double>(std::count(has_tool_.begin(), has_tool_.end(), 1));
}

void ProductionEconomy::render(std::uint8_t* pixels) const {
  Picture picture(map_, pixels, {30, 30, 30});
  for (std::size_t node = 0; node < nodes_.size(); ++node) {
    const Rgb forest = stocked_[node] ? Rgb{30, 160, 30} : Rgb{70, 40, 0};
    const Rgb quarry = stocked_[node] ? Rgb{160, 160, 160} : Rgb{90, 90, 90};
    picture.set(nodes_[node], node < forests_ ? forest : quarry);
  }
  for (int cell = 0; cell < map_.size(); ++cell) {
    const char letter = map_.letters[static_cast<std::size_t>(cell)];
    if (letter == 'S') {
      picture.set(cell, {160, 100, 40});
    } else if (letter == 'M') {
      picture.set(cell, {120, 50, 200});
    } else if (letter == 'G') {
      picture.set(cell, {255, 120, 40});
    }
    const auto first = drops_.begin() + cell * kItems;
    if (std::accumulate(first, first + kItems, 0) > 0) {
      picture.blend(cell, {255, 220, 80});
    }
  }
  for (int agent = 0; agent < agents_; ++agent) {
    const bool tool = has_tool_[static_cast<std::size_t>(agent)] != 0;
    picture.set(cell(agent), tool ? Rgb{120, 200, 255} : Rgb{50, 100, 255});
  }
}

}  // namespace assay::games
