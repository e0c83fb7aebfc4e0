"""Convergence curves: the best score so far, relative to the seed's, against the iteration."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from assay.report import theme
from assay.report.numbers import ratio, ticks
from assay.report.record import RunRecord
from assay.report.sections import Figure, Section

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

LOGARITHMIC = 8.0  # Spread of the values from which on their axis is logarithmic.
SMALLEST_SPAN = 0.05  # Of the values' axis, relative to its top; below it there is only noise.
COLUMNS = 3  # Panels beside each other in the figure of several problems.


def values(record: RunRecord) -> tuple[list[float | None], bool]:
    """One value per step, and whether they are relative to the seed's score.

    A score that is no ratio, because the seed's is not positive, stays as it is.
    """
    relative = (record.state.seed_score or 0.0) > 0
    if relative:
        return [record.relative(step.score) for step in record.steps], True
    return [step.score for step in record.steps], False


def best_so_far(record: RunRecord) -> list[float]:
    """The incumbent's value after each step."""
    best: list[float] = []
    for step, value in zip(record.steps, values(record)[0], strict=True):
        best.append(value if step.attempt.promoted and value is not None else best[-1])
    return best


def _draw_run(axes: Axes, record: RunRecord, colour: str, label: str | None, dots: bool) -> None:
    """The curve, a dot where it reaches its end, and a cross for each attempt without a score."""
    scores, _ = values(record)
    best = best_so_far(record)
    if not best:
        return
    reached = max((i for i, step in enumerate(record.steps) if step.attempt.promoted), default=0)
    axes.step(range(len(best)), best, where="post", color=colour, label=label)
    axes.plot([reached], [best[reached]], "o", color=colour, markersize=5)
    if dots:
        tried = [
            (i, score)
            for i, (step, score) in enumerate(zip(record.steps, scores, strict=True))
            if score is not None and not step.attempt.promoted
        ]
        if tried:
            axes.plot(*zip(*tried, strict=True), "o", color=theme.MUTED, markersize=2.2)
    failed = [
        i for i, step in enumerate(record.steps) if step.score is None and step.attempt.candidate
    ]
    axes.plot(failed, [best[0]] * len(failed), "x", color=colour, markersize=4, mew=1)


def _finish(axes: Axes, records: Sequence[RunRecord]) -> None:
    from matplotlib.ticker import MaxNLocator

    axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    every = [value for record in records for value in values(record)[0] if value is not None]
    bests = [value for record in records for value in best_so_far(record)]
    low, high = min(every, default=1.0), max([*bests, *every], default=1.0)
    axes.margins(x=0.03)
    if low > 0 and high / low > LOGARITHMIC:
        axes.set_yscale("log")
        ticks(axes.yaxis)
        return
    span = max(high - low, SMALLEST_SPAN * abs(high))
    axes.set_ylim(low - 0.06 * span, low + 1.12 * span)


def convergence(record: RunRecord) -> Section:
    """The curve of one run."""

    def draw(canvas: Canvas) -> None:
        axes = canvas.subplots()
        _draw_run(axes, record, theme.SERIES[0], None, dots=True)
        _finish(axes, [record])
        axes.set_xlabel("iteration")
        axes.set_ylabel("score over the seed's" if values(record)[1] else "score")

    caption = (
        "Line: score of the incumbent. Large dot: where the last one was found. Small dots: "
        "candidates that were not promoted. Crosses: candidates without a score, drawn at the "
        "seed's."
    )
    if record.config.acceptance == "paired":
        caption += " A small dot above the line was not better when measured in turns."
    figure = Figure(
        name="convergence",
        alt=f"Best score so far against the iteration, 0 to {record.state.iterations}; "
        f"it ends at {_end(record)}, reached in iteration {_incumbent(record)}.",
        draw=draw,
        caption=caption,
    )
    return Section("Convergence", figures=(figure,))


def _incumbent(record: RunRecord) -> int:
    return record.state.incumbent.iteration if record.state.incumbent else 0


def problems_of(records: Sequence[RunRecord]) -> list[str]:
    """Their problems, each once."""
    return list(dict.fromkeys(record.config.problem for record in records))


def models_of(records: Sequence[RunRecord]) -> list[str]:
    """Their models, each once."""
    return list(dict.fromkeys(record.config.model for record in records))


def overview(records: Sequence[RunRecord]) -> Figure:
    """One panel per problem, one curve per run: as the published figure is laid out."""
    problems, models = problems_of(records), models_of(records)
    columns = min(COLUMNS, len(problems))
    rows = -(-len(problems) // columns)

    def draw(canvas: Canvas) -> None:
        grid = canvas.subplots(rows, columns, squeeze=False)
        for axes, problem in zip(grid.flat, problems, strict=False):
            _draw_panel(axes, problem, records, models)
        for axes in grid.flat[len(problems) :]:
            axes.set_visible(False)
        handles = {label: line for ax in grid.flat for line, label in _legend(ax)}
        canvas.legend(
            handles.values(), handles.keys(), loc="outside lower center", ncols=3, handlelength=1.5
        )

    return Figure(
        name="convergence",
        alt=f"Best score so far, relative to the seed's, for {', '.join(problems)}.",
        draw=draw,
        size=(3.2 * columns + 0.4, 2.3 * rows + 0.5),
        caption="Best score so far over the seed's, against the iteration. Dots: where the final "
        "best was reached. Crosses: candidates without a score.",
    )


def panel(problem: str, records: Sequence[RunRecord], models: Sequence[str]) -> Figure:
    """The runs on one problem; a model's colour is that of its position in ``models``."""
    own = [record for record in records if record.config.problem == problem]
    words = ", ".join(f"{record.config.model} {_end(record)}" for record in own)
    return Figure(
        name=f"convergence-{problem}",
        alt=f"{problem}: best score so far against the iteration. It ends at: {words}.",
        draw=lambda canvas: _draw_panel(canvas.subplots(), problem, records, models),
        size=(3.9, 2.3),
    )


def _end(record: RunRecord) -> str:
    best = best_so_far(record)
    if not best:
        return "nothing yet"
    return ratio(best[-1]) if values(record)[1] else f"{best[-1]:.4g}"


def _legend(axes: Axes) -> list[tuple[object, str]]:
    return list(zip(*axes.get_legend_handles_labels(), strict=True))


def _draw_panel(
    axes: Axes, problem: str, records: Sequence[RunRecord], models: Sequence[str]
) -> None:
    own = [record for record in records if record.config.problem == problem]
    for record in own:
        model = record.config.model
        _draw_run(axes, record, theme.series(models.index(model)), model, dots=False)
    _finish(axes, own)
    axes.set_title(problem)
