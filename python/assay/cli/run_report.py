"""What a search came to: seed and best kernel size by size, and the gate."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from assay.cli.evaluation import shortened, strict_text, throughput
from assay.cli.terminal import error_text, milliseconds, number, percent, ratio, table
from assay.kernels import published
from assay.kernels.conditions import doubts
from assay.kernels.gate import Comparison, SizeComparison
from assay.kernels.results import Result, SizeResult
from assay.search.evolve import RunOutcome
from assay.search.problem import Attempt, GateReport


def fails_strictly(attempt: Attempt) -> bool:
    """Whether the attempt is right by the published check alone."""
    details = attempt.evaluation.details if attempt.evaluation else {}
    strict = details.get("strict")
    return strict is not None and not strict["passed"]


def published_only(attempts: Sequence[Attempt]) -> list[int]:
    """Iterations whose kernels are right by the published check alone."""
    return [attempt.iteration for attempt in attempts if fails_strictly(attempt)]


def outcome_report(
    outcome: RunOutcome, attempts: Sequence[Attempt], best_file: Path, measure: int
) -> Iterator[RenderableType]:
    """The end of a search: sizes, promoted kernel, gate.

    Args:
        attempts: The run's history, which begins with the seed.
        measure: Timed repetitions per size that were asked for.
    """
    seed, best = _judged(attempts[0]), _judged(outcome.incumbent)
    yield ""
    yield _sizes(seed, best)
    yield from shortened([(size.label, len(size.samples)) for size in best.sizes], measure)
    yield from (f"  {line}" for line in doubts(best.sizes))
    yield ""
    if outcome.incumbent.iteration == 0:
        yield "No candidate beat the seed; it stays the best kernel."
    else:
        yield (
            f"Best: iteration {outcome.incumbent.iteration}, score {number(outcome.best_score)}, "
            f"{ratio(outcome.self_speedup)} the seed's {number(outcome.seed_score)}."
        )
        yield f"Promoted kernel: {best_file}"
        yield from _standing(seed.task, outcome.self_speedup)
    if iterations := published_only(attempts):
        numbers = ", ".join(map(str, iterations))
        yield f"Right by the published check alone, not by the strict one: iteration {numbers}"
    if outcome.gate is not None:
        yield ""
        yield from gate_report(outcome.gate, measure)


def _standing(task: str, speedup: float | None) -> Iterator[str]:
    """Where a self-speedup would stand among the published ones, where there are any."""
    place = published.place(task, self_speedup=speedup) if speedup is not None else None
    if place is not None:
        yield (
            f"By self-speedup it would be number {place.rank} beside the {place.runs} published "
            f"searches, which ran on an Apple M1 Pro (assay reference {task})."
        )


def gate_report(report: GateReport, measure: int) -> Iterator[RenderableType]:
    """The gate's measurements and its outcome; ``measure`` as in ``outcome_report``."""
    comparison = Comparison.model_validate(report.details)
    if comparison.sizes:
        yield _turns(comparison.sizes)
        counts = [(size.label, len(size.seed_samples)) for size in comparison.sizes]
        yield from shortened(counts, measure)
        yield from (f"  {line}" for line in doubts(comparison.sizes))
        yield ""
    if comparison.fail_reason:
        yield comparison.fail_reason
    if comparison.ratio is not None:
        yield f"In-distribution ratio: {ratio(_in_distribution(comparison.sizes))}"
        yield f"Held-out ratio: {_interval(comparison.ratio, comparison.low, comparison.high)}"
    for label, strict in (("Seed", comparison.seed_strict), ("Best", comparison.incumbent_strict)):
        if strict is not None:
            yield strict_text(strict, f"{label}, strict verdict")
    passed = "passed" if report.passed else "not passed"
    style = "bold green" if report.passed else "bold red"
    yield Text.assemble("Gate: ", (report.outcome, style), f" ({passed})")


def _judged(attempt: Attempt) -> Result:
    assert attempt.evaluation is not None
    return Result.model_validate(attempt.evaluation.details)


def _sizes(seed: Result, best: Result) -> Table:
    result = table(
        "size", "seed", "best", "speedup", "throughput", "of ceiling", "of attainable", "error",
        title="Seed and best kernel as they were scored",
    )  # fmt: skip
    for before, after in zip(seed.sizes, best.sizes, strict=True):
        result.add_row(
            after.label,
            milliseconds(before.gpu_seconds),
            milliseconds(after.gpu_seconds),
            ratio(_speedup(before, after)),
            throughput(after),
            percent(after.fraction),
            percent(after.attainable_fraction),
            error_text(after.error_value, after.tolerance),
        )
    return result


def _speedup(before: SizeResult, after: SizeResult) -> float | None:
    if before.gpu_seconds and after.gpu_seconds:
        return before.gpu_seconds / after.gpu_seconds
    return None


def _turns(sizes: Sequence[SizeComparison]) -> Table:
    result = table(
        "size", "seed", "best", "ratio (95 %)", "error",
        title="Gate: seed and best kernel measured in turns",
    )  # fmt: skip
    for size in sizes:
        label = f"{size.label} (held-out)" if size.held_out else size.label
        result.add_row(
            label if size.verdict == "ok" else f"{label} {size.verdict}",
            milliseconds(size.seed_seconds),
            milliseconds(size.incumbent_seconds),
            _interval(size.ratio, size.low, size.high),
            error_text(size.error_value, size.tolerance),
        )
    return result


def _interval(centre: float | None, low: float | None, high: float | None) -> str:
    if centre is None or low is None or high is None:
        return "-"
    return f"{ratio(centre)} ({low:.2f} to {high:.2f})"


def _in_distribution(sizes: Sequence[SizeComparison]) -> float | None:
    """Geometric mean of the ratios at the sizes that the search saw."""
    ratios = [size.ratio for size in sizes if not size.held_out]
    if not ratios or any(not value for value in ratios):
        return None
    return math.exp(sum(math.log(value) for value in ratios if value) / len(ratios))
