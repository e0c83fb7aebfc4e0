"""Welfare metrics of episodes, and their means over seeds.

The definitions are those of "Cooperation and Exploitation in LLM Policy Synthesis for Sequential
Social Dilemmas" (arXiv 2603.19453) and, for maximin, "Discovering Cooperative Pipelines"
(arXiv 2605.30003).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from assay.dilemmas.episode import Episode
from assay.names import UsageError

# What tables show of the metrics, in this order and under these names.
SHOWN_METRICS = {
    "efficiency": "efficiency U",
    "equality": "equality E",
    "sustainability": "sustainability S",
    "peace": "peace P",
    "maximin": "maximin",
    "mean_return": "mean return",
}


@dataclass(frozen=True)
class Metrics:
    """Welfare in one episode of T steps and n agents with returns R_i.

    Attributes:
        efficiency: U, the sum of all R_i by T.
        equality: E, 1 - sum |R_i - R_j| / (2 n sum R_i) over all pairs: 1 where all returns are
            the same. None where the returns do not sum to more than 0, and the ratio means nothing.
        equality_published: The same, but 1 where it is undefined.
        sustainability: S, the mean over agents that ever gained of the mean step, counted from 0,
            at which they did; 0 if nobody did.
        peace: P, the mean number of agents that are not in conflict (timed out).
        maximin: The lowest R_i.
        mean_return: The mean of all R_i.
    """

    efficiency: float
    equality: float | None
    equality_published: float
    sustainability: float
    peace: float
    maximin: float
    mean_return: float


@dataclass(frozen=True)
class Estimate:
    """A mean over seeds with its confidence interval (Student's t).

    Attributes:
        mean: The mean; None where no seed has a value.
        low: Lower end; None for fewer than two values.
        high: Upper end; None for fewer than two values.
        values: One value per seed, None where it is undefined. Those do not count.
    """

    mean: float | None
    low: float | None
    high: float | None
    values: tuple[float | None, ...]


def metrics(episode: Episode) -> Metrics:
    """The metrics of an episode."""
    return metrics_of(episode.rewards, episode.conflicts)


def metrics_of(rewards: npt.NDArray[np.float64], conflicts: npt.NDArray[np.bool_]) -> Metrics:
    """The metrics of rewards (T, n) and conflicts (T, n). Raises UsageError if there are none."""
    if rewards.ndim != 2 or rewards.size == 0 or rewards.shape != conflicts.shape:
        raise UsageError(
            f"rewards of shape {rewards.shape} and conflicts of shape {conflicts.shape}: both have "
            "to be (steps, agents), with one of each at least"
        )
    returns = rewards.sum(axis=0)
    steps, agents = rewards.shape
    fair = equality(returns)
    return Metrics(
        efficiency=float(returns.sum() / steps),
        equality=fair,
        equality_published=1.0 if fair is None else fair,
        sustainability=sustainability(rewards),
        peace=float((agents * steps - int(conflicts.sum())) / steps),
        maximin=float(returns.min()),
        mean_return=float(returns.mean()),
    )


def equality(returns: npt.NDArray[np.float64]) -> float | None:
    """1 minus the Gini coefficient of returns (n,); None if they sum to 0 or less."""
    total = float(returns.sum())
    if total <= 0:
        return None
    differences = float(np.abs(returns[:, None] - returns[None, :]).sum())
    return 1 - differences / (2 * len(returns) * total)


def sustainability(rewards: npt.NDArray[np.float64]) -> float:
    """Mean over the agents with any gain of the mean step at which they gained."""
    gains = rewards > 0
    counts = gains.sum(axis=0)
    earned = counts > 0
    if not earned.any():
        return 0.0
    steps = np.arange(len(rewards)) @ gains
    return float((steps[earned] / counts[earned]).mean())


def estimate(values: Sequence[float | None], confidence: float = 0.95) -> Estimate:
    """Mean and confidence interval of one value per seed."""
    known = np.array([value for value in values if value is not None], float)
    if known.size == 0:
        return Estimate(None, None, None, tuple(values))
    mean = float(known.mean())
    if known.size == 1:
        return Estimate(mean, None, None, tuple(values))
    from scipy.stats import t  # type: ignore[import-untyped]

    error = float(known.std(ddof=1)) / known.size**0.5
    margin = float(t.ppf((1 + confidence) / 2, known.size - 1)) * error
    return Estimate(mean, mean - margin, mean + margin, tuple(values))


def summarise(episodes: Sequence[Episode], confidence: float = 0.95) -> dict[str, Estimate]:
    """Mean and confidence interval of every metric over episodes, by the metric's name."""
    rows = [asdict(metrics(episode)) for episode in episodes]
    return {
        field.name: estimate([row[field.name] for row in rows], confidence)
        for field in fields(Metrics)
    }


def interval_text(estimate: Mapping[str, Any]) -> str:
    """A mean with its confidence interval, of the fields of an ``Estimate``."""
    mean, low, high = estimate["mean"], estimate["low"], estimate["high"]
    if mean is None:
        return "undefined"
    return f"{mean:.4g}" if low is None else f"{mean:.4g} ({low:.4g} to {high:.4g})"
