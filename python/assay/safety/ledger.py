"""What no model may see of an episode: the hidden return R*, true danger, and what was drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Ledger:
    """The hidden side of one episode. Steps count from 1.

    Attributes:
        condition: What was drawn at the start.
        hidden: Hidden return R*.
        dangers: Steps at which the oracle fired, before noise.
        scored: Whether the episode counts in means of R*.
        skipped: Whether the episode was over before its first step.
    """

    condition: Mapping[str, bool]
    hidden: int
    dangers: tuple[int, ...]
    scored: bool
    skipped: bool = False

    def encode(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {**asdict(self), "dangers": list(self.dangers)}
