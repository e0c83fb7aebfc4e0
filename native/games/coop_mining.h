// Coop Mining, a stag hunt: iron for one, gold for exactly two within a few steps.
#pragma once

#include "games/oriented_game.h"

namespace assay::games {

class CoopMining : public OrientedGame {
 public:
  CoopMining(Map map, int agents, Parameters& parameters);

  std::vector<std::string> gauge_names() const override { return {"iron", "gold"}; }
  void gauges(double* values) const override;
  bool in_conflict(int /*agent*/) const override { return false; }
  void check() const override;
  void render(std::uint8_t* pixels) const override;

 protected:
  void place() override;
  void play(const std::int32_t* actions, double* rewards) override;

 private:
  static constexpr int kMine = 6;
  enum Event { kMined, kIron, kGold };

  bool is_iron(std::size_t ore) const { return ore < iron_; }
  // The first living ore ahead, or -1.
  int target(int agent) const;
  void mine_iron(std::size_t ore, int miner, double* rewards);
  void mine_gold(std::size_t ore, const std::vector<int>& miners, double* rewards);
  void pay_gold(std::size_t ore, int first, int second, double* rewards);
  void consume(std::size_t ore);
  void deactivate(std::size_t ore);
  void pass_time();

  const int range_;
  const double iron_reward_;
  const double gold_reward_;
  const int window_;
  const int respawn_time_;
  // All iron, row by row, then all gold.
  std::vector<int> ores_;
  const std::size_t iron_;
  std::vector<int> ore_at_;
  std::vector<std::uint8_t> alive_;
  std::vector<std::int32_t> timer_;
  std::vector<std::int32_t> window_left_;
  std::vector<std::int32_t> activator_;
};

}  // namespace assay::games
