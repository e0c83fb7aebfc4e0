#include <stdexcept>

#include "games/cleanup.h"
#include "games/coop_mining.h"
#include "games/gathering.h"
#include "games/nested_commons.h"
#include "games/production_economy.h"

namespace assay::games {
namespace {

std::shared_ptr<Game> construct(const std::string& kind, const Map& map, int agents,
                                Parameters& parameters) {
  if (kind == "gathering") {
    return std::make_shared<Gathering>(map, agents, parameters);
  }
  if (kind == "cleanup") {
    return std::make_shared<Cleanup>(map, agents, parameters);
  }
  if (kind == "coop_mining") {
    return std::make_shared<CoopMining>(map, agents, parameters);
  }
  if (kind == "nested_commons") {
    return std::make_shared<NestedCommons>(map, agents, parameters);
  }
  if (kind == "production_economy") {
    return std::make_shared<ProductionEconomy>(map, agents, parameters);
  }
  throw std::invalid_argument("there is no game of the kind " + kind);
}

}  // namespace

std::shared_ptr<Game> make_game(const std::string& kind, const std::vector<std::string>& rows,
                                int agents, std::map<std::string, double> values) {
  Parameters parameters(std::move(values));
  auto game = construct(kind, Map(rows), agents, parameters);
  parameters.check_all_used();
  return game;
}

}  // namespace assay::games
