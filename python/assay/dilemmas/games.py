"""The games by name: maps, rules and default numbers of agents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from assay.dilemmas.actions import Action, CleanupAction
from assay.names import UsageError, unknown

if TYPE_CHECKING:
    from assay.dilemmas.environment import Environment

_BEAMS = {
    "view_ahead": 15,
    "view_side": 10,
    "beam_length": 20,
    "beam_width": 1,
    "hits_to_tag": 2,
    "timeout_steps": 25,
    "beam_enabled": 1,
    "apple_respawn_time": 25,
    "density_respawn": 0,
    "density_radius": 2,
}
_COMMONS = {"view_ahead": 20, "beam_width": 5, "hits_to_tag": 1, "density_respawn": 1}
_CLEANUP = {
    "view_ahead": 7,
    "view_side": 7,
    "beam_length": 5,
    "beam_width": 3,
    "hits_to_tag": 1,
    "timeout_steps": 25,
    "beam_enabled": 1,
    "fire_cost": 1,
    "fire_penalty": 50,
    "clean_cost": 1,
    "threshold_depletion": 0.4,
    "threshold_restoration": 0.0,
    "waste_spawn_prob": 0.5,
    "apple_respawn_prob": 0.05,
}


@dataclass(frozen=True)
class GameSpec:
    """A game on one map.

    Attributes:
        name: What ``make`` takes.
        kind: The rules, shared by all variants: ``gathering``, ``cleanup``, ``coop_mining``,
            ``nested_commons`` or ``production_economy``.
        agents: How many take part unless asked otherwise.
        horizon: Steps of an episode unless asked otherwise.
        actions: The actions by name; their numbers are 0 to ``len(actions) - 1``.
        parameters: Numbers of the rules; every one may be replaced in ``make``.
        summary: The game in one line.
    """

    name: str
    kind: str
    agents: int
    horizon: int
    actions: type[IntEnum]
    parameters: Mapping[str, float]
    summary: str

    @property
    def rows(self) -> tuple[str, ...]:
        """The map, row by row; a row may be shorter than others."""
        return _read_map(self.name)


@cache
def _read_map(name: str) -> tuple[str, ...]:
    text = (files("assay.dilemmas") / "maps" / f"{name}.txt").read_text("utf-8")
    return tuple(text.splitlines())


_SPECS = (
    GameSpec("gathering_small", "gathering", 2, 1000, Action, _BEAMS, "14 apples, 2 agents"),
    GameSpec("gathering", "gathering", 2, 1000, Action, _BEAMS, "51 apples, 2 agents"),
    GameSpec("gathering_large", "gathering", 10, 1000, Action, _BEAMS, "155 apples, 10 agents"),
    GameSpec(
        "commons", "gathering", 12, 1000, Action, {**_BEAMS, **_COMMONS}, "apples grow among apples"
    ),
    GameSpec("cleanup", "cleanup", 5, 1000, CleanupAction, _CLEANUP, "a river to keep clean"),
    GameSpec("cleanup_small", "cleanup", 5, 1000, CleanupAction, _CLEANUP, "a smaller river"),
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
