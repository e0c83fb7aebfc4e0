"""Do two ways of searching differ, or is it the noise? A paired bootstrap over seeds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from statistics import fmean
from typing import Any, Literal

import numpy as np

from assay.names import UsageError
from assay.search.config import RunConfig
from assay.search.errors import RunFolderError
from assay.search.paired import widening
from assay.search.run import load_run

RESAMPLES = 10_000
FEWEST_PAIRS = 3  # Fewer say nothing about what another seed would give.

Scale = Literal["ratio", "difference"]


@dataclass(frozen=True)
class RunResult:
    """What one run came to.

    Attributes:
        group: What distinguishes the search from others, its seed aside.
        pair: Problem and seed: runs of two groups with the same ones are compared.
        seed_score, best_score: What the search began and ended with.
    """

    folder: Path
    group: str
    pair: tuple[str, int]
    seed_score: float
    best_score: float

    @property
    def has_ratio(self) -> bool:
        """Whether best over seed says how large the gain is."""
        return self.seed_score > 0 and self.best_score > 0

    def gain(self, scale: Scale) -> float:
        """What the search gained: logarithm of best over seed, or best minus seed."""
        if scale == "ratio":
            return math.log(self.best_score / self.seed_score)
        return self.best_score - self.seed_score


@dataclass(frozen=True)
class Contrast:
    """Group ``second`` against ``first``.

    Attributes:
        scale: ``ratio``: gains are best over seed, and the effect is the geometric mean of their
            ratios; ``difference``: gains are best minus seed, where scores need not be positive.
        effect: How much more the second group gains.
        low, high: 95 % bootstrap interval over pairs, for all contrasts together, stretched for few
            pairs (see ``paired``); None with fewer than three pairs.
        neutral: The effect of no difference: 1 or 0.
        p_value: Of an exact sign-flip test of no difference, two-sided.
    """

    first: str
    second: str
    pairs: int
    scale: Scale
    effect: float
    low: float | None
    high: float | None
    p_value: float

    @property
    def neutral(self) -> float:
        """The effect where there is no difference."""
        return 1.0 if self.scale == "ratio" else 0.0

    @property
    def verdict(self) -> str:
        """``better``, ``worse``, ``within the noise``, or ``too few seeds``."""
        if self.low is None or self.high is None:
            return "too few seeds"
        if self.low <= self.neutral <= self.high:
            return "within the noise"
        return "better" if self.effect > self.neutral else "worse"


def read_result(folder: Path) -> RunResult:
    """What a run came to.

    Raises:
        RunFolderError: The folder holds no run, or one that is not complete.
    """
    config, state = load_run(folder)
    seed, best = state.seed_score, state.best_score
    if seed is None or best is None or not state.finished:
        raise RunFolderError(f"{folder}: the run is not complete. Continue it first.")
    return RunResult(folder, _group(config), (config.problem, config.seed), seed, best)


def _group(config: RunConfig) -> str:
    """The search in a few words: what differs from the defaults."""
    words = [config.model, config.acceptance]
    words += [f"{name}={value}" for name, value in sorted(config.model_options.items())]
    if config.children > 1:
        words.append(f"{config.children} children")
    if config.parent != "incumbent":
        words.append(f"parent {config.parent}")
    if config.control != "none":
        words.append(config.control)
    return ", ".join(words)


def contrasts(results: Sequence[RunResult]) -> list[Contrast]:
    """Every two groups against each other, in the order in which they first appear.

    Raises:
        UsageError: There is only one group, one with two runs for the same problem and seed, or two
            without any pair.
    """
    groups: dict[str, dict[tuple[str, int], RunResult]] = {}
    for result in results:
        own = groups.setdefault(result.group, {})
        if result.pair in own:
            raise UsageError(
                f"{own[result.pair].folder} and {result.folder} are runs of the same search with "
                f"the same seed; leave one of them out"
            )
        own[result.pair] = result
    if len(groups) < 2:
        name = next(iter(groups), "nothing")
        raise UsageError(
            f"all runs are of one search ({name}); name runs of two, with other models or settings"
        )
    pairs = list(combinations(groups, 2))
    return [_contrast(a, b, groups[a], groups[b], len(pairs)) for a, b in pairs]


def _contrast(first: str, second: str, one: Any, other: Any, drawn: int) -> Contrast:
    shared = sorted(set(one) & set(other))
    if not shared:
        raise UsageError(f"'{first}' and '{second}' have no problem and seed in common")
    both = [(one[pair], other[pair]) for pair in shared]
    is_ratio = all(result.has_ratio for pair in both for result in pair)
    scale: Scale = "ratio" if is_ratio else "difference"
    values = np.array([b.gain(scale) - a.gain(scale) for a, b in both])
    low, high = _interval(values, drawn)
    back = math.exp if is_ratio else float
    return Contrast(
        first=first,
        second=second,
        pairs=len(shared),
        scale=scale,
        effect=back(fmean(values)),
        low=None if low is None else back(low),
        high=None if high is None else back(high),
        p_value=sign_flip(values.tolist()),
    )


def _interval(values: np.ndarray, drawn: int) -> tuple[float | None, float | None]:
    """Bootstrap interval of the mean, at 95 % for all contrasts together (Bonferroni)."""
    count, risk = len(values), 0.025 / drawn
    if count < FEWEST_PAIRS:
        return None, None
    rng = np.random.default_rng(0)
    means = values[rng.integers(count, size=(RESAMPLES, count))].mean(axis=1)
    low, high = np.quantile(means, [risk, 1 - risk])
    stretch, centre = widening(count, count - 1, risk), values.mean()
    return float(centre - (centre - low) * stretch), float(centre + (high - centre) * stretch)


def sign_flip(values: Sequence[float]) -> float:
    """Probability of a mean as far from 0 if each value's sign were a coin toss; two-sided.

    Exact up to 16 values, else from 10 000 tosses.
    """
    given = np.asarray(values, float)
    count = len(given)
    if count <= 16:
        bits = (np.arange(2**count)[:, None] >> np.arange(count)) & 1
    else:
        bits = np.random.default_rng(0).integers(2, size=(RESAMPLES, count))
    means = np.abs(((2 * bits - 1) * given).mean(axis=1))
    return float((means >= abs(given.mean()) - 1e-12).mean())
