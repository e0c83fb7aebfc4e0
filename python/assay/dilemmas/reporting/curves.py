"""Learning curves: every welfare metric by iteration."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assay.report import Figure, RunRecord, Section, theme

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas

_METRICS = ("efficiency", "equality", "sustainability", "maximin")
Points = list[tuple[int, float, bool]]


def learning_section(record: RunRecord) -> Section | None:
    """One panel per metric; None where nothing was measured."""
    curves = {name: _points(record, name) for name in _METRICS}
    if not any(curves.values()):
        return None
    figure = Figure(
        name="learning",
        alt="Welfare metrics on the training seeds by iteration; promoted policies are filled.",
        draw=lambda canvas: _draw(canvas, curves),
        size=(4.4, 6.4),
        caption="Means over the training seeds. Filled points are policies that were promoted, by"
        " their score on other seeds; the line follows the best one.",
    )
    return Section("Learning curves", figures=[figure])


def _points(record: RunRecord, name: str) -> Points:
    """Iteration, mean, and whether promoted."""
    found: Points = []
    for step in record.steps:
        evaluation = step.attempt.evaluation
        training = evaluation.details.get("training") if evaluation else None
        mean = training["metrics"][name]["mean"] if training else None
        if mean is not None:
            found.append((step.attempt.iteration, mean, step.attempt.promoted))
    return found


def _draw(canvas: Canvas, curves: dict[str, Points]) -> None:
    panels = canvas.subplots(len(curves), 1, sharex=True)
    for position, (axes, (name, points)) in enumerate(zip(panels, curves.items(), strict=True)):
        colour = theme.series(position)
        best = [(x, y) for x, y, promoted in points if promoted]
        axes.step([x for x, _ in best], [y for _, y in best], where="post", color=colour)
        for filled in (True, False):
            own = [(x, y) for x, y, promoted in points if promoted == filled]
            axes.plot(
                [x for x, _ in own],
                [y for _, y in own],
                "o",
                color=colour,
                markersize=5,
                fillstyle="full" if filled else "none",
            )
        axes.set_ylabel(name)
    panels[-1].set_xlabel("iteration")
    panels[-1].xaxis.get_major_locator().set_params(integer=True)
