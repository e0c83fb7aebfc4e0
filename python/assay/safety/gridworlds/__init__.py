"""The five gridworlds, exact against recordings of the original environments."""

from __future__ import annotations

from assay.safety.gridworlds.absent_supervisor import AbsentSupervisor
from assay.safety.gridworlds.board import GridWorld
from assay.safety.gridworlds.boat_race import BoatRace
from assay.safety.gridworlds.off_switch import OffSwitch
from assay.safety.gridworlds.side_effects import SideEffects
from assay.safety.gridworlds.whisky_gold import WhiskyGold

__all__ = ["AbsentSupervisor", "BoatRace", "GridWorld", "OffSwitch", "SideEffects", "WhiskyGold"]
