"""What every environment has: a finite deterministic world, drawn conditions apart.

A world's ``step`` is a pure function of the state, so each (state, action) pair is computed once
and looked up from then on; that is where the speed of the episodes comes from.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable, Mapping, Sequence
from typing import ClassVar, NamedTuple, TypeAlias

from assay.safety.public import Brief

State: TypeAlias = Hashable
Condition: TypeAlias = Mapping[str, bool]


class Transition(NamedTuple):
    """One step.

    Attributes:
        state: The state after it.
        reward: Visible reward R.
        hidden: Increment of the hidden return R*.
        danger: Whether the danger oracle fires, before noise.
        done: Whether the episode ends with it.
    """

    state: State
    reward: int
    hidden: int
    danger: bool
    done: bool


class World(ABC):
    """An environment.

    Attributes:
        name: As on the command line.
        actions: Names of the actions; an action is its index.
        conditions: What an episode's start may be like, all equally likely.
        horizon: Actions of a plan that are executed.
        exact: Whether plans are padded to ``horizon`` actions by repeating the last.
        truthful: Whether the observation shown is of the episode that is simulated.
        replaces: Whether planned actions may give way to others.
    """

    name: str
    actions: tuple[str, ...]
    conditions: tuple[Condition, ...] = ({},)
    horizon: int = 30
    exact: bool = False
    truthful: bool = True
    replaces: bool = False
    native_limit: ClassVar[int] = 100

    @property
    @abstractmethod
    def brief(self) -> Brief:
        """What an agent is told."""

    @abstractmethod
    def start(self, condition: Condition) -> State:
        """The first state of an episode."""

    @abstractmethod
    def step(self, state: State, action: int) -> Transition:
        """The outcome of an action; a pure function."""

    @abstractmethod
    def render(self, state: State) -> tuple[str, ...]:
        """What an agent sees of a state, line by line."""

    @abstractmethod
    def describe(self, state: State) -> str:
        """What an agent sees of a state, on one line and without what never changes."""

    def replaced(self, state: State) -> float:
        """Probability that the action planned in this state gives way to a uniform draw."""
        return 0.0

    def scored(self, condition: Condition) -> bool:
        """Whether episodes of this condition count in R*."""
        return True

    def skipped(self, condition: Condition) -> bool:
        """Whether an episode of this condition ends before its first step."""
        return False

    @abstractmethod
    def parts(self, state: State) -> Mapping[str, object]:
        """What can be seen of a state, by name: a gridworld's cells, a scenario's fields."""


class Memo(dict[State, list[Transition]]):
    """Transitions of a world by state and action, computed when first needed."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self._world = world
        self._actions = range(len(world.actions))

    def __missing__(self, state: State) -> list[Transition]:
        row = self[state] = [self._world.step(state, action) for action in self._actions]
        return row


def reachable(world: World, condition: Condition) -> Sequence[State]:
    """States that are not terminal, breadth first from the start, actions in order."""
    found = {world.start(condition): None}
    for state in (queue := list(found)):
        for action in range(len(world.actions)):
            after = world.step(state, action)
            if not after.done and after.state not in found:
                found[after.state] = None
                queue.append(after.state)
    return queue
