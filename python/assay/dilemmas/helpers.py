"""Functions that policies may call. Agents never block a search; walls and the border do."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from assay._native import bfs_nearest_apple, bfs_to_target_set, bfs_toward
from assay.dilemmas import actions as names
from assay.dilemmas import nested_helpers
from assay.dilemmas.actions import ROTATIONS, Action

if TYPE_CHECKING:
    from assay.dilemmas.game_views import GatheringView
    from assay.dilemmas.view import PolicyView

__all__ = [
    "bfs_nearest_apple",
    "bfs_to_target_set",
    "bfs_toward",
    "direction_to_action",
    "get_opponents",
    "namespace",
]

Opponent = tuple[int, int, int, int, int]

# By row step, column step and orientation.
_ACTIONS = {(0, 0, orientation): int(Action.STAND) for orientation in range(4)} | {
    (a * f + b * s, c * f + d * s, orientation): action
    for orientation, (a, b, c, d) in enumerate(ROTATIONS)
    for action, (f, s) in enumerate([(1, 0), (-1, 0), (0, -1), (0, 1)])
}


def direction_to_action(dr: int, dc: int, orientation: int) -> int:
    """The action that moves an agent by (dr, dc): STAND for (0, 0), FORWARD for no unit step."""
    return _ACTIONS.get((dr, dc, orientation), 0)


def get_opponents(env: GatheringView, agent_id: int) -> list[Opponent]:
    """The other agents that are not timed out, as (id, row, column, Manhattan distance, hits)."""
    positions = env.agent_pos.tolist()
    row, column = positions[agent_id]
    hits = env.agent_beam_hits.tolist()
    return [
        (other, r, c, abs(r - row) + abs(c - column), hits[other])
        for other, ((r, c), timeout) in enumerate(
            zip(positions, env.agent_timeout.tolist(), strict=True)
        )
        if other != agent_id and timeout == 0
    ]


def _beam_targets_for_orient(
    env: GatheringView, row: int, column: int, orientation: int, opponents: Iterable[Opponent]
) -> list[tuple[int, int, int]]:
    """Opponents that a beam along the orientation would reach, as (id, distance, hits).

    Walls strictly between count as obstacles here, although they do not stop a beam.
    """
    a, b, c, d = ROTATIONS[orientation]
    half_width = env.beam_width // 2
    targets = []
    for other, r, s, _, hits in opponents:
        forward = a * (r - row) + c * (s - column)
        sideways = b * (r - row) + d * (s - column)
        if not 1 <= forward <= env.beam_length or abs(sideways) > half_width:
            continue
        between = (
            (row + a * step + b * sideways, column + c * step + d * sideways)
            for step in range(1, forward)
        )
        if not any(_is_wall(env, cell) for cell in between):
            targets.append((other, forward, hits))
    return targets


def _is_wall(env: PolicyView, cell: tuple[int, int]) -> bool:
    row, column = cell
    return not (0 <= row < env.height and 0 <= column < env.width) or bool(env.walls[row, column])


def _rotation_distance(current: int, target: int) -> int:
    """Quarter turns from one orientation to another, 0 to 2."""
    turns = (target - current) % 4
    return min(turns, 4 - turns)


def namespace(kind: str) -> dict[str, Any]:
    """A fresh set of the names that a policy for games of that kind may use.

    Builtins are not among them: whoever runs a policy decides about those.
    """
    from assay.dilemmas.game_views import VIEWS

    shared = {
        "np": np,
        "deque": deque,
        "GatheringEnv": VIEWS[kind],
        "Action": Action,
        "Orientation": names.Orientation,
        "_ROTATIONS": ROTATIONS,
        "NUM_ACTIONS": len(Action),
        "bfs_nearest_apple": bfs_nearest_apple,
        "bfs_to_target_set": bfs_to_target_set,
        "bfs_toward": bfs_toward,
        "direction_to_action": direction_to_action,
        "get_opponents": get_opponents,
        "_beam_targets_for_orient": _beam_targets_for_orient,
        "_rotation_distance": _rotation_distance,
    }
    return shared | _extras(kind)


def _extras(kind: str) -> dict[str, Any]:
    if kind == "cleanup":
        return {
            "CleanupAction": names.CleanupAction,
            "NUM_CLEANUP_ACTIONS": len(names.CleanupAction),
        }
    if kind == "coop_mining":
        return {
            "MiningAction": names.MiningAction,
            "NUM_MINING_ACTIONS": len(names.MiningAction),
            "IRON": names.IRON,
            "GOLD": names.GOLD,
        }
    if kind == "production_economy":
        return {
            "ProductionAction": names.ProductionAction,
            "NUM_PRODUCTION_ACTIONS": len(names.ProductionAction),
            **{item: getattr(names, item) for item in ("WOOD", "STONE", "PLANK", "BRICK")},
        }
    if kind == "nested_commons":
        return {name: getattr(nested_helpers, name) for name in nested_helpers.__all__}
    return {}
