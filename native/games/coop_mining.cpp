#include "games/coop_mining.h"

#include <algorithm>
#include <iterator>
#include <stdexcept>
#include <string>

#include "games/picture.h"

namespace assay::games {
namespace {

std::vector<int> ore_cells(const Map& map) {
  std::vector<int> cells = map.cells("I");
  const std::vector<int> gold = map.cells("G");
  cells.insert(cells.end(), gold.begin(), gold.end());
  return cells;
}

}  // namespace

CoopMining::CoopMining(Map map, int agents, Parameters& parameters)
    : OrientedGame(map, agents, map.cells("P"), map.free_cells("IG")),
      range_(parameters.integer("beam_length")),
      iron_reward_(parameters.number("iron_reward")),
      gold_reward_(parameters.number("gold_reward")),
      window_(parameters.integer("gold_window")),
      respawn_time_(parameters.integer("ore_respawn_time")),
      ores_(ore_cells(map)),
      iron_(map.cells("I").size()),
      ore_at_(static_cast<std::size_t>(map.size()), -1),
      alive_(ores_.size()),
      timer_(ores_.size()),
      window_left_(ores_.size()),
      activator_(ores_.size()) {
  const int count = static_cast<int>(ores_.size());
  for (int ore = 0; ore < count; ++ore) {
    ore_at_[static_cast<std::size_t>(ores_[static_cast<std::size_t>(ore)])] = ore;
  }
  add_flags("ore_alive", alive_, {count});
  add_integers("ore_timer", timer_, {count});
  add_integers("gold_window_left", window_left_, {count});
  add_integers("gold_activator", activator_, {count});
  set_event_names({"mined", "iron", "gold"});
}

void CoopMining::place() {
  OrientedGame::place();
  std::fill(alive_.begin(), alive_.end(), 1);
  std::fill(timer_.begin(), timer_.end(), 0);
  std::fill(window_left_.begin(), window_left_.end(), 0);
  std::fill(activator_.begin(), activator_.end(), -1);
}

void CoopMining::play(const std::int32_t* actions, double* rewards) {
  for (int agent = 0; agent < agents_; ++agent) {
    if (actions[agent] < kMoves) {
      move(agent, actions[agent]);
    }
  }
  // The ores that are mined in this step, in the order of their first miners.
  std::vector<std::pair<int, std::vector<int>>> mined;
  for (int agent = 0; agent < agents_; ++agent) {
    const int ore = actions[agent] == kMine ? target(agent) : -1;
    if (actions[agent] == kMine) {
      count(agent, kMined);
    }
    if (ore < 0) {
      continue;
    }
    const auto same = [ore](const auto& entry) { return entry.first == ore; };
    auto entry = std::find_if(mined.begin(), mined.end(), same);
    if (entry == mined.end()) {
      entry = mined.insert(entry, {ore, {}});
    }
    entry->second.push_back(agent);
  }
  for (const auto& [number, miners] : mined) {
    const auto ore = static_cast<std::size_t>(number);
    is_iron(ore) ? mine_iron(ore, miners.front(), rewards) : mine_gold(ore, miners, rewards);
  }
  pass_time();
}

int CoopMining::target(int agent) const {
  const int direction = orientation(agent);
  for (int forward = 1; forward <= range_; ++forward) {
    const int to_row = row(agent) + forward * kRowStep[direction];
    const int to_column = column(agent) + forward * kColumnStep[direction];
    if (!map_.walkable(to_row, to_column)) {
      return -1;
    }
    const int ore = ore_at_[static_cast<std::size_t>(to_row * map_.width + to_column)];
    if (ore >= 0 && alive_[static_cast<std::size_t>(ore)]) {
      return ore;
    }
  }
  return -1;
}

void CoopMining::mine_iron(std::size_t ore, int miner, double* rewards) {
  rewards[miner] += iron_reward_;
  count(miner, kIron);
  consume(ore);
}

void CoopMining::mine_gold(std::size_t ore, const std::vector<int>& miners, double* rewards) {
  if (window_left_[ore] <= 0) {
    if (miners.size() == 1) {
      window_left_[ore] = window_;
      activator_[ore] = miners.front();
    } else if (miners.size() == 2) {
      pay_gold(ore, miners[0], miners[1], rewards);
    }
    return;
  }
  std::vector<int> partners;
  std::copy_if(miners.begin(), miners.end(), std::back_inserter(partners),
               [&](int miner) { return miner != activator_[ore]; });
  if (partners.size() == 1) {
    // The one who activated the ore is paid wherever it is now.
    pay_gold(ore, activator_[ore], partners.front(), rewards);
  } else if (partners.size() >= 2) {
    deactivate(ore);
  }
}

void CoopMining::pay_gold(std::size_t ore, int first, int second, double* rewards) {
  for (const int miner : {first, second}) {
    rewards[miner] += gold_reward_;
    count(miner, kGold);
  }
  consume(ore);
}

void CoopMining::consume(std::size_t ore) {
  alive_[ore] = 0;
  timer_[ore] = respawn_time_;
  deactivate(ore);
}

void CoopMining::deactivate(std::size_t ore) {
  window_left_[ore] = 0;
  activator_[ore] = -1;
}

void CoopMining::pass_time() {
  for (std::size_t ore = 0; ore < ores_.size(); ++ore) {
    if (window_left_[ore] > 0 && --window_left_[ore] == 0) {
      deactivate(ore);
    }
    if (!alive_[ore] && --timer_[ore] <= 0) {
      alive_[ore] = 1;
      timer_[ore] = 0;
    }
  }
}

void CoopMining::check() const {
  OrientedGame::check();
  for (const std::int32_t agent : activator_) {
    if (agent < -1 || agent >= agents_) {
      throw std::invalid_argument("gold_activator " + std::to_string(agent) + " is no agent");
    }
  }
  for (std::size_t ore = 0; ore < ores_.size(); ++ore) {
    if (window_left_[ore] > 0 && activator_[ore] < 0) {
      throw std::invalid_argument("ore " + std::to_string(ore) + " is activated by nobody");
    }
  }
}

void CoopMining::gauges(double* values) const {
  const auto gold = alive_.begin() + static_cast<std::ptrdiff_t>(iron_);
  const auto living = [](std::uint8_t alive) { return alive != 0; };
  values[0] = static_cast<double>(std::count_if(alive_.begin(), gold, living));
  values[1] = static_cast<double>(std::count_if(gold, alive_.end(), living));
}

void CoopMining::render(std::uint8_t* pixels) const {
  constexpr Rgb kFloor{0, 0, 0}, kWall{127, 127, 127}, kIronColour{160, 160, 180};
  constexpr Rgb kGoldColour{230, 190, 40}, kActivated{255, 240, 150}, kAgent{50, 100, 255};
  Picture picture(map_, pixels, kFloor);
  for (int cell = 0; cell < map_.size(); ++cell) {
    if (map_.walls[static_cast<std::size_t>(cell)]) {
      picture.set(cell, kWall);
    }
  }
  for (std::size_t ore = 0; ore < ores_.size(); ++ore) {
    if (alive_[ore]) {
      const Rgb gold = window_left_[ore] > 0 ? kActivated : kGoldColour;
      picture.set(ores_[ore], is_iron(ore) ? kIronColour : gold);
    }
  }
  for (int agent = 0; agent < agents_; ++agent) {
    picture.set(cell(agent), kAgent);
  }
}

}  // namespace assay::games
