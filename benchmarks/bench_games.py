"""Speed of the games on one core, beside the same rules in plain Python.

Run: python benchmarks/bench_games.py

All figures are the best of several repetitions, in processor time of this one thread, as the
published ones are; only what confined processes take is elapsed time. Both engines play the same
episodes: rewards are compared before anything is timed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from plain_games import PlainCleanup, PlainGathering, greedy

from assay import _native
from assay.dilemmas import make, run_episode
from assay.dilemmas.policies import policy_source, reference_policy
from assay.dilemmas.selfplay import Arena, Match

STEPS = 1000
SEEDS = range(5)
REPETITIONS = 7
# Seconds of the published engine for ten episodes, of which every second one is a repetition:
# arXiv 2603.19453, processor time measured on a 2.6 GHz Xeon.
PUBLISHED = {"gathering_large": 37.6, "cleanup": 11.0}
PLAIN = {"gathering": PlainGathering, "cleanup": PlainCleanup}


@dataclass(frozen=True)
class Speed:
    """Environment steps per second of both engines, without and with observations."""

    game: str
    agents: int
    native: float
    native_observing: float
    plain: float
    plain_observing: float


def best(
    run: Callable[[], object],
    repetitions: int = REPETITIONS,
    clock: Callable[[], float] = time.process_time,
) -> float:
    """Seconds of the fastest repetition."""
    seconds = []
    for _ in range(repetitions):
        start = clock()
        run()
        seconds.append(clock() - start)
    return min(seconds)


def random_actions(game: str, agents: int, steps: int = STEPS) -> np.ndarray:
    """Uniform actions, (steps, agents) int32."""
    count = len(make(game).spec.actions)
    return np.random.default_rng(0).integers(count, size=(steps, agents)).astype(np.int32)


def native_episode(game: str, actions: np.ndarray) -> np.ndarray:
    """Play on one thread; the rewards."""
    env = make(game, actions.shape[1])
    env.reset(seed=0)
    log = _native.GameLog(env.game, len(actions))
    _native.run_logs([log], actions[None], 1)
    return log.rewards


def native_observing(game: str, actions: np.ndarray) -> None:
    """Play and look at everything in every step."""
    env = make(game, actions.shape[1])
    env.reset(seed=0)
    for row in actions.tolist():
        env.advance(row)
        env.observe()


def plain_episode(game: str, actions: np.ndarray, observing: bool = False) -> np.ndarray:
    """The same in plain Python."""
    plain = PLAIN[make(game).spec.kind](game, actions.shape[1])
    plain.reset(0)
    rewards = []
    for row in actions.tolist():
        rewards.append(plain.step(row))
        if observing:
            plain.observe()
    return np.array(rewards)


def engine_speed(game: str, agents: int) -> Speed:
    """Measure both engines with random actions."""
    actions = random_actions(game, agents)
    few = actions[:20]
    assert (native_episode(game, actions) == plain_episode(game, actions)).all()
    return Speed(
        game,
        agents,
        native=STEPS / best(lambda: native_episode(game, actions)),
        native_observing=STEPS / best(lambda: native_observing(game, actions)),
        plain=STEPS / best(lambda: plain_episode(game, actions), 2),
        plain_observing=len(few) / best(lambda: plain_episode(game, few, True), 2),
    )


def greedy_self_play(game: str, agents: int) -> list[float]:
    """Five seeds of greedy self-play in this process, policy code in Python included."""
    env = make(game, agents)
    policy = reference_policy("greedy", env.spec.kind)
    return [run_episode(env, [policy] * agents, seed).totals.sum() for seed in SEEDS]


def plain_self_play(game: str, agents: int, seeds: Sequence[int] = SEEDS) -> list[float]:
    """The same with the plain engine and its own searches."""
    plain = PLAIN[make(game).spec.kind](game, agents)
    totals = []
    for seed in seeds:
        plain.reset(seed)
        total = 0.0
        for _ in range(STEPS):
            total += sum(plain.step([greedy(plain, agent) for agent in range(agents)]))
        totals.append(total)
    return totals


def main() -> None:
    """Print both tables."""
    print(f"environment steps/s, one core, random actions, episodes of {STEPS} steps")
    print(f"{'':18}{'agents':>7}{'native':>12}{'+ pixels':>12}{'plain':>10}{'+ pixels':>10}")
    for game, agents in (
        ("cleanup", 5),
        ("cleanup", 10),
        ("gathering", 2),
        ("gathering_large", 10),
    ):
        speed = engine_speed(game, agents)
        print(
            f"{game:18}{agents:7}{speed.native:12,.0f}{speed.native_observing:12,.0f}"
            f"{speed.plain:10,.0f}{speed.plain_observing:10,.1f}"
        )
    print("\nfive seeds of greedy self-play, 10 agents, 1000 steps: seconds")
    print(f"{'':18}{'in process':>12}{'confined':>10}{'plain':>8}{'published':>11}{'factor':>8}")
    with Arena() as arena:
        for game, published in PUBLISHED.items():
            assert greedy_self_play(game, 10)[:1] == plain_self_play(game, 10, [0])
            ours = best(partial(greedy_self_play, game, 10))
            match, source = Match(game, 10), policy_source("greedy")
            confined = best(partial(arena.self_play, match, source, SEEDS), clock=time.perf_counter)
            plain = best(partial(plain_self_play, game, 10), 1)
            print(
                f"{game:18}{ours:12.3f}{confined:10.3f}{plain:8.2f}{published:11.1f}"
                f"{published / ours:7.0f}x"
            )


if __name__ == "__main__":
    main()
