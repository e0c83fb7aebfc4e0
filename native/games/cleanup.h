// Cleanup: apples grow only while somebody keeps the river clean.
#pragma once

#include "games/beam_game.h"

namespace assay::games {

class Cleanup : public BeamGame {
 public:
  Cleanup(Map map, int agents, Parameters& parameters);

  std::vector<std::string> gauge_names() const override {
    return {"apples", "waste", "waste_density", "apple_spawn_prob"};
  }
  void gauges(double* values) const override;
  void render(std::uint8_t* pixels) const override;

 protected:
  void place() override;
  void play(const std::int32_t* actions, double* rewards) override;
  void paint_ground(std::uint8_t* scene) const override;

 private:
  static constexpr int kCleanAction = 8;
  enum { kCleans = kTimesTagged + 1, kWasteRemoved };

  void clean(int agent);
  int waste_count() const;
  double density() const;
  double apple_probability(double density) const;
  // Marks the cells that agents stand on, tagged ones included.
  void mark_occupied(bool occupied);
  void spawn_waste();
  void spawn_apples();

  const double fire_cost_;
  const double fire_penalty_;
  const double clean_cost_;
  const double depletion_;
  const double restoration_;
  const double waste_probability_;
  const double best_apple_probability_;
  const std::vector<int> river_;
  const std::vector<int> stream_;
  const std::vector<int> first_waste_;
  std::vector<std::uint8_t> waste_;
  std::vector<std::uint8_t> occupied_;
  std::vector<int> candidates_;
  double last_density_ = 0;
  double last_probability_ = 0;
};

}  // namespace assay::games
