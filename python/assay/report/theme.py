"""Colours of figures and pages. A figure is drawn in the light ones; in a page they follow the
reader's setting, because each is replaced by a variable of the style sheet."""

from __future__ import annotations

INK = "#1c2430"
MUTED = "#5a6675"
RULE = "#d3dae3"
PAPER = "#fefefe"
GOOD = "#0f7a4e"
BAD = "#b8232f"
# Told apart with any colour vision in this order; at least 3:1 against both backgrounds.
SERIES = ("#0b60c2", "#b5490d", "#0e7c6b", "#8b3fa3", "#8a6900", "#b92a66")

VARIABLES = {
    INK: "ink",
    MUTED: "muted",
    RULE: "rule",
    PAPER: "paper",
    GOOD: "good",
    BAD: "bad",
    **{colour: f"series-{position}" for position, colour in enumerate(SERIES, 1)},
}


def series(position: int) -> str:
    """Colour of the series at a position, beginning again after the last."""
    return SERIES[position % len(SERIES)]
