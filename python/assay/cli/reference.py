"""``assay reference``: the published record of a task, or of all in short."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rich.console import RenderableType
from rich.table import Table

from assay.cli.terminal import Output, milliseconds, number, ratio, table
from assay.kernels import published
from assay.kernels.published import HeldOutRatio, Run

OUTCOMES: tuple[published.Outcome, ...] = ("ok", "compile", "pipeline", "incorrect", "llm_error")


def print_overview(as_json: bool) -> None:
    """One line per published task: how many searches, and the one with the highest self-speedup."""
    rows = table("task", "runs", "seed score", "noise", "best self-speedup", "its score", "model")
    with Output(progress=not as_json) as output:
        for task in published.published_tasks():
            if as_json:
                output.print_json(_overview(task))
                continue
            noise, best = published.seed_noise(task), _best(task)
            rows.add_row(
                task,
                str(noise.runs),
                f"{number(noise.low)} to {number(noise.high)}",
                ratio(noise.ratio),
                ratio(best.self_speedup),
                number(best.best_score),
                best.model,
            )
        if not as_json:
            output.print(rows, "", *_origin())


def _best(task: str) -> Run:
    return max(published.runs(task), key=lambda run: run.self_speedup)


def _overview(task: str) -> dict[str, Any]:
    best, noise = _best(task), published.seed_noise(task)
    return {
        "task": task,
        "runs": noise.runs,
        "seed_score_low": noise.low,
        "seed_score_high": noise.high,
        "best_score": best.best_score,
        "self_speedup": best.self_speedup,
        "model": best.model,
        "best_by_model": {
            model: {"score": run.best_score, "self_speedup": run.self_speedup}
            for model, run in published.best_by_model(task).items()
        },
    }


def print_reference(task: str, as_json: bool) -> None:
    """The searches on a task, the seed's spread and the shortest times."""
    runs = published.runs(task)
    with Output(progress=not as_json) as output:
        if as_json:
            output.print_json(_record(task))
            return
        output.print(_runs(task, runs), "", *_noise(task), "", _fastest(task), "", *_origin())


def _held_out(task: str, run: Run) -> str:
    found = published.held_out_ratio(task, run)
    if found is None:
        return "-"
    if found.ratio is None:
        return found.outcome
    return ratio(found.ratio) + (" *" if found.source == "text" else "")


def _runs(task: str, runs: tuple[Run, ...]) -> Table:
    rows = table(
        "model", "date", "tried", "seed", "best", "at", "self-speedup", "held-out",
        title=f"{task}: published searches",
    )  # fmt: skip
    for run in runs:
        started = run.started
        rows.add_row(
            run.model + ("" if run.matched else " +"),
            f"{started[:4]}-{started[4:6]}-{started[6:8]}",
            str(run.candidates),
            number(run.seed_score),
            number(run.best_score),
            str(run.best_iteration) if run.best_iteration else "seed",
            ratio(run.self_speedup),
            _held_out(task, run),
        )
    return rows


def _noise(task: str) -> Iterator[str]:
    noise = published.seed_noise(task)
    yield (
        f"The same seed was measured in every search: its score went from {number(noise.low)} to "
        f"{number(noise.high)}, a factor of {noise.ratio:.2f} that is noise."
    )
    if any(not run.matched for run in published.runs(task)):
        yield "+: not part of the published comparison of three models."
    if any(one.task == task for one in published.suite().held_out_readme):
        yield "*: only the published text has it; there is no measurement on record."


def _fastest(task: str) -> Table:
    rows = table("size", "time", "of ceiling", "seed of ceiling", "model", "iteration",
                 title="Shortest recorded times")  # fmt: skip
    seeds = published.seed_fractions(task)
    for one in published.fastest(task):
        seed = seeds[one.label]
        rows.add_row(
            one.label,
            milliseconds(one.gpu_seconds),
            f"{one.fraction:.3f}",
            f"{seed.low:.3f} to {seed.high:.3f}",
            one.model,
            str(one.iteration),
        )
    return rows


def _origin() -> Iterator[RenderableType]:
    suite = published.suite()
    ceilings = suite.ceilings
    yield (
        f"{suite.chip}; scores are fractions of {ceilings['fp32_gflops']:g} GFLOPS or "
        f"{ceilings['bandwidth_gb_s']:g} GB/s."
    )
    yield f"Source: {suite.source}."


def _ratio_record(found: HeldOutRatio | None) -> dict[str, Any] | None:
    return None if found is None else found.model_dump(mode="json")


def _record(task: str) -> dict[str, Any]:
    """Everything about a task as plain JSON values."""
    suite, noise = published.suite(), published.seed_noise(task)
    return {
        "task": task,
        "source": suite.source,
        "chip": suite.chip,
        "ceilings": suite.ceilings,
        "runs": [
            {
                **run.model_dump(mode="json", exclude={"iterations"}),
                "self_speedup": run.self_speedup,
                "held_out": _ratio_record(published.held_out_ratio(task, run)),
                "counts": {outcome: run.count(outcome) for outcome in OUTCOMES},
                "iterations": [one.model_dump(mode="json") for one in run.iterations],
            }
            for run in published.runs(task)
        ],
        "seed_score": {**noise.model_dump(mode="json"), "ratio": noise.ratio},
        "fastest": [one.model_dump(mode="json") for one in published.fastest(task)],
    }
