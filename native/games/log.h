// What happened in an episode, step by step.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "games/game.h"

namespace assay::games {

class Log {
 public:
  // Room for `steps` steps of a game.
  Log(std::shared_ptr<Game> game, int steps);

  // Forgets what is logged.
  void clear() { length_ = 0; }
  // Steps the game and logs it. Throws std::length_error when the log is full.
  void step(const std::int32_t* actions);
  void run(const std::int32_t* actions, int steps);

  Game& game() const { return *game_; }
  int length() const { return length_; }
  int capacity() const { return capacity_; }
  int gauge_count() const { return gauge_count_; }

  // Step by step: per agent, and per gauge of the game.
  const std::vector<std::int32_t>& actions() const { return actions_; }
  const std::vector<double>& rewards() const { return rewards_; }
  const std::vector<std::uint8_t>& conflicts() const { return conflicts_; }
  const std::vector<double>& gauges() const { return gauges_; }

 private:
  std::shared_ptr<Game> game_;
  int capacity_;
  int gauge_count_;
  int length_ = 0;
  std::vector<std::int32_t> actions_;
  std::vector<double> rewards_;
  std::vector<std::uint8_t> conflicts_;
  std::vector<double> gauges_;
};

// Runs episode k, from the state its game is in, with the k-th block of `steps` times agents
// actions, on several threads.
void run_all(const std::vector<Log*>& logs, const std::int32_t* actions, int steps, int threads);

}  // namespace assay::games
