#include "games/log.h"

#include <algorithm>
#include <stdexcept>

#include "games/parallel.h"

namespace assay::games {

Log::Log(std::shared_ptr<Game> game, int steps)
    : game_(std::move(game)),
      capacity_(steps),
      gauge_count_(static_cast<int>(game_->gauge_names().size())) {
  const auto rows = static_cast<std::size_t>(steps);
  const auto agents = static_cast<std::size_t>(game_->agents());
  actions_.resize(rows * agents);
  rewards_.resize(rows * agents);
  conflicts_.resize(rows * agents);
  gauges_.resize(rows * static_cast<std::size_t>(gauge_count_));
}

void Log::step(const std::int32_t* actions) {
  if (length_ == capacity_) {
    throw std::length_error("the log is full: it has room for " + std::to_string(capacity_) +
                            " steps");
  }
  const auto agents = static_cast<std::size_t>(game_->agents());
  const std::size_t at = static_cast<std::size_t>(length_) * agents;
  game_->step(actions, &rewards_[at]);
  std::copy_n(actions, agents, &actions_[at]);
  for (std::size_t agent = 0; agent < agents; ++agent) {
    conflicts_[at + agent] = game_->in_conflict(static_cast<int>(agent));
  }
  game_->gauges(gauges_.data() + length_ * gauge_count_);
  ++length_;
}

void Log::run(const std::int32_t* actions, int steps) {
  for (int i = 0; i < steps; ++i) {
    step(actions + i * game_->agents());
  }
}

void run_all(const std::vector<Log*>& logs, const std::int32_t* actions, int steps, int threads) {
  in_parallel(logs.size(), threads, [&](std::size_t i) {
    const std::size_t block =
        static_cast<std::size_t>(steps) * static_cast<std::size_t>(logs[i]->game().agents());
    logs[i]->run(actions + i * block, steps);
  });
}

}  // namespace assay::games
