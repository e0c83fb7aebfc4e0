// Python bindings of the games and nothing else.
#include "games/bindings.h"

#include <pybind11/numpy.h>
#include <pybind11/stl.h>

#include <climits>

#include "games/game.h"
#include "games/log.h"
#include "games/q_learning.h"
#include "games/remote.h"
#include "games/snapshot.h"

namespace py = pybind11;

namespace assay::games {
namespace {

using Actions = py::array_t<std::int32_t, py::array::c_style | py::array::forcecast>;

py::dtype dtype(char type) {
  return type == 'd'   ? py::dtype::of<double>()
         : type == 'i' ? py::dtype::of<std::int32_t>()
                       : py::dtype::of<bool>();
}

// An array over memory that `owner` keeps alive. A read-only one cannot be made writable again,
// because its owner does not offer its memory through the buffer protocol.
py::array alias(const py::dtype& type, std::vector<py::ssize_t> shape, const void* data,
                const py::object& owner, bool writable) {
  py::array array(type, std::move(shape), data, owner);
  if (!writable) {
    array.attr("flags").attr("writeable") = false;
  }
  return array;
}

py::dict arrays(const std::vector<Field>& fields, const py::object& owner, bool writable) {
  py::dict result;
  for (const Field& field : fields) {
    result[py::str(field.name)] =
        alias(dtype(field.type), {field.shape.begin(), field.shape.end()}, field.data, owner,
              writable);
  }
  return result;
}

std::int32_t to_action(const py::handle& value) {
  const auto index = py::reinterpret_steal<py::object>(PyNumber_Index(value.ptr()));
  if (!index) {
    throw py::error_already_set();
  }
  int overflow = 0;
  const long action = PyLong_AsLongAndOverflow(index.ptr(), &overflow);
  // Numbers that no action has do nothing.
  return overflow != 0 || action < 0 || action > INT_MAX ? -1 : static_cast<std::int32_t>(action);
}

std::vector<std::int32_t> to_actions(const Game& game, const py::sequence& actions) {
  if (py::len(actions) != static_cast<std::size_t>(game.agents())) {
    throw py::value_error("a step takes " + std::to_string(game.agents()) + " actions, not " +
                          std::to_string(py::len(actions)));
  }
  std::vector<std::int32_t> numbers;
  for (const py::handle action : actions) {
    numbers.push_back(to_action(action));
  }
  return numbers;
}

py::array step(Game& game, const py::sequence& actions) {
  const auto numbers = to_actions(game, actions);
  py::array_t<double> rewards(game.agents());
  game.step(numbers.data(), rewards.mutable_data());
  return std::move(rewards);
}

py::array observe(const Game& game) {
  game.check();
  const Shape shape = game.observation_shape();
  py::array_t<std::uint8_t> pixels({game.agents(), 3, shape.height, shape.width});
  game.observe(pixels.mutable_data());
  return std::move(pixels);
}

py::array render(const Game& game) {
  game.check();
  py::array_t<std::uint8_t> pixels({game.map().height, game.map().width, 3});
  game.render(pixels.mutable_data());
  return std::move(pixels);
}

py::array events(const Game& game) {
  return py::array_t<std::int64_t>(
      {static_cast<std::size_t>(game.agents()), game.event_names().size()}, game.events().data());
}

py::dict gauges(const Game& game) {
  const std::vector<std::string> names = game.gauge_names();
  std::vector<double> values(names.size());
  game.gauges(values.data());
  py::dict result;
  for (std::size_t i = 0; i < names.size(); ++i) {
    result[py::str(names[i])] = values[i];
  }
  return result;
}

std::uint32_t integers(Game& game, std::int64_t n) {
  if (n < 1 || n > UINT_MAX) {
    throw py::value_error("integers(" + std::to_string(n) + "): use 1 to 4294967295");
  }
  return game.random().below(static_cast<std::uint32_t>(n));
}

void bind_game(py::module_& module) {
  py::class_<Game, std::shared_ptr<Game>>(module, "Game", "The state and the rules of a game.")
      .def(py::init(&make_game), py::arg("kind"), py::arg("rows"), py::arg("agents"),
           py::arg("parameters"))
      .def("seed", &Game::seed, py::arg("seed"),
           "Replace the stream of random numbers by that of numpy.random.default_rng(seed).")
      .def("reset", &Game::reset, "Begin an episode; the stream of random numbers goes on.")
      .def("step", &step, py::arg("actions"),
           "Take one action per agent; return the rewards. Unknown actions do nothing.")
      .def("observe", &observe, "Observations of all agents, (n, 3, h, w) uint8.")
      .def("render", &render, "The world, (height, width, 3) uint8.")
      .def(
          "state", [](const py::object& self) {
            return arrays(self.cast<Game&>().fields(), self, true);
          },
          "The state by name, as writable arrays over the game's own memory.")
      .def("random", [](Game& game) { return game.random().uniform(); },
           "Generator.random() of the game's stream.")
      .def("integers", &integers, py::arg("n"), "Generator.integers(n) of the game's stream.")
      .def_property_readonly("agents", &Game::agents)
      .def_property_readonly("step_count", &Game::step_count)
      .def("gauges", &gauges, "Quantities of the world now, by name.")
      .def_property_readonly("gauge_names", &Game::gauge_names)
      .def_property_readonly("event_names", &Game::event_names)
      .def("events", &events, "Events since the reset, (n, event) int64.");
}

void bind_paths(py::module_& module) {
  py::class_<Paths, std::shared_ptr<Paths>>(module, "GamePaths",
                                            "Shortest paths between all cells of a map.")
      .def(py::init([](const std::vector<std::string>& rows) {
             return std::make_shared<Paths>(Map(rows));
           }),
           py::arg("rows"));
}

// Steps as tuples that are made once: policies ask for them all the time.
py::object as_tuple(const std::optional<Step>& step) {
  static const auto tuples = [] {
    auto* made = new std::array<py::object, 9>;
    for (int rows = -1; rows <= 1; ++rows) {
      for (int columns = -1; columns <= 1; ++columns) {
        (*made)[static_cast<std::size_t>(3 * rows + columns + 4)] = py::make_tuple(rows, columns);
      }
    }
    return made;
  }();
  if (!step) {
    return py::none();
  }
  return (*tuples)[static_cast<std::size_t>(3 * step->rows + step->columns + 4)];
}

py::object nearest_apple(const Snapshot& snapshot, int agent) {
  if (!snapshot.has_apples()) {
    throw py::attribute_error("this game has no apples on the map: use bfs_to_target_set");
  }
  return as_tuple(snapshot.toward_nearest_apple(agent));
}

// Most targets are tuples of int, for which the general conversion takes ten times as long.
std::pair<int, int> to_cell(const py::handle& target) {
  if (PyTuple_CheckExact(target.ptr()) && PyTuple_GET_SIZE(target.ptr()) == 2) {
    PyObject* row = PyTuple_GET_ITEM(target.ptr(), 0);
    PyObject* column = PyTuple_GET_ITEM(target.ptr(), 1);
    if (PyLong_CheckExact(row) && PyLong_CheckExact(column)) {
      const auto limit = [](PyObject* number) {
        int overflow = 0;
        const long value = PyLong_AsLongAndOverflow(number, &overflow);
        return overflow != 0 || value < INT_MIN || value > INT_MAX ? -1 : static_cast<int>(value);
      };
      return {limit(row), limit(column)};
    }
  }
  return py::cast<std::pair<int, int>>(target);
}

py::object to_target_set(const Snapshot& snapshot, int agent, const py::iterable& targets) {
  std::vector<int> cells;
  for (const py::handle target : targets) {
    const auto [row, column] = to_cell(target);
    if (const auto cell = snapshot.cell(row, column)) {
      cells.push_back(*cell);
    }
  }
  return as_tuple(snapshot.toward_any(agent, cells));
}

void bind_snapshot(py::module_& module) {
  py::class_<Snapshot, std::shared_ptr<Snapshot>>(module, "GameSnapshot",
                                                  "A copy of a game's state that cannot be written.")
      .def(py::init<std::shared_ptr<const Game>, std::shared_ptr<const Paths>>(), py::arg("game"),
           py::arg("paths"));
  module.def("update_snapshot", &Snapshot::update, py::arg("snapshot"), "Copy the state anew.");
  module.def(
      "snapshot_arrays",
      [](const py::object& snapshot) {
        return arrays(snapshot.cast<Snapshot&>().fields(), snapshot, false);
      },
      py::arg("snapshot"), "The copied state by name, as read-only arrays.");
  module.def("bfs_nearest_apple", &nearest_apple, py::arg("env"), py::arg("agent_id"),
             "First step (dr, dc) of a shortest path to the nearest living apple; (0, 0) on one, "
             "None without any in reach.");
  module.def("bfs_to_target_set", &to_target_set, py::arg("env"), py::arg("agent_id"),
             py::arg("target_set"),
             "First step (dr, dc) of a shortest path to the nearest of the cells (row, column); "
             "(0, 0) on one, None without any in reach.");
  module.def(
      "bfs_toward",
      [](const Snapshot& snapshot, int agent, int row, int column) {
        return as_tuple(snapshot.toward(agent, row, column));
      },
      py::arg("env"), py::arg("agent_id"), py::arg("target_r"), py::arg("target_c"),
      "First step (dr, dc) of a shortest path to a cell; (0, 0) on it, None out of reach.");
  module.def("path_length", &Snapshot::distance, py::arg("env"), py::arg("from_row"),
             py::arg("from_column"), py::arg("to_row"), py::arg("to_column"),
             "Steps of a shortest path between two cells, None without any.");
}

template <typename T>
py::array logged(const py::object& self, const std::vector<T>& data, const char* type, int extent) {
  return alias(py::dtype(type), {self.cast<Log&>().length(), extent}, data.data(), self, false);
}

void run_logs(const std::vector<Log*>& logs, const Actions& actions, int threads) {
  if (actions.ndim() != 3 || actions.shape(0) != static_cast<py::ssize_t>(logs.size())) {
    throw py::value_error("the actions have to have the shape (episodes, steps, agents)");
  }
  for (const Log* log : logs) {
    if (log->game().agents() != actions.shape(2) ||
        log->capacity() - log->length() < actions.shape(1)) {
      throw py::value_error("the actions do not fit the games: agents or steps are too many");
    }
  }
  const py::gil_scoped_release release;
  run_all(logs, actions.data(), static_cast<int>(actions.shape(1)), threads);
}

void bind_log(py::module_& module) {
  py::class_<Log>(module, "GameLog", "What happens in an episode, step by step.")
      .def(py::init<std::shared_ptr<Game>, int>(), py::arg("game"), py::arg("steps"))
      .def(
          "step",
          [](Log& log, const py::sequence& actions) {
            log.step(to_actions(log.game(), actions).data());
          },
          py::arg("actions"), "Step the game with one action per agent.")
      .def_property_readonly("actions",
                             [](const py::object& self) {
                               const Log& log = self.cast<Log&>();
                               return logged(self, log.actions(), "int32", log.game().agents());
                             })
      .def_property_readonly("rewards",
                             [](const py::object& self) {
                               const Log& log = self.cast<Log&>();
                               return logged(self, log.rewards(), "float64", log.game().agents());
                             })
      .def_property_readonly("conflicts",
                             [](const py::object& self) {
                               const Log& log = self.cast<Log&>();
                               return logged(self, log.conflicts(), "bool", log.game().agents());
                             })
      .def_property_readonly("gauges", [](const py::object& self) {
        const Log& log = self.cast<Log&>();
        return logged(self, log.gauges(), "float64", log.gauge_count());
      });
  module.def("run_logs", &run_logs, py::arg("logs"), py::arg("actions"), py::arg("threads") = 0,
             "Run one episode per log with actions (episode, step, agent), on all processors or "
             "the given number of threads.");
}

void bind_remote(py::module_& module) {
  module.def(
      "play_remotely",
      [](Log& log, const std::vector<std::pair<int, std::vector<int>>>& seats, int steps,
         int actions, double step_limit, double episode_limit) {
        std::vector<Seat> taken;
        for (const auto& [socket, agents] : seats) {
          taken.push_back({socket, agents});
        }
        Played played;
        {
          const py::gil_scoped_release release;
          played = play_remotely(log, taken, steps, actions, {step_limit, episode_limit});
        }
        return py::make_tuple(played.end, py::bytes(played.text), played.seat);
      },
      py::arg("log"), py::arg("seats"), py::arg("steps"), py::arg("actions"),
      py::arg("step_limit"), py::arg("episode_limit"),
      "Play an episode with actions, each 0 to actions - 1, from processes: pairs of a socket and "
      "the agents it decides for. Limits are in seconds. Returns how it ended (complete, closed, "
      "timeout, message or malformed), the message, and the number of the pair that ended it.");
  module.def("receive_state", &receive_state, py::arg("game"), py::arg("socket"),
             "Take over the state that comes from the socket; False at its end.");
  module.def("send_actions", &send_actions, py::arg("socket"), py::arg("actions"),
             "Answer a state.");
}

std::unique_ptr<QLearner> make_learner(std::shared_ptr<Game> game,
                                       std::shared_ptr<const Paths> paths, double learning_rate,
                                       double discount, std::uint64_t seed, int actions) {
  return std::make_unique<QLearner>(
      std::move(game), std::move(paths),
      QLearner::Settings{learning_rate, discount, seed, actions});
}

py::tuple features(const Snapshot& snapshot, int agent) {
  if (agent < 0 || agent >= snapshot.game().agents()) {
    throw py::index_error("there is no agent " + std::to_string(agent));
  }
  const Features known(snapshot.fields(), snapshot.game(), snapshot.paths());
  std::vector<int> values(known.sizes().size());
  known.extract(agent, values.data());
  return py::tuple(py::cast(values));
}

void bind_learner(py::module_& module) {
  py::class_<QLearner>(module, "QLearner", "Tabular Q-learning in Gathering or Cleanup.")
      .def(py::init(&make_learner), py::arg("game"), py::arg("paths"), py::arg("learning_rate"),
           py::arg("discount"), py::arg("seed"), py::arg("actions"))
      .def("episode", &QLearner::episode, py::arg("seed"), py::arg("epsilon"), py::arg("steps"),
           py::call_guard<py::gil_scoped_release>(),
           "Play and learn from an episode; the sum of all rewards in it.")
      .def_property_readonly("feature_sizes",
                             [](const QLearner& learner) { return learner.features().sizes(); })
      .def_property_readonly(
          "values",
          [](const py::object& self) {
            const auto& learner = self.cast<const QLearner&>();
            return alias(py::dtype::of<double>(),
                         {learner.features().state_count(), learner.actions()},
                         learner.values().data(), self, false);
          },
          "Value of every action in every state, (states, actions) float64.")
      .def_property_readonly(
          "met",
          [](const py::object& self) {
            const auto& learner = self.cast<const QLearner&>();
            return alias(py::dtype::of<bool>(), {learner.features().state_count()},
                         learner.met().data(), self, false);
          },
          "Whether a state was met, (states,) bool.");
  module.def("q_features", &features, py::arg("env"), py::arg("agent_id"),
             "Features of an agent for tabular Q-learning.");
}

}  // namespace

void bind(py::module_& module) {
  bind_game(module);
  bind_paths(module);
  bind_snapshot(module);
  bind_log(module);
  bind_learner(module);
  bind_remote(module);
}

}  // namespace assay::games
