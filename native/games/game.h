// What all games have in common: agents, a horizon, one stream of random numbers, named state.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "games/map.h"
#include "games/pcg64.h"

namespace assay::games {

// A named part of the state. `type` is NumPy's: i (int32), ? (bool) or d (float64).
struct Field {
  std::string name;
  char type;
  std::vector<int> shape;
  void* data;

  std::size_t bytes() const;
};

// Numbers of a game's rules by name. Every one has to be used, so that a misspelt one is noticed.
class Parameters {
 public:
  explicit Parameters(std::map<std::string, double> values) : values_(std::move(values)) {}

  double number(const std::string& name);
  int integer(const std::string& name);
  bool flag(const std::string& name) { return number(name) != 0; }
  // Throws std::invalid_argument if there are parameters that nobody asked for.
  void check_all_used() const;

 private:
  std::map<std::string, double> values_;
};

struct Shape {
  int height;
  int width;
};

class Game {
 public:
  Game(Map map, int agents);
  virtual ~Game() = default;
  Game(const Game&) = delete;
  Game& operator=(const Game&) = delete;

  // Replaces the stream of random numbers.
  void seed(std::uint64_t seed) { random_ = Pcg64(seed); }
  // Begins an episode; the stream of random numbers goes on.
  void reset();
  // One action per agent in, one reward per agent out. Unknown actions do nothing.
  void step(const std::int32_t* actions, double* rewards);

  // Throws std::invalid_argument if state that was written from outside cannot be played.
  virtual void check() const {}

  int agents() const { return agents_; }
  int step_count() const { return step_count_; }
  const Map& map() const { return map_; }
  Pcg64& random() { return random_; }
  // The state that rules read and write.
  const std::vector<Field>& fields() const { return fields_; }

  // What each agent did or suffered since the reset: a count per kind of event, agent by agent.
  const std::vector<std::string>& event_names() const { return event_names_; }
  const std::vector<std::int64_t>& events() const { return events_; }
  // Quantities of the world now, such as the apples that can be collected.
  virtual std::vector<std::string> gauge_names() const = 0;
  virtual void gauges(double* values) const = 0;
  // Whether an agent counts as in conflict in this step, for the metric peace.
  virtual bool in_conflict(int agent) const = 0;

  // Where apples grow, in the order of `apple_alive`; nullptr in games without such apples.
  virtual const std::vector<int>* apple_cells() const { return nullptr; }

  // The area that a beam reaches, 0 in games without beams.
  virtual int beam_length() const { return 0; }
  virtual int beam_half_width() const { return 0; }

  // Size of an agent's observation; 0 by 0 in games without any.
  virtual Shape observation_shape() const { return {0, 0}; }
  // Writes the observations of all agents: per agent 3 planes of bytes.
  virtual void observe(std::uint8_t* /*pixels*/) const {}
  // Writes the world as height x width x 3 bytes.
  virtual void render(std::uint8_t* pixels) const = 0;

 protected:
  virtual void place() = 0;
  virtual void play(const std::int32_t* actions, double* rewards) = 0;

  void add_integers(const std::string& name, std::vector<std::int32_t>& data,
                    std::vector<int> shape) {
    add_integers(name, data.data(), std::move(shape));
  }
  void add_integers(const std::string& name, std::int32_t* data, std::vector<int> shape);
  void add_flags(const std::string& name, std::vector<std::uint8_t>& data, std::vector<int> shape);
  void add_numbers(const std::string& name, std::vector<double>& data, std::vector<int> shape);
  void add_number(const std::string& name, double& data);
  void add_integer(const std::string& name, std::int32_t& data);
  void set_event_names(std::vector<std::string> names);
  void count(int agent, int event, std::int64_t amount = 1) {
    events_[static_cast<std::size_t>(agent) * event_names_.size() +
            static_cast<std::size_t>(event)] += amount;
  }

  const Map map_;
  const int agents_;
  std::int32_t step_count_ = 0;
  Pcg64 random_;

 private:
  std::vector<Field> fields_;
  std::vector<std::string> event_names_;
  std::vector<std::int64_t> events_;
};

// Makes the game of the given kind: gathering, cleanup, coop_mining, nested_commons or
// production_economy. Throws std::invalid_argument.
std::shared_ptr<Game> make_game(const std::string& kind, const std::vector<std::string>& rows,
                                int agents, std::map<std::string, double> parameters);

}  // namespace assay::games
