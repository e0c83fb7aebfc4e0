// Nested Commons: each clan has a river and an orchard, all clans share a plaza.
#pragma once

#include <array>

#include "games/walking_game.h"

namespace assay::games {

class NestedCommons : public WalkingGame {
 public:
  NestedCommons(Map map, int agents, Parameters& parameters);

  std::vector<std::string> gauge_names() const override;
  void gauges(double* values) const override;
  // Raids count as conflicts of those who attempt them.
  bool in_conflict(int agent) const override {
    return raids_[static_cast<std::size_t>(agent)] > 0;
  }
  void render(std::uint8_t* pixels) const override;

 protected:
  void place() override;
  void play(const std::int32_t* actions, double* rewards) override;

 private:
  static constexpr int kClans = 4;
  static constexpr int kClanSize = 4;
  static constexpr int kClean = 5;
  static constexpr int kRaid = 6;
  static constexpr int kGift = 22;
  static constexpr int kTravel = 38;
  static constexpr int kActions = 42;
  enum Event { kFresh, kBonus, kShared, kCleans, kRaids, kRaidSuccesses, kGifts };

  struct Clan {
    std::vector<int> orchard;
    std::vector<int> spawns;
    double regrowth;
  };

  static int clan_of(int agent) { return agent / kClanSize; }
  int quadrant(int agent) const;
  bool in_plaza(int agent) const;
  // Numbers of w_q by name and clan.
  double& river_waste(int clan) { return river_waste_[static_cast<std::size_t>(clan)]; }

  // What the agents do, after journeys and forced raids have had their say.
  std::vector<int> effective_actions(const std::int32_t* actions, double* rewards);
  int forced_action(int agent, int action) const;
  int set_out(int agent, int target_quadrant);
  void collect(double* rewards, std::array<int, kClans>& eaten);
  void collect_bonuses(double* rewards);
  void pay_bonus(int collector, bool shared, double* rewards);
  void clean(int agent, double* rewards);
  void raid(int agent, int target, double* rewards);
  void gift(int agent, int target);
  void pollute(const std::array<int, kClans>& eaten);
  void regrow();
  void regrow_on(const std::vector<int>& cells, double probability,
                 const std::vector<std::uint8_t>& taken, std::vector<std::uint8_t>& apples);

  const double growth_, growth_per_apple_, river_clean_;
  const double plaza_growth_, plaza_growth_per_apple_, plaza_clean_;
  const double regrowth_slope_, bonus_threshold_, bonus_regrow_threshold_, bonus_regrowth_;
  const double bonus_value_, clean_cost_, raid_cost_, raid_success_, travel_cost_, holding_reward_;
  const double first_waste_, first_plaza_waste_;
  const int bonus_min_held_, capacity_, travel_steps_, first_held_;
  const int orchard_fill_, plaza_fill_;
  const bool shared_in_plaza_only_, bonus_needs_clean_river_, retaliation_;

  std::array<Clan, kClans> clans_;
  std::vector<int> plaza_;
  std::vector<int> river_clan_;
  std::vector<std::int32_t> held_;
  std::vector<std::int32_t> held_before_;
  std::vector<double> river_waste_;
  double plaza_waste_ = 0;
  std::vector<std::uint8_t> orchard_apples_;
  std::vector<std::uint8_t> bonus_apples_;
  std::vector<std::vector<int>> journeys_;
  std::vector<std::int32_t> journey_left_;
  std::vector<std::int32_t> raids_;
  std::vector<std::int32_t> fresh_;
  // Whom an agent has to raid in the next step, or -1.
  std::vector<int> retaliates_;
};

}  // namespace assay::games
