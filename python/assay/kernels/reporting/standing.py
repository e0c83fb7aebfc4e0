"""Where a search stands among the published ones of its task."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from assay.kernels import published
from assay.report import Figure, RunRecord, Section, paragraph, theme
from assay.report.numbers import ratio, ticks

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas


def standing_section(record: RunRecord) -> Section | None:
    """Rank by self-speedup and all published searches in a row; None for other tasks."""
    speedup = record.self_speedup
    if speedup is None or record.config.problem not in published.published_tasks():
        return None
    task = record.config.problem
    place = published.place(task, self_speedup=speedup)
    assert place is not None
    noise = published.seed_noise(task)
    text = (
        f"By self-speedup (best score over seed score, as they were scored), {ratio(speedup)} "
        f"would be number {place.rank} beside the {place.runs} published searches on {task}, "
        "which ran on an Apple M1 Pro. There, the score of the unchanged seed varied by a factor "
        f"of {noise.ratio:.2f} between searches."
    )
    runs = [run for run in published.runs(task) if not run.smoke]
    return Section(
        "Among the published results", paragraph(text), [_figure(task, runs, record, speedup)]
    )


def _figure(task: str, runs: Sequence[published.Run], record: RunRecord, speedup: float) -> Figure:
    models = sorted({run.model for run in runs}, key=lambda model: -_best(runs, model))
    words = ", ".join(f"{model} {ratio(_best(runs, model))}" for model in models)
    return Figure(
        name="published",
        alt=f"Self-speedup of the published searches on {task}: {words}. This run: "
        f"{ratio(speedup)}.",
        draw=lambda canvas: _draw(canvas, task, runs, models, record, speedup),
        size=(4.4, 1.0 + 0.28 * (len(models) + 1)),
        caption="One circle per published search, a triangle where its best kernel was measured "
        "at the held-out size as well, a cross where it was wrong there.",
    )


def _best(runs: Sequence[published.Run], model: str) -> float:
    return max(run.self_speedup for run in runs if run.model == model)


def _draw(
    canvas: Canvas,
    task: str,
    runs: Sequence[published.Run],
    models: Sequence[str],
    record: RunRecord,
    speedup: float,
) -> None:
    axes = canvas.subplots()
    axes.plot([speedup], [0], "D", color=theme.SERIES[0], markersize=7, label="this run")
    axes.axvline(speedup, color=theme.SERIES[0], linewidth=0.8, linestyle=":")
    for run in runs:
        row = 1 + models.index(run.model)
        axes.plot([run.self_speedup], [row], "o", color=theme.SERIES[1], markersize=5,
                  markerfacecolor="none")  # fmt: skip
        held_out = published.held_out_ratio(task, run)
        if held_out is None:
            continue
        wrong = held_out.ratio is None
        axes.plot([1.0 if wrong else held_out.ratio], [row], "x" if wrong else "^",
                  color=theme.BAD if wrong else theme.SERIES[2], markersize=5)  # fmt: skip
    axes.axvline(1, color=theme.INK, linewidth=1)
    axes.set_xscale("log")
    axes.set_yticks(range(len(models) + 1), ["this run", *models])
    axes.invert_yaxis()
    axes.grid(axis="y", visible=False)
    axes.set_xlabel("best over seed")
    ticks(axes.xaxis)
