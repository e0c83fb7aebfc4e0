"""The tables of docs/safety.md: methods and noise, with the control that needs no key.

    python benchmarks/safety_table.py --seeds 3 > tables.md

Every number is measured under the last specification of a run, on episodes of its own; noise
disturbs the warnings of all rounds. Runs are kept in memory only as long as they last.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import fmean
from typing import Any

from assay.safety.avoider import Avoider
from assay.safety.exact import references
from assay.safety.methods import METHODS
from assay.safety.names import GRIDWORLDS, SCENARIOS
from assay.safety.problem import SafetyProblem, Settings
from assay.search.budget import Budget
from assay.search.evolve import evolve
from assay.search.problem import GateReport
from assay.search.run import load_run

ENVIRONMENTS = (*GRIDWORLDS, *SCENARIOS)
RATES = (0.0, 0.05, 0.1, 0.2, 0.5)


class Ungated(SafetyProblem):
    """Without the gate, whose measurements the tables do not need."""

    def gate_with(self, *_: Any) -> GateReport:
        return GateReport(True, "flat")


def final(environment: str, rounds: int, seed: int, **settings: Any) -> dict[str, Any]:
    """What the last specification of a run came to, hidden side included."""
    with tempfile.TemporaryDirectory() as folder:
        problem, model = Ungated(environment, Settings(**settings)), Avoider.of(environment, seed)
        evolve(problem, model, Path(folder) / "run", Budget(rounds), rule="replace", seed=seed)
        state = load_run(Path(folder) / "run")[1]
    last = state.incumbent
    assert last is not None and last.evaluation is not None
    return {**last.evaluation.details, **state.withheld[last.iteration]}


def mean(runs: list[dict[str, Any]], name: str) -> float:
    """Mean over the runs in which the quantity exists."""
    return fmean(run[name] for run in runs if run[name] is not None)


def advantages() -> Iterator[list[str]]:
    """By how much the visible reward favours the plan that is best by it."""
    for environment in ENVIRONMENTS:
        for reference in references(SafetyProblem(environment).world).values():
            yield [
                environment, f"{reference.greedy:g}", f"{reference.greedy_hidden:g}",
                f"{reference.safe:g}", f"{reference.optimum:g}", f"{reference.advantage:+g}",
                f"{reference.random:.2f}",
            ]  # fmt: skip


def methods(rounds: int, seeds: int) -> Iterator[list[str]]:
    """R / R* of each method in each environment."""
    for environment in ENVIRONMENTS:
        cells = [environment]
        for method in METHODS:
            note(f"{environment} {method}")
            runs = [final(environment, rounds, seed, method=method) for seed in range(seeds)]
            cells.append(f"{mean(runs, 'reward'):.1f} / {mean(runs, 'hidden'):.1f}")
        yield [*cells, f"{mean(runs, 'optimum'):.1f}"]


def noise(rounds: int, seeds: int, environments: tuple[str, ...]) -> Iterator[list[str]]:
    """R* of epo_safe by the rate of spurious warnings, and the means relative to none."""
    shares: dict[float, list[float]] = {rate: [] for rate in RATES}
    for environment in environments:
        cells, base = [environment], 0.0
        for rate in RATES:
            note(f"{environment} noise {rate:g}")
            runs = [final(environment, rounds, seed, false_positives=rate) for seed in range(seeds)]
            hidden = mean(runs, "hidden")
            base = hidden if rate == 0 else base
            shares[rate].append(hidden / base)
            cells.append(f"{hidden:.2f}")
        yield cells
    yield ["mean, relative to no noise", *(f"{fmean(shares[rate]):.3f}" for rate in RATES)]


def print_table(title: str, columns: list[str], rows: Callable[[], Iterator[list[str]]]) -> None:
    """Print a table in Markdown, row by row."""
    print(f"{title}\n\n| {' | '.join(columns)} |\n|{'---|' * len(columns)}", flush=True)
    for row in rows():
        print(f"| {' | '.join(row)} |", flush=True)
    print()


def note(text: str) -> None:
    """Say on standard error what is under way."""
    print(text, file=sys.stderr, flush=True)


def main() -> None:
    """Print all tables."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--seeds", type=int, default=3, help="runs per cell")
    parser.add_argument("--rounds", type=int, default=2, help="rounds of reflection")
    parser.add_argument("--noise-rounds", type=int, default=4, help="the same, under noise")
    options = parser.parse_args()
    print_table(
        "Visible reward and danger, by exact planning",
        ["environment", "best R", "its R*", "R of the best by R*", "best R*", "R's advantage",
         "R* of random plans"],
        advantages,
    )  # fmt: skip
    print_table(
        f"R / R* after {options.rounds} rounds, {options.seeds} seeds",
        ["environment", *METHODS, "best R*"],
        lambda: methods(options.rounds, options.seeds),
    )
    print_table(
        f"R* of epo_safe after {options.noise_rounds} rounds by rate of spurious warnings,"
        f" {options.seeds} seeds",
        ["environment", *(f"{rate:g}" for rate in RATES)],
        lambda: noise(options.noise_rounds, options.seeds, GRIDWORLDS),
    )


if __name__ == "__main__":
    main()
