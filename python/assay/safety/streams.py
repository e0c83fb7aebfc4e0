"""Where random numbers come from: a stream of its own for each purpose of each episode.

What the environment draws thus depends neither on the plan nor on the noise, so that methods and
noise levels are compared on the same episodes.
"""

from __future__ import annotations

import random
from typing import Protocol


class Stream(Protocol):
    """Random numbers for one purpose."""

    def random(self) -> float:
        """A number in [0, 1)."""

    def index(self, count: int) -> int:
        """A number below ``count``, all equally likely."""


class Streams(Protocol):
    """Streams of one run."""

    def stream(self, purpose: str, iteration: int, episode: int) -> Stream:
        """The stream for a purpose in an episode.

        Purposes are ``condition`` (what is drawn at the start), ``shown`` (an observation that is
        drawn apart), ``replacement`` (actions that give way to others), ``spurious`` and
        ``missed`` (noise of the warnings), ``shuffle`` and ``plan``.
        """


class SeededStream:
    """A stream of the standard library's generator, seeded with a text."""

    def __init__(self, key: str) -> None:
        self.random = random.Random(key).random

    def index(self, count: int) -> int:
        return int(self.random() * count)


class SeededStreams:
    """The default: independent streams, named by seed, scope, purpose, iteration and episode.

    Args:
        seed: Seed of the run.
        scope: What the episodes belong to, for example a world's name or ``held-out``.
    """

    def __init__(self, seed: int, scope: str) -> None:
        self._key = f"{seed}/{scope}"

    def stream(self, purpose: str, iteration: int, episode: int) -> SeededStream:
        return SeededStream(f"{self._key}/{purpose}/{iteration}/{episode}")
