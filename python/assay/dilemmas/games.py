"""The games by name: maps, rules and default numbers of agents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from assay.dilemmas import rules
from assay.dilemmas.actions import (
    Action,
    CleanupAction,
    MiningAction,
    NestedAction,
    ProductionAction,
)
from assay.names import UsageError, unknown

if TYPE_CHECKING:
    from assay.dilemmas.environment import Environment


@dataclass(frozen=True)
class GameSpec:
    """A game on one map.

    Attributes:
        name: What ``make`` takes.
        kind: The rules, shared by all maps of a game: ``gathering``, ``cleanup``, ``coop_mining``,
            ``nested_commons`` or ``production_economy``.
        actions: The actions by name; their numbers are 0 to ``len(actions) - 1``.
        parameters: Numbers of the rules; every one may be replaced in ``make``.
        agents: How many take part unless asked otherwise.
        summary: The game in one line.
        horizon: Steps of an episode unless asked otherwise.
    """

    name: str
    kind: str
    actions: type[IntEnum]
    parameters: Mapping[str, float]
    agents: int
    summary: str
    horizon: int = 1000

    @property
    def rows(self) -> tuple[str, ...]:
        """The map, row by row; a row may be shorter than others."""
        return _read_map(self.name)


@cache
def _read_map(name: str) -> tuple[str, ...]:
    text = (files("assay.dilemmas") / "maps" / f"{name}.txt").read_text("utf-8")
    return tuple(text.splitlines())


_GATHERING = ("gathering", Action, rules.GATHERING)
_CLEANUP = ("cleanup", CleanupAction, rules.CLEANUP)
_MINING = ("coop_mining", MiningAction, rules.COOP_MINING)
_SPECS = (
    GameSpec("gathering", *_GATHERING, 2, "51 apples that come back; beams take rivals out"),
    GameSpec("gathering_small", *_GATHERING, 2, "the same with 14 apples"),
    GameSpec("gathering_large", *_GATHERING, 10, "the same with 155 apples"),
    GameSpec(
        "commons", "gathering", Action, rules.COMMONS, 12, "apples come back only among apples"
    ),
    GameSpec("cleanup", *_CLEANUP, 5, "apples grow only while somebody cleans the river"),
    GameSpec("cleanup_small", *_CLEANUP, 5, "the same on a smaller map"),
    GameSpec("coop_mining", *_MINING, 4, "iron for one, gold for two who mine together"),
    GameSpec("coop_mining_large", *_MINING, 6, "the same on a larger map"),
    GameSpec(
        "nested_commons",
        "nested_commons",
        NestedAction,
        rules.NESTED_COMMONS,
        16,
        "four clans with a river and an orchard each, and a plaza for all",
    ),
    GameSpec(
        "production_economy",
        "production_economy",
        ProductionAction,
        rules.PRODUCTION_ECONOMY,
        8,
        "wood and stone to planks, bricks, tools and shelters before winter",
        300,
    ),
)
GAMES: Mapping[str, GameSpec] = {spec.name: spec for spec in _SPECS}


def game_spec(name: str) -> GameSpec:
    """The game of that name. Raises UsageError with the nearest name where there is none."""
    if name not in GAMES:
        raise unknown("game", name, GAMES)
    return GAMES[name]


def make(
    name: str,
    n_agents: int | None = None,
    *,
    max_steps: int | None = None,
    observations: bool = False,
    **parameters: float,
) -> Environment:
    """Make the environment of a game.

    Args:
        name: A name in ``GAMES``.
        n_agents: Number of agents; without it, the game's default.
        max_steps: Horizon; without it, the game's default.
        observations: Whether ``reset`` and ``step`` return pictures. They cost time, and policies
            that are code do without them.
        **parameters: Numbers of the rules to replace, see ``GameSpec.parameters``.

    Raises:
        UsageError: There is no such game or parameter, or a value is out of range.
    """
    from assay.dilemmas.environment import Environment

    spec = game_spec(name)
    for parameter in parameters:
        if parameter not in spec.parameters:
            raise unknown(f"parameter of {name}", parameter, spec.parameters)
    agents = spec.agents if n_agents is None else n_agents
    horizon = spec.horizon if max_steps is None else max_steps
    if horizon < 1:
        raise UsageError(f"{name}: a horizon of {horizon} steps; it has to be 1 or more")
    try:
        return Environment(spec, agents, horizon, {**spec.parameters, **parameters}, observations)
    except ValueError as error:
        raise UsageError(f"{name}: {error}") from error
