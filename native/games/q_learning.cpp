#include "games/q_learning.h"

#include <algorithm>
#include <numeric>

namespace assay::games {

QLearner::QLearner(std::shared_ptr<Game> game, std::shared_ptr<const Paths> paths,
                   Settings settings)
    : game_(std::move(game)),
      paths_(std::move(paths)),
      settings_(settings),
      features_(game_->fields(), *game_, *paths_),
      random_(settings.seed),
      values_(static_cast<std::size_t>(features_.state_count()) *
              static_cast<std::size_t>(settings.actions)),
      met_(static_cast<std::size_t>(features_.state_count())) {
  const auto agents = static_cast<std::size_t>(game_->agents());
  states_.resize(agents);
  actions_.resize(agents);
  active_.resize(agents);
  cleans_.resize(agents);
  rewards_.resize(agents);
}

double QLearner::episode(std::uint64_t seed, double epsilon, int steps) {
  game_->seed(seed);
  game_->reset();
  for (int agent = 0; agent < game_->agents(); ++agent) {
    states_[static_cast<std::size_t>(agent)] = features_.state(agent);
  }
  double total = 0;
  for (int step = 1; step <= steps; ++step) {
    choose_all(epsilon);
    game_->step(actions_.data(), rewards_.data());
    total += std::accumulate(rewards_.begin(), rewards_.end(), 0.0);
    learn(step == steps);
  }
  return total;
}

int QLearner::best(int state) {
  const double* values = row(state);
  return static_cast<int>(std::max_element(values, values + actions()) - values);
}

int QLearner::choose(int state, double epsilon) {
  if (random_.uniform() < epsilon) {
    return static_cast<int>(random_.below(static_cast<std::uint32_t>(actions())));
  }
  return best(state);
}

void QLearner::choose_all(double epsilon) {
  for (std::size_t agent = 0; agent < states_.size(); ++agent) {
    // Time-outs are what counts as a conflict in these games.
    active_[agent] = !game_->in_conflict(static_cast<int>(agent));
    cleans_[agent] = features_.has_waste() && features_.cleans(static_cast<int>(agent));
    actions_[agent] = active_[agent] ? choose(states_[agent], epsilon) : kStand;
  }
}

double QLearner::shaped(int agent, double team_mean) const {
  const auto id = static_cast<std::size_t>(agent);
  const double reward = 0.5 * rewards_[id] + 0.5 * team_mean;
  if (!features_.has_waste()) {
    return actions_[id] == kBeam ? reward - 0.1 : reward;
  }
  if (actions_[id] == kBeam) {
    return reward - 2;
  }
  return actions_[id] == kClean && cleans_[id] ? reward + 1.5 : reward;
}

void QLearner::learn(bool last) {
  const double sum = std::accumulate(rewards_.begin(), rewards_.end(), 0.0);
  const double mean = sum / static_cast<double>(rewards_.size());
  for (int agent = 0; agent < game_->agents(); ++agent) {
    const auto id = static_cast<std::size_t>(agent);
    const int next = features_.state(agent);
    if (active_[id]) {
      double target = shaped(agent, mean);
      if (!last) {
        target += settings_.discount * row(next)[best(next)];
      }
      double& value = row(states_[id])[actions_[id]];
      value += settings_.learning_rate * (target - value);
    }
    states_[id] = next;
  }
}

}  // namespace assay::games
