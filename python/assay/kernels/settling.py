"""When a device has warmed up: its times have stopped falling."""

from __future__ import annotations

import time
from collections.abc import Callable

# Clocks rise, caches and pages fill: repetitions get faster at first, in steps or little by little.
SECONDS = 0.05
LIMIT = 0.5  # Seconds after which timing begins even where times still fall.
DROP = 0.02  # Times that are lower by less than this share are the same.
FEWEST = 2  # Repetitions that have to confirm a time, however long they take.


class Settling:
    """The times of one program while it warms up.

    They have settled when for ``seconds`` of the wall clock, and for two repetitions, none was
    lower by more than 2 % than the one with which that period began. A slow decline is therefore
    noticed as well as a step.

    Args:
        clock: Seconds of the wall clock.
    """

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._clock = clock
        self._level = float("inf")
        self._since = clock()
        self._confirmed = 0

    def add(self, seconds: float) -> None:
        """Take note of what a repetition took on the device."""
        if seconds < (1 - DROP) * self._level:
            self._level, self._since, self._confirmed = seconds, self._clock(), 0
        else:
            self._confirmed += 1

    @property
    def settled(self) -> bool:
        """Whether the times have stopped falling."""
        return self._confirmed >= FEWEST and self._clock() - self._since >= self._seconds
