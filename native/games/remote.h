// Episodes in which processes on the other side of sockets decide.
//
// Per step, the state goes out: the fields of the game, one after the other. Back comes a byte 0 and
// an int32 per agent that the process decides for; or a byte 1, a length (uint32) and a text, and
// the episode is over.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "games/game.h"
#include "games/log.h"

namespace assay::games {

// How long the other side may take, in seconds.
struct Patience {
  double step;
  double episode;
};

// A process and the agents that it decides for.
struct Seat {
  int socket;
  std::vector<int> agents;
};

// `end` is "complete", "closed" (a process is gone), "timeout", "message" (`text` is what it said)
// or "malformed" (it sent what is no answer; `text` says what). `seat` is the number of the one
// that ended the episode.
struct Played {
  std::string end;
  std::string text;
  std::size_t seat;
};

// Plays `steps` steps of the log's game with actions from the sockets, each 0 to actions - 1.
Played play_remotely(Log& log, const std::vector<Seat>& seats, int steps, int actions,
                     const Patience& patience);

// The other side: takes over the state, false when there is none any more.
bool receive_state(Game& game, int socket);
void send_actions(int socket, const std::vector<std::int32_t>& actions);

}  // namespace assay::games
