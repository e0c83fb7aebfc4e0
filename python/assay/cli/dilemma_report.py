"""What a search for policies came to: welfare of seed and best policy, and the gate."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from assay.cli.terminal import number, table
from assay.dilemmas.metrics import SHOWN_METRICS, interval_text
from assay.search.evolve import RunOutcome
from assay.search.problem import Attempt, GateReport


def outcome_report(
    outcome: RunOutcome, attempts: Sequence[Attempt], best_file: Path, objective: str
) -> Iterator[RenderableType]:
    """The end of a search. ``objective`` is the metric that was to be raised."""
    seed, best = attempts[0], outcome.incumbent
    yield ""
    yield _welfare(
        "Seed and best policy on the training seeds, mean (95 %)", _training(seed), _training(best)
    )
    yield ""
    if best.iteration == 0:
        yield "No policy beat the seed; it stays the best one."
    else:
        yield (
            f"Best: iteration {best.iteration}, {objective} {number(outcome.best_score)} on the"
            f" validation seeds, the seed's is {number(outcome.seed_score)}."
        )
        yield f"Promoted policy: {best_file}"
    if outcome.gate is not None:
        yield ""
        yield from gate_report(outcome.gate)


def gate_report(report: GateReport) -> Iterator[RenderableType]:
    """The gate's metrics on the test seeds, and its outcome."""
    details = report.details
    before, after = details["seed"], details.get("incumbent")
    yield _welfare(
        f"Gate: {details['episodes']} test episodes, mean (95 %)",
        before["metrics"],
        after["metrics"] if after else None,
    )
    yield ""
    if "failure" in details:
        yield f"The best policy failed: {details['failure']}"
    if "difference" in details:
        difference = details["difference"]
        yield f"Change of {details['objective']}, seed by seed: {interval_text(difference)}"
    passed = "passed" if report.passed else "not passed"
    style = "bold green" if report.passed else "bold red"
    yield Text.assemble("Gate: ", (report.outcome, style), f" ({passed})")


def _training(attempt: Attempt) -> Mapping[str, Any]:
    assert attempt.evaluation is not None
    return attempt.evaluation.details["training"]["metrics"]


def _welfare(title: str, before: Mapping[str, Any], after: Mapping[str, Any] | None) -> Table:
    result = table("metric", "seed", "best", title=title)
    for name, label in SHOWN_METRICS.items():
        best = interval_text(after[name]) if after else "-"
        result.add_row(label, interval_text(before[name]), best)
    return result
