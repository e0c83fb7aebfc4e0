#include "games/remote.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <stdexcept>

namespace assay::games {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::uint8_t kActions = 0;
constexpr std::uint8_t kMessage = 1;
constexpr std::uint32_t kLongestMessage = 1 << 16;
#ifdef MSG_NOSIGNAL
constexpr int kFlags = MSG_NOSIGNAL;
#else
constexpr int kFlags = 0;
#endif

enum class Transfer { done, closed, late };

// Waits until the socket can be read or written.
Transfer await(int socket, short event, Clock::time_point deadline) {
  while (true) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    if (left <= 0) {
      return Transfer::late;
    }
    pollfd waiting = {socket, event, 0};
    const int ready = poll(&waiting, 1, static_cast<int>(std::min<long long>(left, 60'000)));
    if (ready > 0) {
      return Transfer::done;
    }
    if (ready < 0 && errno != EINTR) {
      return Transfer::closed;
    }
  }
}

Transfer receive(int socket, void* target, std::size_t bytes, Clock::time_point deadline) {
  auto* place = static_cast<std::uint8_t*>(target);
  while (bytes > 0) {
    // Without waiting first: the answer may be there already, and a call less is time saved.
    const ssize_t count = recv(socket, place, bytes, MSG_DONTWAIT);
    if (count > 0) {
      place += count;
      bytes -= static_cast<std::size_t>(count);
    } else if (count == 0 || (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)) {
      return Transfer::closed;
    } else if (const Transfer state = await(socket, POLLIN, deadline); state != Transfer::done) {
      return state;
    }
  }
  return Transfer::done;
}

Transfer transmit(int socket, const void* source, std::size_t bytes, Clock::time_point deadline) {
  const auto* place = static_cast<const std::uint8_t*>(source);
  while (bytes > 0) {
    const ssize_t count = send(socket, place, bytes, MSG_DONTWAIT | kFlags);
    if (count > 0) {
      place += count;
      bytes -= static_cast<std::size_t>(count);
    } else if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) {
      return Transfer::closed;
    } else if (const Transfer state = await(socket, POLLOUT, deadline); state != Transfer::done) {
      return state;
    }
  }
  return Transfer::done;
}

Clock::time_point after(double seconds) {
  return Clock::now() +
         std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
}

std::size_t state_bytes(const Game& game) {
  std::size_t bytes = 0;
  for (const Field& field : game.fields()) {
    bytes += field.bytes();
  }
  return bytes;
}

void save(const Game& game, std::vector<std::uint8_t>& state) {
  state.clear();
  for (const Field& field : game.fields()) {
    const auto* data = static_cast<const std::uint8_t*>(field.data);
    state.insert(state.end(), data, data + field.bytes());
  }
}

Played ended(Transfer state) {
  return {state == Transfer::late ? "timeout" : "closed", "", 0};
}

Played read_message(int socket, Clock::time_point deadline) {
  std::uint32_t length = 0;
  if (const Transfer state = receive(socket, &length, sizeof(length), deadline);
      state != Transfer::done) {
    return ended(state);
  }
  if (length > kLongestMessage) {
    return {"malformed", "a message of " + std::to_string(length) + " bytes", 0};
  }
  std::string text(length, '\0');
  if (const Transfer state = receive(socket, text.data(), length, deadline);
      state != Transfer::done) {
    return ended(state);
  }
  return {"message", text, 0};
}

// One answer, into the places of the seat's agents; "complete" where it is actions.
Played read_answer(const Seat& seat, std::vector<std::int32_t>& actions, int action_count,
                   Clock::time_point deadline) {
  std::uint8_t kind = 0;
  if (const Transfer state = receive(seat.socket, &kind, 1, deadline); state != Transfer::done) {
    return ended(state);
  }
  if (kind == kMessage) {
    return read_message(seat.socket, deadline);
  }
  if (kind != kActions) {
    return {"malformed", "an answer of kind " + std::to_string(kind), 0};
  }
  std::vector<std::int32_t> answer(seat.agents.size());
  if (const Transfer state =
          receive(seat.socket, answer.data(), answer.size() * sizeof(std::int32_t), deadline);
      state != Transfer::done) {
    return ended(state);
  }
  for (std::size_t i = 0; i < answer.size(); ++i) {
    if (answer[i] < 0 || answer[i] >= action_count) {
      return {"malformed", "action " + std::to_string(answer[i]), 0};
    }
    actions[static_cast<std::size_t>(seat.agents[i])] = answer[i];
  }
  return {"complete", "", 0};
}

void check(const std::vector<Seat>& seats, int agents) {
  std::vector<int> times(static_cast<std::size_t>(agents));
  for (const Seat& seat : seats) {
    for (const int agent : seat.agents) {
      ++times.at(static_cast<std::size_t>(agent));
    }
  }
  if (std::any_of(times.begin(), times.end(), [](int count) { return count != 1; })) {
    throw std::invalid_argument("every agent needs exactly one seat");
  }
}

}  // namespace

Played play_remotely(Log& log, const std::vector<Seat>& seats, int steps, int actions,
                     const Patience& patience) {
  check(seats, log.game().agents());
  const Clock::time_point end = after(patience.episode);
  std::vector<std::uint8_t> state;
  std::vector<std::int32_t> chosen(static_cast<std::size_t>(log.game().agents()));
  for (int step = 0; step < steps; ++step) {
    const Clock::time_point deadline = std::min(end, after(patience.step));
    save(log.game(), state);
    for (const Seat& seat : seats) {
      // A process that failed may have said why before it left: its message is read all the same.
      transmit(seat.socket, state.data(), state.size(), deadline);
    }
    for (std::size_t i = 0; i < seats.size(); ++i) {
      Played result = read_answer(seats[i], chosen, actions, deadline);
      if (result.end != "complete") {
        result.seat = i;
        return result;
      }
    }
    log.step(chosen.data());
  }
  return {"complete", "", 0};
}

bool receive_state(Game& game, int socket) {
  static thread_local std::vector<std::uint8_t> state;
  state.resize(state_bytes(game));
  std::size_t filled = 0;
  while (filled < state.size()) {
    const ssize_t count = recv(socket, state.data() + filled, state.size() - filled, MSG_WAITALL);
    if (count <= 0 && !(count < 0 && errno == EINTR)) {
      return false;
    }
    filled += count > 0 ? static_cast<std::size_t>(count) : 0;
  }
  const std::uint8_t* source = state.data();
  for (const Field& field : game.fields()) {
    std::memcpy(field.data, source, field.bytes());
    source += field.bytes();
  }
  return true;
}

void send_actions(int socket, const std::vector<std::int32_t>& actions) {
  std::vector<std::uint8_t> answer(1 + actions.size() * sizeof(std::int32_t), kActions);
  std::memcpy(answer.data() + 1, actions.data(), actions.size() * sizeof(std::int32_t));
  if (send(socket, answer.data(), answer.size(), kFlags) !=
      static_cast<ssize_t>(answer.size())) {
    throw std::runtime_error("the answer could not be sent");
  }
}

}  // namespace assay::games
