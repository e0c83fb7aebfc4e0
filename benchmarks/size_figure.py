"""Draws how the time of the seeds grows with the work."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter, LogLocator, NullLocator

if TYPE_CHECKING:
    from size_sweep import Series

PANELS = {
    "bandwidth": ("bytes moved, by the task's work model", "B"),
    "fp32": ("arithmetic, by the task's work model", "flop"),
}
COLOURS = (
    "#1f5fa8", "#c8501e", "#2c8a4b", "#8a3fa0", "#9a6f00", "#0e8a93",
    "#7a1f2b", "#5b5fc7", "#66771d", "#d0448f", "#444c56",
)  # fmt: skip
MARKERS = "osD^vPXph<>"
INK, SOFT, FAINT = "#24292f", "#57606a", "#d0d7de"
LABEL_GAP = 0.046  # Between the labels of two lines, as a share of the height of a panel.


def _spread(wanted: np.ndarray) -> np.ndarray:
    """Heights near the wanted ones, which are sorted, that keep ``LABEL_GAP``."""
    gaps = LABEL_GAP * np.arange(len(wanted))
    # Pool neighbours until the averages rise: the nearest such heights by least squares.
    blocks: list[list[float]] = []
    for height in wanted - gaps:
        blocks.append([float(height)])
        while len(blocks) > 1 and np.mean(blocks[-2]) >= np.mean(blocks[-1]):
            blocks[-2:] = [blocks[-2] + blocks[-1]]
    heights = np.concatenate([np.full(len(block), np.mean(block)) for block in blocks]) + gaps
    heights -= max(0.0, heights[-1] - 0.99)
    return heights + max(0.0, 0.01 - heights[0])


def _label(axes: Axes, lines: Sequence[tuple[Series, str]]) -> None:
    """Name each line to the right of its panel, joined to its end."""
    place = axes.transData + axes.transAxes.inverted()
    ends = np.array([place.transform((one.work[-1], one.seconds[-1])) for one, _ in lines])
    order = np.argsort(ends[:, 1])
    for index, height in zip(order, _spread(ends[order, 1]), strict=True):
        one, colour = lines[index]
        # Level as far as the panel reaches, so that no two of them cross.
        across = [ends[index, 0] + 0.012, 0.98, 1.04]
        up = [ends[index, 1], ends[index, 1], height]
        axes.plot(
            across, up, transform=axes.transAxes, color=colour, lw=0.7, alpha=0.6, clip_on=False
        )
        axes.text(
            1.05, height, f"{one.task}  {one.slope:.2f}", transform=axes.transAxes,
            color=colour, va="center", fontsize=10, fontweight="bold",
        )  # fmt: skip


def _guide(axes: Axes, series: Sequence[Series]) -> None:
    """A dashed line below the others along which time is in proportion to work."""
    (left, right), (low, high) = axes.get_xlim(), axes.get_ylim()
    rate = 0.5 * min(s / w for one in series for s, w in zip(one.seconds, one.work, strict=True))
    ends = np.array([left, right])
    axes.plot(ends, ends * rate, color="#8c959f", lw=1.2, ls=(0, (5, 4)), zorder=1)
    axes.set(xlim=(left, right), ylim=(low, high))
    at = max(low * (high / low) ** 0.08 / rate, left * (right / left) ** 0.12)
    axes.annotate(
        "slope 1", (at, at * rate), xytext=(9, -3), textcoords="offset points",
        color=SOFT, fontsize=9, va="center",
    )  # fmt: skip


def _panel(axes: Axes, series: Sequence[Series], kind: str) -> list[tuple[Series, str]]:
    lines = []
    text, unit = PANELS[kind]
    for index, one in enumerate(series):
        colour, marker = COLOURS[index % len(COLOURS)], MARKERS[index % len(MARKERS)]
        axes.plot(one.work, one.seconds, color=colour, marker=marker, ms=4.5, lw=1.6, zorder=3)
        lines.append((one, colour))
    axes.set(xscale="log", yscale="log")
    axes.set_xlabel(text, color=INK)
    axes.xaxis.set_major_formatter(EngFormatter(unit=unit))
    axes.xaxis.set_major_locator(LogLocator(numticks=20))
    axes.yaxis.set_major_formatter(EngFormatter(unit="s"))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_minor_locator(NullLocator())
    axes.grid(color=FAINT, lw=0.6)
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(colors=INK, labelsize=9, length=3, labelleft=True)
    return lines


def figure(series: Sequence[Series]) -> Figure:
    """One panel per kind of work; the number beside a name is the fitted slope."""
    drawing = Figure(figsize=(11, 5.8), facecolor="white")
    panels = drawing.subplots(1, len(PANELS), sharey=True, width_ratios=[1.6, 1])
    drawing.subplots_adjust(left=0.085, right=0.9, bottom=0.095, top=0.92, wspace=0.62)
    shares = [[one for one in series if one.ceiling == kind] for kind in PANELS]
    lines = [_panel(*parts) for parts in zip(panels, shares, PANELS, strict=True)]
    low, high = panels[0].get_ylim()
    panels[0].set_ylim(low, 1.5 * high)
    panels[0].set_ylabel("kernel time of one repetition", color=INK)
    for axes, share, named in zip(panels, shares, lines, strict=True):
        _guide(axes, share)
        _label(axes, named)
    title = "Time of the seeds on the CPU device; beside each name, the slope of the fitted line"
    drawing.text(0.012, 0.955, title, fontsize=11)
    return drawing


def draw(series: Sequence[Series], path: Path) -> None:
    """Write the figure; the same series give the same bytes."""
    # Text becomes outlines, so that no font has to be there; the ground is white in any theme.
    settings = {"svg.hashsalt": "assay", "svg.fonttype": "path", "text.color": INK}
    with matplotlib.rc_context(settings):
        path.parent.mkdir(parents=True, exist_ok=True)
        metadata = {"Date": None} if path.suffix == ".svg" else None
        figure(series).savefig(path, metadata=metadata, dpi=110)
