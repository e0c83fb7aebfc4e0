#include "games/snapshot.h"

#include <cstring>
#include <stdexcept>
#include <string>

namespace assay::games {

Snapshot::Snapshot(std::shared_ptr<const Game> game, std::shared_ptr<const Paths> paths)
    : game_(std::move(game)), paths_(std::move(paths)) {
  for (const Field& field : game_->fields()) {
    memory_.emplace_back(field.bytes() / sizeof(std::uint64_t) + 1);
    fields_.push_back({field.name, field.type, field.shape, memory_.back().data()});
    if (field.name == "agent_pos") {
      positions_ = static_cast<const std::int32_t*>(fields_.back().data);
    } else if (field.name == "apple_alive") {
      apple_alive_ = static_cast<const std::uint8_t*>(fields_.back().data);
    }
  }
  update();
}

void Snapshot::update() {
  game_->check();
  for (std::size_t i = 0; i < fields_.size(); ++i) {
    std::memcpy(fields_[i].data, game_->fields()[i].data, fields_[i].bytes());
  }
}

const std::int32_t* Snapshot::position(int agent) const {
  if (agent < 0 || agent >= game_->agents()) {
    throw std::out_of_range("there is no agent " + std::to_string(agent) +
                            ": agents are 0 to " + std::to_string(game_->agents() - 1));
  }
  return positions_ + 2 * agent;
}

int Snapshot::cell_of(int agent) const {
  const std::int32_t* at = position(agent);
  return at[0] * game_->map().width + at[1];
}

std::optional<int> Snapshot::cell(int row, int column) const {
  if (!game_->map().inside(row, column)) {
    return std::nullopt;
  }
  return row * game_->map().width + column;
}

std::optional<Step> Snapshot::first_step(int from, int to) const {
  if (from == to) {
    return Step{0, 0};
  }
  if (paths_->rank(from, to) == Paths::kNever) {
    return std::nullopt;
  }
  const int direction = paths_->first_step(from, to);
  return Step{kRowStep[direction], kColumnStep[direction]};
}

std::optional<Step> Snapshot::toward_nearest_apple(int agent) const {
  const int from = cell_of(agent);
  const std::vector<int>& cells = *game_->apple_cells();
  int nearest = -1;
  std::uint16_t best = Paths::kNever;
  for (std::size_t apple = 0; apple < cells.size(); ++apple) {
    const std::uint16_t rank = paths_->rank(from, cells[apple]);
    if (apple_alive_[apple] && rank < best) {
      best = rank;
      nearest = cells[apple];
    }
  }
  return nearest < 0 ? std::nullopt : first_step(from, nearest);
}

std::optional<Step> Snapshot::toward(int agent, int row, int column) const {
  const auto to = cell(row, column);
  return to ? first_step(cell_of(agent), *to) : std::nullopt;
}

std::optional<Step> Snapshot::toward_any(int agent, const std::vector<int>& cells) const {
  const int from = cell_of(agent);
  int nearest = -1;
  std::uint16_t best = Paths::kNever;
  for (const int to : cells) {
    if (to == from) {
      return Step{0, 0};
    }
    const std::uint16_t rank = paths_->rank(from, to);
    if (rank < best) {
      best = rank;
      nearest = to;
    }
  }
  return nearest < 0 ? std::nullopt : first_step(from, nearest);
}

std::optional<int> Snapshot::distance(int from_row, int from_column, int to_row,
                                      int to_column) const {
  const auto from = cell(from_row, from_column);
  const auto to = cell(to_row, to_column);
  if (!from || !to || paths_->distance(*from, *to) == Paths::kNever) {
    return std::nullopt;
  }
  return paths_->distance(*from, *to);
}

}  // namespace assay::games
