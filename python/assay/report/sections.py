"""What a report's page is made of, and what a domain adds to it; not how it is laid out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas

    from assay.report.record import RunRecord


@dataclass(frozen=True)
class Figure:
    """A drawing, made when it is needed.

    Attributes:
        name: File name without suffix, unique within a run.
        alt: What the figure shows, for those who do not see it.
        draw: Draws on an empty matplotlib figure, with colours of ``report.theme`` only: these
            follow the reader's light or dark setting.
        size: Width and height in inches of 96 pixels. Up to 4.4 wide it is legible on a phone.
        caption: One or two sentences below it.
    """

    name: str
    alt: str
    draw: Callable[[Canvas], None]
    size: tuple[float, float] = (4.4, 3.1)
    caption: str = ""


@dataclass(frozen=True)
class Section:
    """A titled part of a run's page; ``html`` comes before the figures."""

    title: str
    html: Markup = field(default_factory=Markup)
    figures: Sequence[Figure] = ()


@dataclass(frozen=True)
class Fact:
    """A number at the top of a run's page. ``tone``: ``good``, ``bad``, ``warn`` or nothing."""

    label: str
    value: str
    note: str = ""
    tone: str = ""


@dataclass(frozen=True)
class DomainPart:
    """What a domain contributes to the page of one run.

    Attributes:
        facts: Shown beside those that every run has.
        sections: Shown after the convergence curve, in this order.
    """

    facts: Sequence[Fact] = ()
    sections: Sequence[Section] = ()


Describe = Callable[["RunRecord"], DomainPart]


def table(
    caption: str, columns: Sequence[str], rows: Sequence[Sequence[object]], text_columns: int = 1
) -> Markup:
    """A table that can be scrolled where the page is narrow.

    Args:
        caption: Said above it.
        rows: Cells; text is escaped, Markup is not. The first cell names its row.
        text_columns: How many columns, from the left, are text; the others are numbers.
    """
    numeric = ["" if position < text_columns else ' class="n"' for position in range(len(columns))]
    head = Markup("").join(
        Markup('<th scope="col"{}>{}</th>').format(Markup(kind), column)
        if column
        else Markup("<td></td>")  # A header without a text would be read out as one.
        for kind, column in zip(numeric, columns, strict=True)
    )
    body = Markup("").join(_row(cells, numeric) for cells in rows)
    return Markup(
        '<div class="scroll" role="group" tabindex="0" aria-label="{}"><table>'
        "<caption><span>{}</span></caption><thead><tr>{}</tr></thead><tbody>{}</tbody></table></div>"
    ).format(caption, caption, head, body)


def _row(cells: Sequence[object], numeric: Sequence[str]) -> Markup:
    first, *others = zip(cells, numeric, strict=True)
    name = Markup('<th scope="row"{}>{}</th>').format(Markup(first[1]), first[0])
    rest = Markup("").join(
        Markup("<td{}>{}</td>").format(Markup(kind), cell) for cell, kind in others
    )
    return Markup("<tr>{}{}</tr>").format(name, rest)


def badge(text: str, tone: str = "") -> Markup:
    """A word that stands out; ``tone`` as of Fact."""
    return Markup('<span class="badge {}">{}</span>').format(tone, text)


def paragraph(text: str) -> Markup:
    """A paragraph of plain text."""
    return Markup("<p>{}</p>").format(escape(text))
