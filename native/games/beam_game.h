// What Gathering and Cleanup share: apples, a beam that takes agents out for a while, and views.
#pragma once

#include "games/oriented_game.h"

namespace assay::games {

enum Colour : std::uint8_t {
  kBackground,
  kWall,
  kApple,
  kSelf,
  kOther,
  kFire,
  kTagged,
  kRiver,
  kWaste,
  kStream,
  kClean,
  kThird
};

class BeamGame : public OrientedGame {
 public:
  bool in_conflict(int agent) const override {
    return timeout_[static_cast<std::size_t>(agent)] > 0;
  }
  const std::vector<int>* apple_cells() const override { return &apple_cells_; }
  int beam_length() const override { return beam_length_; }
  int beam_half_width() const override { return beam_half_width_; }
  Shape observation_shape() const override { return {view_ahead_ + 1, 2 * view_side_ + 1}; }
  void observe(std::uint8_t* pixels) const override;

 protected:
  static constexpr int kBeam = 6;
  enum Event { kApples, kBeams, kHits, kTimesTagged };

  // Where from an agent used a beam in this step; the orientation is -1 if it did not.
  struct Shot {
    std::int32_t row = -1;
    std::int32_t column = -1;
    std::int32_t orientation = -1;
    bool reaches(int to_row, int to_column, int length, int half_width) const;
  };

  BeamGame(Map map, int agents, std::vector<int> spawns, std::vector<int> others,
           Parameters& parameters);

  void place() override;
  // What starts every step: no beams are visible, time-outs run down.
  void begin();
  // Calls visit(row, column) for the cells that a beam from there covers, walls and cells outside
  // the map included.
  template <typename Visit>
  void cover(const Shot& beam, const Visit& visit) const {
    const int ahead = beam.orientation & 3;
    const int right = (ahead + 1) & 3;
    for (int forward = 1; forward <= beam_length_; ++forward) {
      for (int sideways = -beam_half_width_; sideways <= beam_half_width_; ++sideways) {
        visit(beam.row + forward * kRowStep[ahead] + sideways * kRowStep[right],
              beam.column + forward * kColumnStep[ahead] + sideways * kColumnStep[right]);
      }
    }
  }
  Shot shot(int agent) const { return {row(agent), column(agent), orientation(agent)}; }
  // Fires; returns how many agents were hit.
  int fire(int agent, double* rewards, double penalty);
  // Active agents on living apples get 1 each, lower ids first.
  void collect(double* rewards, int respawn_time);
  int living_apples() const;
  bool active(int agent) const { return timeout_[static_cast<std::size_t>(agent)] <= 0; }

  // Colours of the cells below apples, beams and agents.
  virtual void paint_ground(std::uint8_t* scene) const = 0;
  // The world without agents.
  std::vector<std::uint8_t> paint() const;
  void colour_in(const std::vector<std::uint8_t>& scene, std::uint8_t* pixels) const;

  const int view_ahead_;
  const int view_side_;
  const int beam_length_;
  const int beam_half_width_;
  const int hits_to_tag_;
  const int timeout_steps_;
  const bool beam_enabled_;
  const std::vector<int> apple_cells_;
  std::vector<std::int32_t> timeout_;
  std::vector<std::int32_t> hits_;
  std::vector<std::uint8_t> apple_alive_;
  std::vector<std::int32_t> apple_timer_;
  // One per agent.
  std::vector<Shot> fired_;
  std::vector<Shot> cleaned_;

 private:
  void forget_shots();
  void paint_shots(const std::vector<Shot>& shots, Colour colour, std::uint8_t* scene) const;
  // The scene with agents, with a margin of walls as wide as any agent sees.
  std::vector<std::uint8_t> framed_scene(int margin, std::vector<int>& lowest) const;

  std::vector<std::int32_t> apple_at_;
};

}  // namespace assay::games
