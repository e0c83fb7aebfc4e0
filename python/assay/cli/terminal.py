"""Where output goes: results to standard output, progress to a terminal on standard error."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console, JustifyMethod, RenderableType
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table

WIDTH = 120  # Columns where the output is no terminal.


def console(stderr: bool = False) -> Console:
    """Console that prints text as it is: no markup, no highlighting."""
    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() or "COLUMNS" in os.environ else WIDTH
    return Console(stderr=stderr, width=width, markup=False, highlight=False, emoji=False)


def table(*columns: str, title: str | None = None) -> Table:
    """Table whose first column is text and whose other columns are numbers."""
    result = Table(title=title, title_justify="left", title_style="bold", box=None, padding=(0, 2))
    for position, column in enumerate(columns):
        justify: JustifyMethod = "left" if position == 0 else "right"
        result.add_column(column, justify=justify, header_style="dim", no_wrap=True)
    return result


class Output:
    """Results on standard output, and a progress bar on standard error below them.

    Args:
        progress: Whether to show a bar; there is none anyway where standard error is no terminal.
    """

    def __init__(self, progress: bool = True) -> None:
        self._console = console()
        self._bar = _bar() if progress and sys.stderr.isatty() else None
        self._task = self._bar.add_task("starting", total=None) if self._bar else None

    def __enter__(self) -> Output:
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def print(self, *things: RenderableType) -> None:
        """Print texts and tables, one below the other."""
        with self._without_bar():
            for thing in things:
                self._console.print(thing, soft_wrap=not isinstance(thing, Table))

    def print_json(self, value: object) -> None:
        """Print a value as one line of strict JSON, at once."""
        with self._without_bar():
            print(json.dumps(value, allow_nan=False), flush=True)

    def print_text(self, text: str) -> None:
        """Print a line as it is, at once."""
        with self._without_bar():
            print(text, flush=True)

    def show(self, text: str, done: int | None = None, total: int | None = None) -> None:
        """Say what is under way; None keeps the last ``done`` or ``total``."""
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, description=text, completed=done, total=total)

    @contextmanager
    def _without_bar(self) -> Iterator[None]:
        # The bar is drawn by another stream, which does not know where this one's text ends.
        if self._bar is not None:
            self._bar.stop()
        yield
        if self._bar is not None:
            self._bar.start()


def _bar() -> Progress:
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console(stderr=True),
        transient=True,
        # Results may go to a file; rich would send them to the terminal instead.
        redirect_stdout=False,
        redirect_stderr=False,
    )


def milliseconds(seconds: float | None) -> str:
    """A duration in milliseconds, to four digits."""
    return "-" if seconds is None else f"{number(seconds * 1e3)} ms"


def number(value: float | None) -> str:
    """A number to four digits."""
    if value is None:
        return "-"
    return f"{value:.0f}" if 1e4 <= abs(value) < 1e9 else f"{value:#.4g}".rstrip(".")


def percent(fraction: float | None) -> str:
    """A fraction in per cent, to three digits."""
    return "-" if fraction is None else f"{fraction * 100:#.3g}".rstrip(".") + " %"


def ratio(value: float | None) -> str:
    """A factor, for example ``1.23x``."""
    return "-" if value is None else f"{value:.2f}x"


def error_text(value: float | None, tolerance: float | None) -> str:
    """An error beside what is allowed."""
    if value is None:
        return "-"
    return f"{value:.1e}" if tolerance is None else f"{value:.1e} of {tolerance:.1e}"
