"""Actions and orientations by name, as policies use them."""

from __future__ import annotations

from enum import IntEnum

IRON, GOLD = 0, 1
WOOD, STONE, PLANK, BRICK = range(4)
NUM_CLANS = 4
CLAN_A, CLAN_B, CLAN_C, CLAN_D = range(NUM_CLANS)
RAID_BASE = 6
GIFT_BASE = 22
TRAVEL_BASE = 38


class Orientation(IntEnum):
    """Where an agent faces; the number to the right of one is the next, modulo 4."""

    NORTH = 0
    EAST = 1
    SOUTH = 2
    WEST = 3


class Action(IntEnum):
    """Actions of Gathering and Commons."""

    FORWARD = 0
    BACKWARD = 1
    STEP_LEFT = 2
    STEP_RIGHT = 3
    ROTATE_LEFT = 4
    ROTATE_RIGHT = 5
    BEAM = 6
    STAND = 7


class CleanupAction(IntEnum):
    """Actions of Cleanup."""

    FORWARD = 0
    BACKWARD = 1
    STEP_LEFT = 2
    STEP_RIGHT = 3
    ROTATE_LEFT = 4
    ROTATE_RIGHT = 5
    BEAM = 6
    STAND = 7
    CLEAN = 8


class MiningAction(IntEnum):
    """Actions of Coop Mining."""

    FORWARD = 0
    BACKWARD = 1
    STEP_LEFT = 2
    STEP_RIGHT = 3
    ROTATE_LEFT = 4
    ROTATE_RIGHT = 5
    MINE = 6
    STAND = 7


NestedAction = IntEnum(  # type: ignore[misc]
    "NestedAction",
    ["NOOP", "NORTH", "SOUTH", "EAST", "WEST", "CLEAN"]
    + [f"RAID_{agent}" for agent in range(GIFT_BASE - RAID_BASE)]
    + [f"GIFT_{agent}" for agent in range(TRAVEL_BASE - GIFT_BASE)]
    + [f"TRAVEL_{clan}" for clan in "ABCD"],
    start=0,
)
NestedAction.__doc__ = "Actions of Nested Commons."


class ProductionAction(IntEnum):
    """Actions of Production Economy."""

    NOOP = 0
    NORTH = 1
    SOUTH = 2
    EAST = 3
    WEST = 4
    GATHER = 5
    CRAFT = 6
    CRAFT_TOOL = 7
    CRAFT_SHELTER = 8
    DROP_WOOD = 9
    DROP_STONE = 10
    DROP_PLANK = 11
    DROP_BRICK = 12
    PICKUP_WOOD = 13
    PICKUP_STONE = 14
    PICKUP_PLANK = 15
    PICKUP_BRICK = 16


# For each orientation (a, b, c, d): f cells forward and s to the right are
# (a * f + b * s, c * f + d * s) in rows and columns.
ROTATIONS = ((-1, 0, 0, 1), (0, 1, 1, 0), (1, 0, 0, -1), (0, -1, -1, 0))
