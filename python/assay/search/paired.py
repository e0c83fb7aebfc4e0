"""Is one candidate better than another? Paired ratios, and a bootstrap interval around them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
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
    rng = np.random.default_rng(seed)
    centre = 0.0
    means = np.zeros(RESAMPLES)
    for turns in ratios:
        logs = np.log(np.maximum(np.asarray(turns, float), 1e-12))
        centre += float(_trimmed_mean(logs[None, :])[0])
        means += _trimmed_mean(logs[rng.integers(len(logs), size=(RESAMPLES, len(logs)))])
    centre /= len(ratios)
    spread = centre - float(np.quantile(means / len(ratios), risk))
    least = min(len(turns) for turns in ratios)
    low = centre - spread * widening(least, sum(len(turns) - 1 for turns in ratios), risk)
    return Interval(math.exp(centre), math.exp(low), least)


def _trimmed_mean(values: np.ndarray) -> np.ndarray:
    """Mean of each row without its smallest and largest values."""
    count = values.shape[1]
    cut = int(count * TRIMMED)
    return np.sort(values, axis=1)[:, cut : count - cut].mean(axis=1)


def widening(turns: int, freedom: int, risk: float) -> float:
    """By how much to stretch a bootstrap interval of ``turns`` values, see ``interval``."""
    if turns < 2:
        return math.inf
    from scipy.special import stdtrit

    student = float(stdtrit(freedom, risk)) / NormalDist().inv_cdf(risk)
    return student * math.sqrt(turns / (turns - 1))
