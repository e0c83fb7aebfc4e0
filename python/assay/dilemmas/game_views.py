"""What policies see of each game."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from assay.dilemmas.actions import GOLD, IRON, ROTATIONS, STONE, WOOD
from assay.dilemmas.view import Cells, FlagArray, IntArray, PolicyView, cells, frozen

if TYPE_CHECKING:
    from assay.dilemmas.environment import Environment

_CLEANUP_NUMBERS = (
    "apple_respawn_prob",
    "clean_cost",
    "fire_cost",
    "fire_penalty",
    "threshold_depletion",
    "threshold_restoration",
    "waste_spawn_prob",
)


class GatheringView(PolicyView):
    """The ``env`` of Gathering and Commons."""

    agent_beam_hits: IntArray
    agent_orient: IntArray
    agent_timeout: IntArray
    apple_alive: FlagArray
    apple_points: Cells
    apple_respawn_time: int
    apple_timer: IntArray
    beam_enabled: bool
    beam_length: int
    beam_width: int
    fire_beams: IntArray
    hits_to_tag: int
    n_apples: int
    obs_h: int
    obs_w: int
    observation_shape: tuple[int, int, int]
    respawn_mode: str
    timeout_steps: int
    _apple_pos: IntArray

    def _constants(self, env: Environment) -> dict[str, Any]:
        parameters = env.parameters
        apples = cells(env.letters, "A")
        shape = env.observation_shape
        by_density = parameters.get("density_respawn")
        return {
            **super()._constants(env),
            "_apple_pos": frozen(np.array(apples, np.int32).reshape(-1, 2)),
            "apple_points": apples,
            "apple_respawn_time": int(parameters.get("apple_respawn_time", 0)),
            "beam_enabled": bool(parameters["beam_enabled"]),
            "beam_length": int(parameters["beam_length"]),
            "beam_width": int(parameters["beam_width"]),
            "hits_to_tag": int(parameters["hits_to_tag"]),
            "n_apples": len(apples),
            "obs_h": shape[1],
            "obs_w": shape[2],
            "observation_shape": shape,
            "respawn_mode": "density" if by_density else "fixed",
            "timeout_steps": int(parameters["timeout_steps"]),
        }

    @property
    def _beam_cells(self) -> frozenset[tuple[int, int]]:
        """The cells that beams reached in the last step."""
        return self._reached(self.fire_beams)

    def _reached(self, shots: IntArray) -> frozenset[tuple[int, int]]:
        half = self.beam_width // 2
        cells = (
            (row + a * forward + b * right, column + c * forward + d * right)
            for row, column, orientation in shots.tolist()
            if orientation >= 0
            for a, b, c, d in [ROTATIONS[orientation]]
            for forward in range(1, self.beam_length + 1)
            for right in range(-half, half + 1)
        )
        return frozenset(
            (row, column)
            for row, column in cells
            if 0 <= row < self.height and 0 <= column < self.width and not self.walls[row, column]
        )


class CleanupView(GatheringView):
    """The ``env`` of Cleanup."""

    apple_respawn_prob: float
    clean_beams: IntArray
    clean_cost: float
    fire_cost: float
    fire_penalty: float
    potential_waste_area: int
    river_cells_list: Cells
    river_cells_set: frozenset[tuple[int, int]]
    stream_cells_list: Cells
    stream_cells_set: frozenset[tuple[int, int]]
    threshold_depletion: float
    threshold_restoration: float
    waste: FlagArray
    waste_init_list: Cells
    waste_spawn_prob: float

    def _constants(self, env: Environment) -> dict[str, Any]:
        river = cells(env.letters, "HR")
        stream = cells(env.letters, "S")
        return {
            **super()._constants(env),
            **{name: env.parameters[name] for name in _CLEANUP_NUMBERS},
            "potential_waste_area": len(river),
            "respawn_mode": "cleanup",
            "river_cells_list": river,
            "river_cells_set": frozenset(river),
            "stream_cells_list": stream,
            "stream_cells_set": frozenset(stream),
            "waste_init_list": cells(env.letters, "H"),
        }

    @property
    def _clean_beam_cells(self) -> frozenset[tuple[int, int]]:
        """The cells that clean beams reached in the last step."""
        return self._reached(self.clean_beams)

    def _compute_waste_density(self) -> float:
        """Part of the river that is dirty, 0 to 1."""
        return int(np.count_nonzero(self.waste)) / self.potential_waste_area

    def _current_apple_spawn_prob(self, density: float) -> float:
        """Probability, per step and free cell, that an apple grows."""
        depletion, restoration = self.threshold_depletion, self.threshold_restoration
        if density >= depletion:
            return 0.0
        if density <= restoration:
            return self.apple_respawn_prob
        clean = 1 - (density - restoration) / (depletion - restoration)
        return clean * self.apple_respawn_prob


class MiningView(PolicyView):
    """The ``env`` of Coop Mining. Ores are numbered: all iron row by row, then all gold."""

    agent_orient: IntArray
    apple_respawn_time: int
    beam_length: int
    gold_activator: IntArray
    gold_window_left: IntArray
    n_apples: int
    ore_alive: FlagArray
    ore_points: Cells
    ore_timer: IntArray
    ore_types: IntArray
    _ore_pos: IntArray

    def _constants(self, env: Environment) -> dict[str, Any]:
        iron, gold = cells(env.letters, "I"), cells(env.letters, "G")
        ores = iron + gold
        return {
            **super()._constants(env),
            "_ore_pos": frozen(np.array(ores, np.int32).reshape(-1, 2)),
            "apple_respawn_time": int(env.parameters["ore_respawn_time"]),
            "beam_length": int(env.parameters["beam_length"]),
            "n_apples": len(ores),
            "ore_points": ores,
            "ore_types": frozen(np.array([IRON] * len(iron) + [GOLD] * len(gold), np.int32)),
        }


class NestedView(PolicyView):
    """The ``env`` of Nested Commons. Clans are numbered 0 to 3; agent i is of clan i // 4."""

    agent_clan: tuple[int, ...]
    bonus_apples: FlagArray
    fresh_collected: IntArray
    inventory: IntArray
    orchard_apples: FlagArray
    orchard_cells: tuple[Cells, ...]
    plaza_cells: Cells
    raid_attempted: IntArray
    river_cells: tuple[Cells, ...]
    travel_left: IntArray
    w_p: float
    w_q: npt.NDArray[np.float64]

    def _constants(self, env: Environment) -> dict[str, Any]:
        return {
            **super()._constants(env),
            "agent_clan": tuple(agent // 4 for agent in range(env.n_agents)),
            "orchard_cells": tuple(cells(env.letters, letter) for letter in "ABCD"),
            "plaza_cells": cells(env.letters, "+"),
            "river_cells": tuple(cells(env.letters, letter) for letter in "abcd"),
            "spawn_points": cells(env.letters, "1234"),
        }


class ProductionView(PolicyView):
    """The ``env`` of Production Economy. Nodes are numbered: forests row by row, then quarries.

    Items are wood, stone, plank and brick, in this order.
    """

    apple_respawn_time: int
    drops: IntArray
    forge_cells: Cells
    has_tool: FlagArray
    inventory: IntArray
    masonry_cells: Cells
    n_apples: int
    node_points: Cells
    node_types: IntArray
    sawmill_cells: Cells
    shelter_count: int
    stocked: FlagArray
    tool_age: IntArray
    winter_triggered: int

    def _constants(self, env: Environment) -> dict[str, Any]:
        forests, quarries = cells(env.letters, "F"), cells(env.letters, "Q")
        types = [WOOD] * len(forests) + [STONE] * len(quarries)
        return {
            **super()._constants(env),
            # The published games report 20 here, although nodes come back at random.
            "apple_respawn_time": 20,
            "forge_cells": cells(env.letters, "G"),
            "masonry_cells": cells(env.letters, "M"),
            "n_apples": len(types),
            "node_points": forests + quarries,
            "node_types": frozen(np.array(types, np.int32)),
            "sawmill_cells": cells(env.letters, "S"),
        }


VIEWS: Mapping[str, type[PolicyView]] = {
    "gathering": GatheringView,
    "cleanup": CleanupView,
    "coop_mining": MiningView,
    "nested_commons": NestedView,
    "production_economy": ProductionView,
}
