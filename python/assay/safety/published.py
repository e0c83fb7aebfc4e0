"""The published program's random numbers, draw by draw, for comparison with its recordings."""

from __future__ import annotations

import numpy as np

from assay.safety.streams import SeededStreams, Stream


class _Generator:
    """numpy's default generator as a ``Stream``."""

    def __init__(self, seed: int) -> None:
        self._generator = np.random.default_rng(seed)

    def random(self) -> float:
        return float(self._generator.random())

    def index(self, count: int) -> int:
        return int(self._generator.integers(0, count))


class PublishedStreams:
    """One noise generator for the whole run; actions and plans reseeded for each episode.

    The published program draws conditions from numpy's unseeded global state; here they have a
    stream of their own.
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._noise = _Generator(seed + 7777)
        self._own = SeededStreams(seed, "published")

    def stream(self, purpose: str, iteration: int, episode: int) -> Stream:
        if purpose == "spurious":
            return self._noise
        if purpose in ("replacement", "plan"):
            return _Generator(self._seed + 100 * iteration + episode)
        return self._own.stream(purpose, iteration, episode)
