// Gathering, and Commons: apples grow back after a fixed time, or more likely among other apples.
#pragma once

#include "games/beam_game.h"

namespace assay::games {

class Gathering : public BeamGame {
 public:
  Gathering(Map map, int agents, Parameters& parameters);

  std::vector<std::string> gauge_names() const override { return {"apples"}; }
  void gauges(double* values) const override { values[0] = living_apples(); }
  void render(std::uint8_t* pixels) const override;

 protected:
  void play(const std::int32_t* actions, double* rewards) override;
  void paint_ground(std::uint8_t* scene) const override;

 private:
  void regrow_by_timer();
  void regrow_by_density();

  const int respawn_time_;
  const bool by_density_;
  // For every apple, those within the radius that counts.
  std::vector<std::vector<int>> neighbours_;
};

}  // namespace assay::games
