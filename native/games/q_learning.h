// Tabular Q-learning with one table for all agents, as published for Gathering and Cleanup.
#pragma once

#include <memory>
#include <vector>

#include "games/features.h"

namespace assay::games {

class QLearner {
 public:
  struct Settings {
    double learning_rate;
    double discount;
    std::uint64_t seed;  // Of the learner's own random numbers.
    int actions;
  };

  QLearner(std::shared_ptr<Game> game, std::shared_ptr<const Paths> paths, Settings settings);

  // Plays and learns from an episode; the sum of all rewards in it.
  double episode(std::uint64_t seed, double epsilon, int steps);

  const Features& features() const { return features_; }
  int actions() const { return settings_.actions; }
  // The value of every action in every state, state by state, and which states were met.
  const std::vector<double>& values() const { return values_; }
  const std::vector<std::uint8_t>& met() const { return met_; }

 private:
  static constexpr int kBeam = 6;
  static constexpr int kStand = 7;
  static constexpr int kClean = 8;

  double* row(int state) {
    met_[static_cast<std::size_t>(state)] = 1;
    return &values_[static_cast<std::size_t>(state) * static_cast<std::size_t>(actions())];
  }
  int best(int state);
  int choose(int state, double epsilon);
  void choose_all(double epsilon);
  double shaped(int agent, double team_mean) const;
  void learn(bool last);

  std::shared_ptr<Game> game_;
  std::shared_ptr<const Paths> paths_;
  Settings settings_;
  Features features_;
  Pcg64 random_;
  std::vector<double> values_;
  std::vector<std::uint8_t> met_;
  std::vector<int> states_;
  std::vector<std::int32_t> actions_;
  std::vector<std::uint8_t> active_;
  std::vector<std::uint8_t> cleans_;
  std::vector<double> rewards_;
};

}  // namespace assay::games
