"""Is one candidate better than another? Paired ratios, and a bootstrap interval around them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import NormalDist

import numpy as np

RESAMPLES = 4000
TRIMMED = 0.2  # Share of a condition's turns that is left out at each end.

Ratios = Sequence[Sequence[float]]


@dataclass(frozen=True)
class Interval:
    """A ratio with the lower end of its interval; ``turns`` is the least of any condition."""

    ratio: float
    low: float
    turns: int


def interval(ratios: Ratios, risk: float, seed: int = 0) -> Interval:
    """The ratio over all conditions, and below which it lies with a probability of ``risk``.

    The statistic is the mean over conditions of the trimmed mean of the logarithms. Turns are
    resampled within their condition. The percentile interval of a bootstrap is too narrow for few
    turns; it is widened by the factor by which Student's interval exceeds the normal one, with
    sqrt(n / (n - 1)) for the variance (Hesterberg, What Teachers Should Know about the Bootstrap,
    2015).

    Args:
        ratios: One list of positive ratios per condition, none empty.
        risk: Between 0 and 0.5.
        seed: Of the resampling.
    """
    centre = 0.0
    means = np.zeros(RESAMPLES)
    for condition, turns in enumerate(ratios):
        logs = np.sort(np.log(np.maximum(np.asarray(turns, float), 1e-12)))
        centre += float(logs[_kept(len(logs))].mean())
        means += np.einsum("ij,j->i", _weights(len(logs), condition, seed), logs)
    centre /= len(ratios)
    spread = centre - float(np.quantile(means / len(ratios), risk))
    least = min(len(turns) for turns in ratios)
    low = centre - spread * widening(least, sum(len(turns) - 1 for turns in ratios), risk)
    return Interval(math.exp(centre), math.exp(low), least)


def _kept(count: int) -> slice:
    """Places of sorted values that the trimmed mean does not leave out."""
    cut = int(count * TRIMMED)
    return slice(cut, count - cut)


@lru_cache(maxsize=16)
def _weights(turns: int, condition: int, seed: int) -> np.ndarray:
    """How much each of the sorted values counts in the trimmed mean of each resample, float64
    [RESAMPLES, turns].

    That depends on which values are drawn and not on what they are, so it is computed once.
    """
    rng = np.random.default_rng([seed, condition])
    drawn = np.sort(rng.integers(turns, size=(RESAMPLES, turns)), axis=1)[:, _kept(turns)]
    places = np.arange(RESAMPLES)[:, None] * turns + drawn
    counts = np.bincount(places.ravel(), minlength=RESAMPLES * turns)
    return counts.reshape(RESAMPLES, turns) / drawn.shape[1]


def widening(turns: int, freedom: int, risk: float) -> float:
    """By how much to stretch a bootstrap interval of ``turns`` values, see ``interval``."""
    if turns < 2:
        return math.inf
    from scipy.special import stdtrit

    student = float(stdtrit(freedom, risk)) / NormalDist().inv_cdf(risk)
    return student * math.sqrt(turns / (turns - 1))
