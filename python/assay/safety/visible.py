"""A world without its hidden side, for agents that know the visible rules and nothing else."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import NamedTuple

from assay.safety.public import Brief
from assay.safety.world import Condition, Memo, State, World


class Effect(NamedTuple):
    """What can be seen of a step: the state after it, its reward, whether the episode ends."""

    state: State
    reward: int
    done: bool


class VisibleWorld:
    """What a player knows: moves, walls, visible reward. No R*, no danger, no replaced actions.

    Attributes:
        openings: What an episode can begin with, and the starts that look like it.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._memo = Memo(world)
        self._effects: dict[tuple[State, int], Effect] = {}
        self.actions, self.horizon, self.exact = world.actions, world.horizon, world.exact
        self.openings = _openings(world)

    @property
    def brief(self) -> Brief:
        """What an agent is told."""
        return self._world.brief

    def step(self, state: State, action: int) -> Effect:
        """The visible outcome of an action that is executed as planned."""
        effect = self._effects.get((state, action))
        if effect is None:
            step = self._memo[state][action]
            effect = Effect(step.state, step.reward, step.done)
            self._effects[state, action] = effect
        return effect

    def parts(self, state: State) -> Mapping[str, object]:
        """What can be seen of a state, by name."""
        return self._world.parts(state)

    def describe(self, state: State) -> str:
        """What can be seen of a state, on one line."""
        return self._world.describe(state)


def _openings(world: World) -> dict[tuple[str, ...], tuple[State, ...]]:
    """Starts by what is shown. Where what is shown is drawn apart, it tells nothing."""
    likely: list[Condition] = [each for each in world.conditions if not world.skipped(each)]
    found: dict[tuple[str, ...], list[State]] = defaultdict(list)
    for condition in world.conditions if not world.truthful else likely:
        shown = world.render(world.start(condition))
        same = [condition] if world.truthful else likely
        found[shown] += [world.start(each) for each in same]
    return {shown: tuple(starts) for shown, starts in found.items()}
