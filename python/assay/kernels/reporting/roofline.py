"""Roofline: the throughput of seed, best kernel and candidates at each size, below the ceilings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from markupsafe import Markup

from assay.kernels.conditions import doubts
from assay.kernels.results import Result, SizeResult
from assay.report import Figure, Section, paragraph, table, theme
from assay.report.numbers import duration, number, percent, ratio, ticks

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas


def roofline_section(judged: Sequence[Result], best: Result | None) -> Section | None:
    """Seed and best kernel size by size, drawn and in numbers; None before the seed has a score.

    Args:
        judged: All evaluated kernels; the first one is the seed.
    """
    if best is None or not best.sizes:
        return None
    seed = judged[0]
    drawable = all(size.achieved for size in best.sizes)
    figures = [_figure(seed, best, judged)] if drawable else []
    parts = [_table(seed, best), *(paragraph(f"{line}.") for line in doubts(best.sizes))]
    return Section("Roofline", Markup("").join(parts), figures)


def _table(seed: Result, best: Result) -> Markup:
    before = {size.label: size for size in seed.sizes}
    columns = ("size", "speedup", "seed", "best", "throughput", "of ceiling", "attainable")
    rows = [_row(before.get(size.label), size) for size in best.sizes]
    return table("Seed and best kernel as they were scored, in-distribution sizes", columns, rows)


def _row(seed: SizeResult | None, best: SizeResult) -> list[str]:
    speedup = None
    if seed and seed.gpu_seconds and best.gpu_seconds:
        speedup = seed.gpu_seconds / best.gpu_seconds
    return [
        best.label,
        ratio(speedup),
        duration(seed.gpu_seconds if seed else None),
        duration(best.gpu_seconds),
        f"{number(best.achieved)} {best.unit or ''}",
        percent(best.fraction),
        percent(best.attainable_fraction),
    ]


def _figure(seed: Result, best: Result, judged: Sequence[Result]) -> Figure:
    names = ", ".join(f"{size.label} {percent(size.fraction)}" for size in best.sizes)
    return Figure(
        name="roofline",
        alt="Throughput of seed, best kernel and candidates below the ceiling at each size. The "
        f"best kernel reaches, of the ceiling: {names}.",
        draw=lambda canvas: _draw(canvas, seed, best, judged),
        caption="Line: the device's ceiling, which scores are fractions of. Short bars: what is "
        "attainable at a size, given the cache that its data fit into and the cost of launches.",
    )


def _draw(canvas: Canvas, seed: Result, best: Result, judged: Sequence[Result]) -> None:
    axes = canvas.subplots()
    places = {size.label: place for place, size in enumerate(best.sizes)}
    for position, result in enumerate(judged):
        _plot(
            axes, result, places, marker="o", markersize=2.2, color=theme.MUTED, linestyle="",
            label=None if position else "candidates",
        )  # fmt: skip
    _plot(
        axes, seed, places, label="seed", marker="o", markersize=6, color=theme.SERIES[1],
        markerfacecolor="none", linestyle="",
    )  # fmt: skip
    _plot(
        axes, best, places, label="best", marker="o", markersize=6, color=theme.SERIES[0],
        linestyle="",
    )  # fmt: skip
    _roofs(axes, best)
    axes.set_yscale("log")
    axes.set_ylabel(best.sizes[0].unit or "throughput")
    axes.set_xticks(range(len(places)), [_tick(size) for size in best.sizes])
    axes.set_xlim(-0.5, len(places) - 0.5)
    axes.grid(axis="x", visible=False)
    ticks(axes.yaxis)
    canvas.legend(loc="outside upper right", ncols=5, handlelength=1, columnspacing=1)


def _plot(axes: Axes, result: Result, places: dict[str, int], **style: object) -> None:
    known = [size for size in result.sizes if size.achieved and size.label in places]
    if known:
        axes.plot([places[s.label] for s in known], [s.achieved for s in known], **style)


def _roofs(axes: Axes, best: Result) -> None:
    """The ceiling across all sizes, and a bar at each for what is attainable there."""
    ceilings = [size.ceiling for size in best.sizes if size.ceiling]
    if ceilings:
        axes.axhline(ceilings[0], color=theme.INK, linewidth=1.4, label="ceiling")
    bars = [
        (place, size.achieved / size.attainable_fraction)
        for place, size in enumerate(best.sizes)
        if size.achieved and size.attainable_fraction
    ]
    for position, (place, height) in enumerate(bars):
        label = None if position else "attainable"
        axes.plot(
            [place - 0.3, place + 0.3], [height] * 2, color=theme.SERIES[2], linewidth=2,
            label=label,
        )  # fmt: skip


def _tick(size: SizeResult) -> str:
    if not size.working_set:
        return size.label
    kibibytes = size.working_set / 1024
    amount = f"{kibibytes:.3g} KiB" if kibibytes < 1000 else f"{kibibytes / 1024:.3g} MiB"
    return f"{size.label}\n{amount}"
