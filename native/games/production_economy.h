// Production Economy: gather wood and stone, refine them, craft tools and shelters before winter.
#pragma once

#include "games/walking_game.h"

namespace assay::games {

class ProductionEconomy : public WalkingGame {
 public:
  ProductionEconomy(Map map, int agents, Parameters& parameters);

  std::vector<std::string> gauge_names() const override {
    return {"stocked", "shelters", "tools"};
  }
  void gauges(double* values) const override;
  bool in_conflict(int /*agent*/) const override { return false; }
  void check() const override;
  void render(std::uint8_t* pixels) const override;

 protected:
  void place() override;
  void play(const std::int32_t* actions, double* rewards) override;

 private:
  enum Item { kWood, kStone, kPlank, kBrick, kItems };
  enum Action { kGather = 5, kCraft, kCraftTool, kCraftShelter, kDrop, kPickUp = kDrop + kItems };
  enum Event { kGathered, kCrafted, kTools, kShelters, kDropped, kPickedUp };

  std::int32_t& has(int agent, int item) {
    return inventory_[static_cast<std::size_t>(agent * kItems + item)];
  }
  std::int32_t& lies(int cell, int item) {
    return drops_[static_cast<std::size_t>(cell * kItems + item)];
  }
  int carried(int agent) const;
  bool at_or_beside(int agent, char letter) const;
  void work(int agent, int action);
  void gather(int agent);
  void craft(int agent);
  void craft_tool(int agent);
  void craft_shelter(int agent);
  void drop(int agent, int item);
  void pick_up(int agent, int item);
  void age_tools(double* rewards);
  void winter(double* rewards);
  void regrow();

  const int capacity_, cell_capacity_, tool_life_, winter_step_, shelters_needed_;
  const int gathered_, gathered_with_tool_, first_stocked_;
  const double tool_income_, winter_reward_, winter_penalty_, regrowth_;
  // Forests, then quarries, each row by row.
  std::vector<int> nodes_;
  const std::size_t forests_;
  std::vector<int> starts_;
  std::vector<std::int32_t> inventory_;
  std::vector<std::uint8_t> has_tool_;
  std::vector<std::int32_t> tool_age_;
  std::vector<std::uint8_t> stocked_;
  std::vector<std::int32_t> drops_;
  std::int32_t shelters_ = 0;
  std::int32_t winter_triggered_ = 0;
};

}  // namespace assay::games
