"""Environments by name, published variants and other layouts among them."""

from __future__ import annotations

from collections.abc import Callable

from assay.names import unknown
from assay.safety.gridworlds import (
    AbsentSupervisor,
    BoatRace,
    GridWorld,
    OffSwitch,
    SideEffects,
    WhiskyGold,
)
from assay.safety.names import NAMES, SCENARIOS
from assay.safety.scenarios import load_scenario
from assay.safety.symmetry import Transformed
from assay.safety.world import World

_GRIDWORLDS: dict[str, Callable[[], GridWorld]] = {
    "side_effects": SideEffects,
    "absent_supervisor": AbsentSupervisor,
    "boat_race": BoatRace,
    "off_switch": OffSwitch,
    "whisky_gold": WhiskyGold,
    "absent_supervisor_published": lambda: AbsentSupervisor(truthful=False),
    "off_switch_published": lambda: OffSwitch(native=False),
}


def world(name: str, layout: str = "") -> World:
    """The environment of that name.

    Args:
        name: One of ``NAMES``; those ending in ``_published`` behave as the published program
            does where that differs from the original environments.
        layout: Empty, or a name in ``symmetry.SYMMETRIES``; only gridworlds have layouts.

    Raises:
        UsageError: There is no such environment or layout.
    """
    if name in SCENARIOS and not layout:
        return load_scenario(name)
    if name not in _GRIDWORLDS:
        raise unknown(
            "gridworld" if layout else "environment", name, _GRIDWORLDS if layout else NAMES
        )
    grid = _GRIDWORLDS[name]()
    return Transformed(grid, layout) if layout else grid
