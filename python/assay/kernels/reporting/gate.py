"""The gate in a report: both kernels in turns at every size, and what the outcome means."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from markupsafe import Markup

from assay.kernels.conditions import doubts
from assay.kernels.gate import Comparison, SizeComparison
from assay.kernels.results import StrictResult
from assay.report import Fact, Figure, Section, badge, paragraph, table, theme
from assay.report.numbers import duration, error, interval, ratio, ticks

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas

MEANING = {
    "generalises": "The gain that the search found holds at sizes that it never saw.",
    "flat": "At sizes that the search never saw, the best kernel is as fast as the seed.",
    "silent regression": "At sizes that the search never saw, the best kernel is slower than the "
    "seed, although it won where it was scored.",
    "silent incorrectness": "The best kernel is wrong where the search did not look, although it "
    "was right wherever it was scored.",
    "seed kept": "No candidate was promoted, so there is nothing to compare.",
}
TONES = {"generalises": "good", "flat": "warn", "seed kept": "warn"}


def held_out_fact(comparison: Comparison) -> Fact | None:
    """Best over seed at the held-out sizes; None where nothing was measured there."""
    held_out = [size for size in comparison.sizes if size.held_out]
    if comparison.verdict != "ok":
        failed = next((size for size in comparison.sizes if size.verdict != "ok"), None)
        where = f"at {failed.label}" if failed else ""
        return Fact("Held-out speedup", comparison.verdict.replace("_", " "), where, "bad")
    if not held_out or comparison.ratio is None:
        return None
    note = f"95 %: {comparison.low:.2f} to {comparison.high:.2f}"
    return Fact("Held-out speedup", ratio(comparison.ratio), note)


def gate_section(outcome: str, comparison: Comparison) -> Section:
    """The gate's table, an interval for each size, and the outcome in words."""
    word = Markup("<p>{} {}</p>").format(
        badge(outcome, TONES.get(outcome, "bad")), MEANING.get(outcome, "")
    )
    parts = [word]
    if comparison.fail_reason:
        parts.append(paragraph(comparison.fail_reason))
    if comparison.sizes:
        parts.append(_table(comparison))
    parts += [paragraph(f"{line}.") for line in doubts(comparison.sizes)]
    for name, verdict in (
        ("Seed", comparison.seed_strict),
        ("Best kernel", comparison.incumbent_strict),
    ):
        if verdict is not None:
            parts.append(paragraph(_strict(name, verdict)))
    measured = [size for size in comparison.sizes if size.ratio is not None]
    figures = [_figure(measured)] if measured else []
    return Section("Gate: seed and best kernel in turns", Markup("").join(parts), figures)


def _table(comparison: Comparison) -> Markup:
    columns = ("size", "speedup (95 %)", "seed", "best", "error")
    rows: list[Sequence[object]] = [_row(size) for size in comparison.sizes]
    seen = in_distribution(comparison.sizes)
    if seen is not None:
        rows.append(["all in-distribution", ratio(seen), "", "", ""])
    if comparison.ratio is not None and any(size.held_out for size in comparison.sizes):
        both = interval(comparison.ratio, comparison.low, comparison.high)
        rows.append(["all held-out", both, "", "", ""])
    return table("Measured in turns, in one session", columns, rows)


def _row(size: SizeComparison) -> list[object]:
    return [
        _name(size),
        interval(size.ratio, size.low, size.high),
        duration(size.seed_seconds),
        duration(size.incumbent_seconds),
        error(size.error_value, size.tolerance),
    ]


def _name(size: SizeComparison) -> Markup:
    """The size's label with what is to be said about it."""
    held_out = Markup(" {}").format(badge("held-out")) if size.held_out else ""
    verdict = "" if size.verdict == "ok" else badge(size.verdict.replace("_", " "), "bad")
    return Markup("{}{} {}").format(size.label, held_out, verdict)


def in_distribution(sizes: Sequence[SizeComparison]) -> float | None:
    """Geometric mean of the ratios at the sizes that the search saw; None where one has none."""
    ratios = [size.ratio for size in sizes if not size.held_out]
    if not ratios or any(not value for value in ratios):
        return None
    return math.exp(sum(math.log(value) for value in ratios if value) / len(ratios))


def _strict(name: str, verdict: StrictResult) -> str:
    if verdict.passed:
        return f"{name}, strict verdict: passed, {len(verdict.cases)} private cases."
    return f"{name}, strict verdict: failed. {verdict.fail_reason or ''}"


def _figure(sizes: Sequence[SizeComparison]) -> Figure:
    words = ", ".join(
        f"{size.label}{' (held-out)' if size.held_out else ''} {ratio(size.ratio)}"
        for size in sizes
    )
    return Figure(
        name="gate",
        alt=f"Speedup of the best kernel over the seed with its interval at each size: {words}.",
        draw=lambda canvas: _draw(canvas, sizes),
        size=(4.4, 1.0 + 0.36 * len(sizes)),
        caption="Seed time over best time with 95 % bootstrap intervals, from samples taken in "
        "turns. Left of the line at 1, the best kernel is slower than the seed.",
    )


def _draw(canvas: Canvas, sizes: Sequence[SizeComparison]) -> None:
    axes = canvas.subplots()
    kinds = ((False, theme.SERIES[0], "in-distribution"), (True, theme.SERIES[1], "held-out"))
    for held_out, colour, label in kinds:
        own = [(place, size) for place, size in enumerate(sizes) if size.held_out == held_out]
        for place, size in own:
            low, high = size.low or size.ratio, size.high or size.ratio
            axes.plot([low, high], [place, place], color=colour, linewidth=2)
        if own:
            values = [size.ratio for _, size in own]
            axes.plot(values, [p for p, _ in own], "D" if held_out else "o", color=colour,
                      markersize=6, label=label)  # fmt: skip
    axes.axvline(1, color=theme.INK, linewidth=1)
    axes.set_xscale("log")
    axes.set_yticks(range(len(sizes)), [size.label for size in sizes])
    axes.invert_yaxis()
    axes.grid(axis="y", visible=False)
    axes.set_xlabel("speedup over the seed")
    ticks(axes.xaxis)
    canvas.legend(loc="outside upper right", ncols=2, handlelength=1)
