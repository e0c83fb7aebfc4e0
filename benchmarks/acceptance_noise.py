"""How often promotion rules promote noise, and how often they find a true gain.

A simulated timer stands for the machine. Each evaluation meets the machine in a state of its own
(its clock, its neighbours), which moves all its samples alike; each sample has noise of its own,
and some are disturbed. Kernels that are measured in turns meet the same state.

``python benchmarks/acceptance_noise.py`` prints the table of docs/search.md.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from assay.search.acceptance import Trial, acceptance
from assay.search.problem import Attempt, Candidate, Evaluation, Turns


@dataclass(frozen=True)
class Noise:
    """Standard deviations of the logarithm of a time, and the share of disturbed samples."""

    name: str
    state: float
    sample: float
    disturbed: float


QUIET = Noise("quiet: 1 % per sample, 1 % between evaluations", 0.01, 0.01, 0.0)
USUAL = Noise(
    "usual: 3 % per sample, 2 % of them disturbed, 5 % between evaluations", 0.05, 0.03, 0.02
)
LOUD = Noise(
    "loud: 5 % per sample, 5 % of them disturbed, 20 % between evaluations", 0.20, 0.05, 0.05
)


class SimulatedProblem:
    """Candidates state their true speed; sizes and samples as a kernel search has them."""

    name = "simulated"

    def __init__(self, noise: Noise, rng: np.random.Generator, sizes: int = 3, samples: int = 10):
        self._noise = noise
        self._rng = rng
        self._shape = (sizes, samples)

    def evaluate(self, candidate: Candidate) -> Evaluation:
        """Score by the median at each size, as published."""
        state = np.exp(self._rng.normal(0, self._noise.state, (self._shape[0], 1)))
        medians = np.median(self._times(candidate) * state, axis=1)
        return Evaluation(float(np.exp(-np.log(medians).mean())), "ok")

    def compare(self, incumbent: Candidate, challenger: Candidate) -> Turns:
        """Both in turns: the machine's state cancels out of the ratios."""
        return Turns((self._times(incumbent) / self._times(challenger)).tolist())

    def _times(self, candidate: Candidate) -> np.ndarray:
        noise = np.exp(self._rng.normal(0, self._noise.sample, self._shape))
        hit = self._rng.random(self._shape) < self._noise.disturbed
        delay = np.where(hit, 1 + self._rng.exponential(0.5, self._shape), 1)
        return noise * delay / float(candidate.source)


def search(problem: SimulatedProblem, rule: str, speeds: Sequence[float]) -> list[int]:
    """Iterations whose candidate was promoted; the seed has speed 1."""
    seed = Candidate("1.0")
    incumbent = Attempt(0, seed, problem.evaluate(seed), promoted=True)
    promoted = []
    for number, speed in enumerate(speeds, 1):
        candidate = Candidate(str(speed))
        challenger = Attempt(number, candidate, problem.evaluate(candidate))
        if acceptance(rule)(Trial(problem, incumbent, challenger, len(speeds))).promoted:
            incumbent = challenger
            promoted.append(number)
    return promoted


def share(rule: str, noise: Noise, speeds: Sequence[float], wanted: int | None, runs: int) -> float:
    """Share of runs with a promotion: of candidate ``wanted``, or of any where that is None."""
    rng = np.random.default_rng(20260)
    found = 0
    for _ in range(runs):
        promoted = search(SimulatedProblem(noise, rng), rule, speeds)
        found += bool(promoted) if wanted is None else wanted in promoted
    return found / runs


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=1000)
    runs = parser.parse_args().runs
    none, gain = [1.0] * 10, [1.0] * 4 + [1.03] + [1.0] * 5
    print("| noise | rule | runs that promote noise | runs that find a gain of 3 % |")
    print("|---|---|---|---|")
    for noise in (QUIET, USUAL, LOUD):
        for rule in ("strict", "paired"):
            false = share(rule, noise, none, None, runs)
            true = share(rule, noise, gain, 5, runs)
            print(f"| {noise.name} | `{rule}` | {false:.1%} | {true:.1%} |", flush=True)


if __name__ == "__main__":
    main()
