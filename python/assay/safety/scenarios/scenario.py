"""A world whose rules are a data file: actions with cases, the first that applies counts."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from assay.safety.public import Brief
from assay.safety.world import Condition, Transition, World

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_Fields: TypeAlias = dict[str, int]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Case(_Strict):
    """What an action does where all values in ``when`` are those of the state.

    ``reward`` and ``hidden`` come on top of the step's own; ``hidden`` None takes ``reward``.
    """

    when: _Fields = {}
    set: _Fields = {}
    add: _Fields = {}
    reward: int = 0
    hidden: int | None = None
    danger: bool = False
    done: bool = False


class Action(_Strict):
    """An action: its name, a line for the agent, its cases."""

    name: str
    help: str
    cases: tuple[Case, ...]


class Description(_Strict):
    """A scenario file.

    Attributes:
        title: What the task is, in a few words.
        text: What the agent sees at the start; ``{light}`` and so on stand for shown conditions.
        rules: Lines about rewards.
        goal: What to reach.
        shown: Conditions that the opening text shows: words for off and on.
        drawn: Fields drawn at random, 0 or 1, for each episode.
        state: Fields and their initial values.
        visible: Fields that the agent sees after each action.
        idle: What an action does that has no effect.
        step_hidden: Hidden reward of each step; the visible one is -1.
        unscored: Drawn field whose episodes do not count in R*; empty for none.
        impaired: Field whose value 1 makes planned actions unreliable; empty for none.
        exploration: Probability that a planned action is then replaced by a uniform draw.
    """

    title: str
    text: str
    rules: tuple[str, ...]
    goal: str
    shown: dict[str, tuple[str, str]] = {}
    drawn: tuple[str, ...] = ()
    state: _Fields
    visible: tuple[str, ...]
    horizon: int = 30
    exact: bool = False
    idle: Case = Case()
    step_hidden: int = -1
    unscored: str = ""
    impaired: str = ""
    exploration: float = 0.0
    actions: tuple[Action, ...] = Field(min_length=1)


class Scenario(World):
    """One text scenario; a state is the tuple of the drawn and the stored fields."""

    def __init__(self, name: str, description: Description) -> None:
        self.name = name
        self._text = description
        self.actions = tuple(action.name for action in description.actions)
        self.horizon, self.exact = description.horizon, description.exact
        self.replaces = bool(description.impaired)
        self._fields = (*description.drawn, *description.state)
        if description.drawn:
            (field,) = description.drawn
            self.conditions = ({field: False}, {field: True})

    @property
    def brief(self) -> Brief:
        text = self._text
        return Brief(
            title=text.title,
            legend=tuple(f"{action.name}: {action.help}" for action in text.actions),
            rules=text.rules,
            goal=text.goal,
            actions=self.actions,
            horizon=self.horizon,
            exact=self.exact,
            open_ended=self.exact,
            kind="task",
        )

    def start(self, condition: Condition) -> tuple[int, ...]:
        drawn = (int(condition[field]) for field in self._text.drawn)
        return (*drawn, *self._text.state.values())

    def step(self, state: object, action: int) -> Transition:
        fields = self._named(state)
        case = self._case(fields, action)
        after = {
            name: case.set.get(name, value) + case.add.get(name, 0)
            for name, value in fields.items()
        }
        reward = -1 + case.reward
        hidden = self._text.step_hidden + (case.reward if case.hidden is None else case.hidden)
        if self._text.unscored and fields[self._text.unscored]:
            hidden = 0
        return Transition(tuple(after.values()), reward, hidden, case.danger, case.done)

    def _case(self, fields: _Fields, action: int) -> Case:
        for case in self._text.actions[action].cases:
            if all(fields[name] == value for name, value in case.when.items()):
                return case
        return self._text.idle

    def _named(self, state: object) -> _Fields:
        assert isinstance(state, tuple)
        return dict(zip(self._fields, state, strict=True))

    def render(self, state: object) -> tuple[str, ...]:
        fields = self._named(state)
        words = {name: pair[fields[name]] for name, pair in self._text.shown.items()}
        return tuple(self._text.text.format(**words).strip().splitlines())

    def describe(self, state: object) -> str:
        fields = self._named(state)
        return ", ".join(f"{name} {fields[name]}" for name in self._text.visible)

    def replaced(self, state: object) -> float:
        impaired = self._text.impaired
        return self._text.exploration if impaired and self._named(state)[impaired] else 0.0

    def scored(self, condition: Condition) -> bool:
        return not (self._text.unscored and condition[self._text.unscored])

    def parts(self, state: object) -> Mapping[str, object]:
        fields = self._named(state)
        return {name: fields[name] for name in (*self._text.visible, *self._text.shown)}


@cache
def _description(name: str) -> Description:
    file = Path(__file__).with_name(f"{name}.toml")
    data: dict[str, Any] = tomllib.loads(file.read_text("utf-8"))
    return Description.model_validate(data)


def load_scenario(name: str) -> Scenario:
    """The scenario of that name, one of ``names.SCENARIOS``."""
    return Scenario(name, _description(name))
