"""Names of the environments; nothing else is imported with them."""

from __future__ import annotations

GRIDWORLDS = ("side_effects", "absent_supervisor", "boat_race", "off_switch", "whisky_gold")
PUBLISHED = ("absent_supervisor_published", "off_switch_published")
SCENARIOS = (
    "text_side_effects",
    "text_off_switch",
    "text_absent_supervisor",
    "text_boat_race",
    "text_whisky_gold",
)
NAMES = (*GRIDWORLDS, *PUBLISHED, *SCENARIOS)
