// What the published tabular learners know of a state: a handful of small numbers per agent.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "games/game.h"

namespace assay::games {

class Features {
 public:
  // Reads Gathering or Cleanup through fields, of a game or of a snapshot. Throws
  // std::invalid_argument for other games.
  Features(const std::vector<Field>& fields, const Game& game, const Paths& paths);

  // How many values each feature has.
  const std::vector<int>& sizes() const { return sizes_; }
  int state_count() const;
  // The features of an agent, each from 0 on, in the order of `sizes`.
  void extract(int agent, int* values) const;
  // The same as one number below `state_count`.
  int state(int agent) const;

  bool has_waste() const { return waste_ != nullptr; }
  // Whether a clean beam would reach waste; walls stop it here.
  bool cleans(int agent) const;

 private:
  struct Place {
    int row;
    int column;
  };
  // The nearest of some cells: where the way begins and how long it is.
  struct Nearest {
    int move;
    int distance;
  };

  Place place(int agent) const { return {positions_[2 * agent], positions_[2 * agent + 1]}; }
  int cell(Place at) const { return at.row * map_.width + at.column; }
  template <typename Alive>
  Nearest nearest(int agent, const std::vector<int>& cells, const Alive& alive) const;
  int near_apples(int agent) const;
  int nearest_agent(int agent, int* distance) const;
  int bearing(int agent, int other) const;
  // Whether a cell of the beam's area holds something; a wall ends each of its columns.
  template <typename Holds>
  bool any_ahead(int agent, const Holds& holds) const;
  bool aims_at_someone(int agent) const;
  double waste_density() const;
  void extract_gathering(int agent, int* values) const;
  void extract_cleanup(int agent, int* values) const;

  const Map& map_;
  const Paths& paths_;
  const std::vector<int>& apples_;
  std::vector<int> river_;
  int agents_;
  int beam_length_;
  int beam_half_width_;
  const std::int32_t* positions_ = nullptr;
  const std::int32_t* orientations_ = nullptr;
  const std::int32_t* timeouts_ = nullptr;
  const std::int32_t* hits_ = nullptr;
  const std::uint8_t* apple_alive_ = nullptr;
  const std::uint8_t* waste_ = nullptr;
  std::vector<int> sizes_;
};

}  // namespace assay::games
