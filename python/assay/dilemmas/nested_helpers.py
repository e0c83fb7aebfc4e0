"""Names that policies for Nested Commons may use besides the shared ones."""

from __future__ import annotations

from assay.dilemmas.actions import (
    CLAN_A,
    CLAN_B,
    CLAN_C,
    CLAN_D,
    GIFT_BASE,
    NUM_CLANS,
    RAID_BASE,
    TRAVEL_BASE,
    NestedAction,
)

NUM_NESTED_ACTIONS = len(NestedAction)
_STEPS = {(-1, 0): 1, (1, 0): 2, (0, 1): 3, (0, -1): 4}

__all__ = [
    "CLAN_A",
    "CLAN_B",
    "CLAN_C",
    "CLAN_D",
    "GIFT_BASE",
    "NUM_CLANS",
    "NUM_NESTED_ACTIONS",
    "RAID_BASE",
    "TRAVEL_BASE",
    "NestedAction",
    "decode_gift_target",
    "decode_raid_target",
    "decode_travel_quadrant",
    "gift",
    "is_gift_action",
    "is_raid_action",
    "is_travel_action",
    "move_to",
    "raid",
    "travel",
]


def raid(agent: int) -> int:
    """The action that raids an agent."""
    return RAID_BASE + agent


def gift(agent: int) -> int:
    """The action that gives an apple to an agent."""
    return GIFT_BASE + agent


def travel(quadrant: int) -> int:
    """The action that sets out for a quadrant."""
    return TRAVEL_BASE + quadrant


def is_raid_action(action: int) -> bool:
    """Whether an action raids."""
    return RAID_BASE <= action < GIFT_BASE


def is_gift_action(action: int) -> bool:
    """Whether an action gives."""
    return GIFT_BASE <= action < TRAVEL_BASE


def is_travel_action(action: int) -> bool:
    """Whether an action sets out for a quadrant."""
    return TRAVEL_BASE <= action < TRAVEL_BASE + NUM_CLANS


def decode_raid_target(action: int) -> int:
    """Whom a raid is on."""
    return action - RAID_BASE


def decode_gift_target(action: int) -> int:
    """Whom a gift is for."""
    return action - GIFT_BASE


def decode_travel_quadrant(action: int) -> int:
    """Where a journey leads."""
    return action - TRAVEL_BASE


def move_to(dr: int, dc: int) -> int:
    """The action that moves by (dr, dc): NOOP for anything but a unit step."""
    return _STEPS.get((dr, dc), 0)
