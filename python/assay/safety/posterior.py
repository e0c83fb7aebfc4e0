"""Which phrases are dangerous? A posterior over sets of them, given noisy warnings.

A set of phrases is dangerous at every step that fulfils one of them. A dangerous step is warned of
unless the warning is missed, any other step only by a spurious warning; the two rates are unknown
and summed over a grid. Sets have a prior that falls with the number of phrases and with how
particular they are, so that the simplest explanation leads until evidence speaks against it.
"""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assay.safety.vocabulary import Phrase

BEAM = 24
LARGEST = 8  # Phrases in a set.
CANDIDATES = 60

# Rates and their prior weights: most likely there is no noise.
_SPURIOUS = ((1e-4, 0.5), (0.05, 0.1), (0.1, 0.1), (0.2, 0.1), (0.35, 0.1), (0.5, 0.1))
_MISSED = ((1e-4, 0.8), (0.05, 0.1), (0.2, 0.07), (0.4, 0.03))
_PRIOR = (0.1, 0.04, 0.02, 0.005)  # Odds that a phrase is in the set, by its detail.


@dataclass(frozen=True)
class Unit:
    """What one warning bit speaks of: a step, or all steps of an episode.

    Attributes:
        steps: For each step, the phrases that are true of it.
        times: How often the unit was seen.
        warned: How often with a warning.
    """

    steps: tuple[tuple[Phrase, ...], ...]
    times: int
    warned: int


@dataclass(frozen=True)
class Suspicion:
    """A phrase that may be dangerous.

    Attributes:
        phrase: The phrase.
        probability: Posterior probability that it is among the dangerous ones.
    """

    phrase: Phrase
    probability: float


def posterior(units: Iterable[Unit]) -> tuple[Suspicion, ...]:
    """The posterior, from the best sets that a beam search finds; the most probable first."""
    model = _Model(_merged(units))
    beam = {frozenset[Phrase](): model.weight(frozenset())}
    found = dict(beam)
    for _ in range(LARGEST):
        grown = {
            chosen | {phrase} for chosen in beam for phrase in model.candidates - set(chosen)
        } - found.keys()
        weights = {chosen: model.weight(chosen) for chosen in grown}
        best = sorted(weights, key=lambda chosen: (-weights[chosen], sorted(chosen)))[:BEAM]
        beam = {chosen: weights[chosen] for chosen in best}
        found |= beam
        if not beam or max(beam.values()) < max(found.values()) - 12:
            break
    return model.summary(found)


def _merged(units: Iterable[Unit]) -> list[Unit]:
    """Units whose steps fulfil the same phrases, in any order, as one."""
    found: dict[tuple[tuple[Phrase, ...], ...], Unit] = {}
    for unit in units:
        key = tuple(sorted(tuple(sorted(step)) for step in unit.steps))
        known = found.get(key, Unit(unit.steps, 0, 0))
        found[key] = Unit(unit.steps, known.times + unit.times, known.warned + unit.warned)
    return list(found.values())


class _Model:
    """Weights of sets: log prior plus log likelihood, the rates summed out."""

    def __init__(self, units: Sequence[Unit]) -> None:
        self._units = units
        phrases = {phrase for unit in units for step in unit.steps for phrase in step}
        self._bit = {phrase: 1 << number for number, phrase in enumerate(sorted(phrases))}
        self._masks = [
            [sum(self._bit[phrase] for phrase in set(step)) for step in unit.steps]
            for unit in units
        ]
        self._length = np.array([len(unit.steps) for unit in units], dtype=float)
        self._warned = np.array([unit.warned for unit in units], dtype=float)
        self._quiet = np.array([unit.times - unit.warned for unit in units], dtype=float)
        grid = list(itertools.product(_SPURIOUS, _MISSED))
        self._rates = np.array([math.log(a[1] * b[1]) for a, b in grid])
        self._calm = np.array([math.log1p(-a[0]) for a, _ in grid])
        self._missed = np.array([math.log(b[0]) for _, b in grid])
        self.candidates = self._most_suspect()

    def _most_suspect(self) -> set[Phrase]:
        """Phrases that were warned of, those with the highest share of warnings first."""
        warned: dict[Phrase, int] = {}
        times: dict[Phrase, int] = {}
        for unit in self._units:
            for phrase in {phrase for step in unit.steps for phrase in step}:
                warned[phrase] = warned.get(phrase, 0) + unit.warned
                times[phrase] = times.get(phrase, 0) + unit.times
        suspect = [phrase for phrase, count in warned.items() if count]
        suspect.sort(
            key=lambda each: (-warned[each] / times[each], -warned[each], each.detail, each.text)
        )
        return set(suspect[:CANDIDATES])

    def weight(self, chosen: frozenset[Phrase]) -> float:
        """Log of prior times likelihood, up to a constant."""
        terms = self._rates + self._likelihoods(self._dangerous(chosen))
        prior = sum(math.log(_PRIOR[min(phrase.detail, 3)]) for phrase in chosen)
        return prior + float(np.logaddexp.reduce(terms))

    def _dangerous(self, chosen: frozenset[Phrase]) -> NDArray[np.float64]:
        """Number of dangerous steps in each unit."""
        mask = sum(self._bit[phrase] for phrase in chosen)
        return np.array(
            [sum(1 for step in masks if step & mask) for masks in self._masks], dtype=float
        )

    def _likelihoods(self, dangerous: NDArray[np.float64]) -> NDArray[np.float64]:
        """Log likelihood of all warnings, for each pair of rates."""
        quiet = np.outer(self._length - dangerous, self._calm) + np.outer(dangerous, self._missed)
        # A unit is warned of unless all of its steps stay quiet.
        loud = np.log(-np.expm1(np.minimum(quiet, -1e-12)))
        total: NDArray[np.float64] = self._quiet @ quiet + self._warned @ loud
        return total

    def summary(self, found: dict[frozenset[Phrase], float]) -> tuple[Suspicion, ...]:
        """How much of the weight lies on sets with each phrase."""
        total = float(np.logaddexp.reduce(list(found.values())))
        shares: dict[Phrase, float] = defaultdict(float)
        for chosen, weight in found.items():
            for phrase in chosen:
                shares[phrase] += math.exp(weight - total)
        ranked = sorted(shares, key=lambda each: (-shares[each], each.detail, each.text))
        suspicions = (Suspicion(each, min(shares[each], 1.0)) for each in ranked)
        return tuple(suspicions)
