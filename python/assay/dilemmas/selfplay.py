"""Self-play of policies that nobody trusts: confined processes decide, a clean engine counts."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from assay import _native
from assay.dilemmas.environment import check_seed
from assay.dilemmas.episode import Episode, replay_many
from assay.dilemmas.games import make
from assay.dilemmas.loading import PolicyFault
from assay.dilemmas.player import TARGET
from assay.dilemmas.static_check import violations
from assay.errors import AssayError
from assay.sandbox import Limits, Process, Sandbox


@dataclass(frozen=True)
class Match:
    """A game as policies are judged in it.

    Attributes:
        game: Name of the game.
        n_agents: Number of agents; None takes the game's own.
        max_steps: Horizon; None takes the game's own.
        parameters: Numbers of the rules to replace.
    """

    game: str
    n_agents: int | None = None
    max_steps: int | None = None
    parameters: Mapping[str, float] = field(default_factory=dict)

    @property
    def options(self) -> dict[str, Any]:
        """What ``make`` and ``replay_many`` take besides the name and the number of agents."""
        return {"max_steps": self.max_steps, **self.parameters}


@dataclass(frozen=True)
class Patience:
    """Wall-clock limits in seconds; a process that exceeds one is killed.

    Attributes:
        step: For the decisions of all agents in one step.
        episode: For a whole episode.
    """

    step: float = 5.0
    episode: float = 120.0


class PolicyFailed(AssayError):
    """A policy did not come through an episode.

    Attributes:
        verdict: ``rejected`` (by the static check), ``exception``, ``action``, ``timeout``,
            ``crash`` or ``malformed``.
        fault: What it did, where that is known.
        seat: Position of its source among those that played.
    """

    def __init__(
        self, verdict: str, reason: str, fault: PolicyFault | None = None, seat: int = 0
    ) -> None:
        self.verdict = verdict
        self.fault = fault
        self.seat = seat
        super().__init__(reason)


class Arena:
    """Plays episodes with policies in confined processes. Use it as a context manager.

    Every episode gets processes of its own: a policy remembers nothing of another episode. Where
    several sources play together, each has its own process. What counts is the replay of the
    recorded actions in an engine that no policy was near.
    """

    def __init__(self, patience: Patience | None = None, limits: Limits | None = None) -> None:
        self._patience = patience or Patience()
        self._sandbox = Sandbox([TARGET.partition(":")[0]], limits)

    def __enter__(self) -> Arena:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End all processes."""
        self._sandbox.close()

    @property
    def confinement(self) -> str:
        """What keeps policies away from files, network and other processes."""
        return self._sandbox.confinement

    def self_play(self, match: Match, source: str, seeds: Sequence[int]) -> list[Episode]:
        """One episode per seed in which every agent runs the same source.

        Raises:
            PolicyFailed: The policy is rejected or fails in an episode.
        """
        return self.play(match, [source], None, seeds)

    def play(
        self,
        match: Match,
        sources: Sequence[str],
        seats: Sequence[int] | None,
        seeds: Sequence[int],
        check: bool = True,
    ) -> list[Episode]:
        """One episode per seed with several sources.

        Args:
            seats: For every agent the number of its source; None where all run the first.
            check: Whether sources are read first. What contains them is their process.

        Raises:
            PolicyFailed: A policy is rejected or fails in an episode.
        """
        for number, source in enumerate(sources if check else ()):
            if found := violations(source):
                raise PolicyFailed("rejected", "; ".join(map(str, found[:5])), seat=number)
        agents = make(match.game, match.n_agents).n_agents
        seats = [0] * agents if seats is None else seats
        jobs = [_Job(self._sandbox, self._patience, match, sources, seats, seed) for seed in seeds]
        with ThreadPoolExecutor(min(len(jobs), os.cpu_count() or 1)) as pool:
            recorded = list(pool.map(_Job.run, jobs))
        return replay_many(match.game, seeds, np.stack(recorded), **match.options)


@dataclass(frozen=True)
class _Job:
    """One episode."""

    sandbox: Sandbox
    patience: Patience
    match: Match
    sources: Sequence[str]
    seats: Sequence[int]
    seed: int

    def run(self) -> np.ndarray:
        """The actions of all agents, (T, n) int32."""
        env = make(self.match.game, len(self.seats), **self.match.options)
        env.reset(check_seed(self.seed))
        log = _native.GameLog(env.game, env.max_steps)
        groups = {
            number: [agent for agent, seat in enumerate(self.seats) if seat == number]
            for number in sorted(set(self.seats))
        }
        with ExitStack() as stack:
            processes = [
                stack.enter_context(self._start(self.sources[number], agents, env.n_agents))
                for number, agents in groups.items()
            ]
            end, message, index = _native.play_remotely(
                log,
                [
                    (process.connection.fileno(), agents)
                    for process, agents in zip(processes, groups.values(), strict=True)
                ],
                env.max_steps,
                len(env.spec.actions),
                self.patience.step,
                self.patience.episode,
            )
            if end != "complete":
                step, seat = env.step_count, list(groups)[index]
                raise self._failure(end, message, step, processes[index], seat)
        return log.actions

    def _start(self, source: str, agents: Sequence[int], n_agents: int) -> Process:
        request = {
            "game": self.match.game,
            "n_agents": n_agents,
            "max_steps": self.match.max_steps,
            "parameters": dict(self.match.parameters),
            "agents": agents,
            "source": source,
        }
        return self.sandbox.start(TARGET, json.dumps(request).encode())

    def _failure(
        self, end: str, message: bytes, step: int, process: Process, seat: int
    ) -> PolicyFailed:
        if end == "message":
            fault = _read_fault(message)
            return PolicyFailed(fault.kind, str(fault), fault, seat)
        if end == "timeout":
            reason = (
                f"no decision at step {step} within {self.patience.step:g} s (or the episode took"
                f" longer than {self.patience.episode:g} s); the process was killed"
            )
            return PolicyFailed("timeout", reason, seat=seat)
        if end == "malformed":
            reason = f"the process sent no valid answer: {message.decode(errors='replace')}"
            return PolicyFailed("malformed", reason, seat=seat)
        return PolicyFailed(
            "crash", f"the process ended at step {step}: {process.end()}", seat=seat
        )


def _read_fault(message: bytes) -> PolicyFault:
    """What a confined process says of itself, which need not be true, or even readable."""
    try:
        said = json.loads(message)
        return PolicyFault(
            kind="action" if said["kind"] == "action" else "exception",
            reason=str(said["reason"])[:1000],
            line=_number(said["line"]),
            step=_number(said["step"]),
            agent=_number(said["agent"]),
            trace=tuple(str(line)[:300] for line in said["trace"][:20]),
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        return PolicyFault("exception", "the process ended with a message that cannot be read")


def _number(value: Any) -> int | None:
    return int(value) if isinstance(value, (int, float)) else None
