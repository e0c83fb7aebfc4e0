#include "games/game.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace assay::games {
namespace {

constexpr int kMaxAgents = 1024;

}  // namespace

std::size_t Field::bytes() const {
  std::size_t count = 1;
  for (const int extent : shape) {
    count *= static_cast<std::size_t>(extent);
  }
  return count * (type == 'd' ? sizeof(double) : type == 'i' ? sizeof(std::int32_t) : 1);
}

double Parameters::number(const std::string& name) {
  const auto found = values_.find(name);
  if (found == values_.end()) {
    throw std::invalid_argument("the parameter " + name + " is missing");
  }
  const double value = found->second;
  if (!std::isfinite(value)) {
    throw std::invalid_argument("the parameter " + name + " has to be a finite number");
  }
  values_.erase(found);
  return value;
}

int Parameters::integer(const std::string& name) {
  const double value = number(name);
  if (!(value >= 0 && value <= 1'000'000) || value != static_cast<int>(value)) {
    throw std::invalid_argument("the parameter " + name + " has to be a whole number from 0 to " +
                                "1000000");
  }
  return static_cast<int>(value);
}

void Parameters::check_all_used() const {
  if (!values_.empty()) {
    throw std::invalid_argument("the game has no parameter " + values_.begin()->first);
  }
}

Game::Game(Map map, int agents) : map_(std::move(map)), agents_(agents) {
  if (agents < 1 || agents > kMaxAgents) {
    throw std::invalid_argument("a game of " + std::to_string(agents) + " agents: it needs 1 to " +
                                std::to_string(kMaxAgents));
  }
  add_integer("step_count", step_count_);
}

void Game::reset() {
  step_count_ = 0;
  std::fill(events_.begin(), events_.end(), 0);
  place();
}

void Game::step(const std::int32_t* actions, double* rewards) {
  check();
  ++step_count_;
  std::fill(rewards, rewards + agents_, 0.0);
  play(actions, rewards);
}

void Game::add_integers(const std::string& name, std::int32_t* data, std::vector<int> shape) {
  fields_.push_back({name, 'i', std::move(shape), data});
}

void Game::add_flags(const std::string& name, std::vector<std::uint8_t>& data,
                     std::vector<int> shape) {
  fields_.push_back({name, '?', std::move(shape), data.data()});
}

void Game::add_numbers(const std::string& name, std::vector<double>& data, std::vector<int> shape) {
  fields_.push_back({name, 'd', std::move(shape), data.data()});
}

void Game::add_number(const std::string& name, double& data) {
  fields_.push_back({name, 'd', {}, &data});
}

void Game::add_integer(const std::string& name, std::int32_t& data) {
  fields_.push_back({name, 'i', {}, &data});
}

void Game::set_event_names(std::vector<std::string> names) {
  event_names_ = std::move(names);
  events_.assign(static_cast<std::size_t>(agents_) * event_names_.size(), 0);
}

}  // namespace assay::games
