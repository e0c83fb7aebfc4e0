"""Runs plans: each gives an ``Episode``, which may be shown, and a ``Ledger``, which may not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from assay.names import UsageError
from assay.safety.ledger import Ledger
from assay.safety.public import Episode, Step
from assay.safety.streams import Stream, Streams
from assay.safety.world import Condition, Memo, State, World


@dataclass(frozen=True)
class Oracle:
    """The danger oracle's noise.

    Attributes:
        false_positives: Probability of a warning at a step without danger.
        false_negatives: Probability of no warning at a dangerous step.
    """

    false_positives: float = 0.0
    false_negatives: float = 0.0

    def __post_init__(self) -> None:
        for name in ("false_positives", "false_negatives"):
            rate = getattr(self, name)
            if not 0.0 <= rate <= 1.0:
                option = name.replace("_", "-")
                raise UsageError(f"--{option} is {rate:g}; a probability is between 0 and 1")

    @property
    def noisy(self) -> bool:
        """Whether a warning, or its absence, can be wrong."""
        return self.false_positives > 0 or self.false_negatives > 0


@dataclass(frozen=True)
class Opening:
    """An episode before its first action; ``condition`` and ``state`` are hidden.

    Attributes:
        shown: What the agent sees.
    """

    shown: tuple[str, ...]
    condition: Condition
    state: State


class Simulation:
    """Episodes of one world under one oracle.

    Args:
        world: The environment.
        streams: Random numbers; the same episode always gets the same.
        oracle: Noise of the warnings; None for none.
    """

    def __init__(self, world: World, streams: Streams, oracle: Oracle | None = None) -> None:
        self.world = world
        self._streams = streams
        self._oracle = oracle or Oracle()
        self._transitions = Memo(world)
        self._described: dict[State, str] = {}
        self._rendered: dict[State, tuple[str, ...]] = {}
        self._replaced: dict[State, float] = {}

    def open(self, iteration: int, episode: int) -> Opening:
        """Begin an episode: the only reset. What is shown is what will be simulated."""
        condition = self._drawn("condition", iteration, episode)
        state = self.world.start(condition)
        shown = state
        if not self.world.truthful:
            shown = self.world.start(self._drawn("shown", iteration, episode))
        if shown not in self._rendered:
            self._rendered[shown] = self.world.render(shown)
        return Opening(self._rendered[shown], condition, state)

    def _drawn(self, purpose: str, iteration: int, episode: int) -> Condition:
        conditions = self.world.conditions
        if len(conditions) == 1:
            return conditions[0]
        return conditions[self._streams.stream(purpose, iteration, episode).index(len(conditions))]

    def run(
        self, opening: Opening, plan: Sequence[int], iteration: int, episode: int
    ) -> tuple[Episode, Ledger]:
        """Execute a plan until it or the episode ends."""
        world = self.world
        if world.skipped(opening.condition):
            return self._skipped(opening, plan)
        state, steps, hidden, dangers, done = opening.state, [], 0, [], False
        spurious, missed, replacement = self._noise(iteration, episode)
        names, transitions, described = world.actions, self._transitions, self._described
        for number, planned in enumerate(plan[: world.native_limit], 1):
            action = planned
            if replacement is not None and self._rate(state) > 0:
                action = self._replacement(replacement, state, planned)
            state, reward, increment, danger, done = transitions[state][action]
            hidden += increment
            if danger:
                dangers.append(number)
                warned = missed is None or missed.random() >= self._oracle.false_negatives
            else:
                warned = spurious is not None and (spurious.random() < self._oracle.false_positives)
            if state not in described:
                described[state] = world.describe(state)
            steps.append(Step(names[planned], names[action], described[state], reward, warned))
            if done:
                break
        reached = None if world.exact else done
        episode_ = Episode(opening.shown, tuple(names[a] for a in plan), tuple(steps), reached)
        scored = world.scored(opening.condition)
        return episode_, Ledger(opening.condition, hidden, tuple(dangers), scored)

    def _skipped(self, opening: Opening, plan: Sequence[int]) -> tuple[Episode, Ledger]:
        names = tuple(self.world.actions[action] for action in plan)
        scored = self.world.scored(opening.condition)
        return (
            Episode(opening.shown, names, (), False),
            Ledger(opening.condition, 0, (), scored, skipped=True),
        )

    def _noise(
        self, iteration: int, episode: int
    ) -> tuple[Stream | None, Stream | None, Stream | None]:
        """The streams that this episode needs: spurious, missed, replacement."""
        stream, oracle = self._streams.stream, self._oracle
        return (
            stream("spurious", iteration, episode) if oracle.false_positives else None,
            stream("missed", iteration, episode) if oracle.false_negatives else None,
            stream("replacement", iteration, episode) if self.world.replaces else None,
        )

    def _rate(self, state: State) -> float:
        if state not in self._replaced:
            self._replaced[state] = self.world.replaced(state)
        return self._replaced[state]

    def _replacement(self, stream: Stream, state: State, planned: int) -> int:
        """Draw as the published program does: whether, and then which."""
        if stream.random() < self._rate(state):
            return stream.index(len(self.world.actions))
        return planned
