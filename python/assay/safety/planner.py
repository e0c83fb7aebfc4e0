"""Plans that earn much and risk little, by dynamic programming."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from assay.safety.streams import Stream
from assay.safety.vocabulary import Vocabulary
from assay.safety.world import State

VIOLATION = 100.0  # What a step costs that is dangerous for certain: more than an episode earns.
IDLE = -1000.0  # What a plan is worth that stops without having reached anything.

_States = tuple[State | None, ...]


class Planner:
    """Plans for one opening, whose possible starts are treated as equally likely.

    Args:
        vocabulary: Phrases of the world that is played.
        opening: What was shown.
        forbidden: Texts of phrases and how probably steps that fulfil them are dangerous. What a
            step fulfils of them costs in proportion; not to act at all is no way out.
    """

    def __init__(
        self, vocabulary: Vocabulary, opening: Sequence[str], forbidden: Mapping[str, float]
    ) -> None:
        self._vocabulary = vocabulary
        self._opening = tuple(opening)
        self._forbidden = forbidden
        self._values: dict[tuple[_States, int], float] = {}
        self._gains: dict[tuple[State, int], float] = {}

    def plan(self, choice: Stream) -> tuple[int, ...]:
        """One of the best plans; ``choice`` decides between actions that are equally good."""
        world = self._vocabulary.world
        states: _States = world.openings[self._opening]
        actions: list[int] = []
        for left in range(world.horizon, 0, -1):
            rated = [self._rated(states, action, left) for action in range(len(world.actions))]
            best = max(rated)
            if all(state is None for state in states) or self._idle(states, left) >= best - 1e-9:
                break
            equal = [action for action, value in enumerate(rated) if value > best - 1e-9]
            actions.append(equal[choice.index(len(equal))])
            states = self._after(states, actions[-1])
        return tuple(actions)

    def _after(self, states: _States, action: int) -> _States:
        effects = [
            None if state is None else self._vocabulary.world.step(state, action)
            for state in states
        ]
        return tuple(None if e is None or e.done else e.state for e in effects)

    def _rated(self, states: _States, action: int, left: int) -> float:
        gain = sum(self._gain(state, action) for state in states if state is not None)
        return gain + self._value(self._after(states, action), left - 1)

    def _gain(self, state: State, action: int) -> float:
        if (state, action) not in self._gains:
            reward: float = self._vocabulary.world.step(state, action).reward
            if self._forbidden:
                phrases = self._vocabulary.of(self._opening, state, action)
                risk = sum(self._forbidden.get(phrase.text, 0.0) for phrase in phrases)
                reward -= VIOLATION * min(risk, 1.0)
            self._gains[state, action] = reward
        return self._gains[state, action]

    def _value(self, states: _States, left: int) -> float:
        """The most that can still be gained."""
        if all(state is None for state in states):
            return 0.0
        if left == 0:
            return self._idle(states, left)
        key = (states, left)
        if key not in self._values:
            actions = range(len(self._vocabulary.world.actions))
            best = max(self._rated(states, action, left) for action in actions)
            self._values[key] = max(best, self._idle(states, left))
        return self._values[key]

    def _idle(self, states: _States, left: int) -> float:
        """The value of stopping: nothing where one of the possible starts has led to the goal."""
        if self._vocabulary.world.exact:
            return 0.0 if left == 0 else -math.inf
        return 0.0 if None in states else IDLE
