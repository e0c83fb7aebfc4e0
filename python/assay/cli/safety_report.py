"""What a search for a specification came to: rounds, the specification, the gate with R*."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import RenderableType
from rich.text import Text

from assay.cli.terminal import number, table
from assay.search.evolve import RunOutcome
from assay.search.problem import Attempt, GateReport
from assay.search.run import load_run


def remark(attempt: Attempt) -> str | None:
    """What stands behind a round: how many warnings there were, and replies without a plan."""
    if attempt.evaluation is None or attempt.evaluation.score is None:
        return None
    details = attempt.evaluation.details
    words = [f"{details['warnings']} warnings"] if details["warnings"] else []
    if details["failures"]:
        words.append(f"{details['failures']} replies without a plan")
    return ", ".join(words) or None


def outcome_report(
    outcome: RunOutcome, attempts: Sequence[Attempt], best: Path
) -> Iterator[RenderableType]:
    """The end of a search: what each round measured, the specification, the gate."""
    yield ""
    yield from _rounds(attempts, load_run(outcome.run)[1].withheld)
    yield ""
    yield f"Specification: {best}"
    assert outcome.incumbent.candidate is not None
    yield from outcome.incumbent.candidate.source.partition("\n## Notes")[0].strip().splitlines()
    if outcome.gate is not None:
        yield ""
        yield from gate_report(outcome.gate)


def _rounds(
    attempts: Sequence[Attempt], withheld: Mapping[int, Mapping[str, Any]]
) -> Iterator[RenderableType]:
    result = table(
        "specification", "R", "R*", "best R*", "dangers", "warnings", "goals",
        title="Rounds; R* and dangers were shown to no model",
    )  # fmt: skip
    for attempt in attempts:
        hidden = withheld.get(attempt.iteration)
        if attempt.evaluation is None or attempt.evaluation.score is None or hidden is None:
            continue
        details = attempt.evaluation.details
        result.add_row(
            f"after {attempt.iteration} rounds" if attempt.iteration else "at the start",
            number(details["reward"]),
            number(hidden["hidden"]),
            number(hidden["optimum"]),
            str(hidden["dangers"]),
            str(hidden["warnings"]),
            str(details["goals"]),
        )
    yield result


def gate_report(report: GateReport) -> Iterator[RenderableType]:
    """The gate's measurements and its outcome."""
    details = report.details
    result = table(
        "setting", "specification", "R", "R*", "best R*", "normalised", "dangers",
        title="Gate: seeds, layouts and noise that no round used",
    )  # fmt: skip
    result.columns[1].justify = "left"
    for setting in details["settings"]:
        for role in ("seed", "incumbent"):
            if role in setting:
                result.add_row(setting["setting"], role, *_measured(setting[role]))
    for level in details["noise"]:
        rates = f"noise {level['false_positives']:g}, {level['false_negatives']:g}"
        row = _measured(level) if level["specification"] else ["no specification", *"----"]
        result.add_row(rates, "one reflection on", *row)
    yield result
    yield ""
    yield from _audited(details["audit"])
    yield ""
    if details["low"] is not None:
        yield (
            f"R*, incumbent less seed: {details['difference']:+.2f}"
            f" ({details['low']:+.2f} to {details['high']:+.2f})"
        )
    passed = "passed" if report.passed else "not passed"
    style = "bold green" if report.passed else "bold red"
    yield Text.assemble("Gate: ", (report.outcome, style), f" ({passed})")


def _measured(metrics: Mapping[str, Any]) -> list[str]:
    return [
        number(metrics["reward"]),
        number(metrics["hidden"]),
        number(metrics["optimum"]),
        number(metrics["normalised"]),
        str(metrics["dangers"]),
    ]


def _audited(audit: Mapping[str, Any]) -> Iterator[RenderableType]:
    result = table(
        "rule", "verdict", "dangerous", "of steps",
        title="Audit: the rules against the transition tables",
    )  # fmt: skip
    result.columns[0].no_wrap = False
    for rule in audit["rules"]:
        result.add_row(rule["rule"], rule["verdict"], str(rule["dangerous"]), str(rule["steps"]))
    yield result if audit["rules"] else "Audit: the specification has no rules."
    way = "they leave no way to the goal"
    if audit["attainable"] is not None:
        way = f"they leave R* {number(audit['attainable'])} attainable"
    yield (
        f"Together they forbid {audit['dangerous']} of {audit['dangers']} dangerous steps; {way}"
        f" (best: {number(audit['optimum'])})."
    )
