"""Renders figures: inline SVG that follows the page's colours, and files of SVG or PNG."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay.report import theme
from assay.report.sections import Figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas

DPI = 200  # Of PNG files.
PIXELS_PER_INCH = 96

_SETTINGS = {
    "svg.fonttype": "none",  # Text stays text: it can be read aloud, selected and searched.
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "text.color": theme.INK,
    "axes.edgecolor": theme.MUTED,
    "axes.labelcolor": theme.INK,
    "axes.facecolor": "none",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.titlesize": 10,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "grid.color": theme.RULE,
    "grid.linewidth": 0.6,
    "xtick.color": theme.MUTED,
    "ytick.color": theme.MUTED,
    "xtick.labelcolor": theme.INK,
    "ytick.labelcolor": theme.INK,
    "legend.frameon": False,
    "legend.fontsize": 9,
    "lines.linewidth": 1.6,
}


@contextmanager
def _drawn(figure: Figure, salt: str, paper: str) -> Iterator[Canvas]:
    from matplotlib import rc_context
    from matplotlib.figure import Figure as Canvas

    with rc_context({**_SETTINGS, "svg.hashsalt": salt}):
        canvas = Canvas(figsize=figure.size, layout="constrained", facecolor=paper)
        figure.draw(canvas)
        yield canvas


def svg(figure: Figure, salt: str, paper: str = "none") -> str:
    """The figure as an SVG document.

    Args:
        salt: What the identifiers in it derive from; another one for each figure of a page.
        paper: Colour of the background.
    """
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    text = io.StringIO()
    with _drawn(figure, salt, paper) as canvas:
        metadata: dict[str, Any] = {"Date": None, "Creator": None, "Format": None, "Type": None}
        FigureCanvasSVG(canvas).print_svg(text, metadata=metadata)
    return text.getvalue()


def inline(figure: Figure, salt: str) -> str:
    """The figure as an element of a page: its colours are variables, its font is the page's."""
    document = svg(figure, salt)
    element = document[document.index("<svg") :]
    element = re.sub(r"\s*<metadata>.*?</metadata>", "", element, flags=re.DOTALL)
    # Names such as axes_1 recur in every figure and are not referred to.
    element = re.sub(r' id="[\w.]+_\d+"', "", element)
    for colour, variable in theme.VARIABLES.items():
        element = element.replace(colour, f"var(--{variable})")
    element = element.replace("'DejaVu Sans'", "system-ui, 'DejaVu Sans', sans-serif")
    width, height = (round(PIXELS_PER_INCH * length) for length in figure.size)
    element = re.sub(
        r'^<svg [^>]*?viewBox="([^"]*)"[^>]*>',
        rf'<svg viewBox="\1" width="{width}" height="{height}" aria-hidden="true" focusable="false"'
        ' xmlns:xlink="http://www.w3.org/1999/xlink">',
        element,
        count=1,
        flags=re.DOTALL,
    )
    return re.sub(r">\s+<", "><", element)


def write_files(figure: Figure, folder: Path, stem: str) -> list[Path]:
    """Write ``stem.svg`` and ``stem.png`` on the light background; their paths."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    vector, pixels = folder / f"{stem}.svg", folder / f"{stem}.png"
    vector.write_text(svg(figure, stem, theme.PAPER), encoding="utf-8")
    with _drawn(figure, stem, theme.PAPER) as canvas:
        canvas.set_dpi(DPI)
        FigureCanvasAgg(canvas).print_png(pixels)
    return [vector, pixels]
