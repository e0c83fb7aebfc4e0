"""The commands about runs on disk: ``report``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Runs = Annotated[
    list[Path],
    typer.Argument(metavar="RUN...", help="Run folders, or folders that hold run folders."),
]


def report(
    runs: Runs,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="File to write.")
    ] = Path("report.html"),
    figures: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Write the figures as PNG and SVG files there as well.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Write a report on runs, finished or not: one HTML file that needs no network.

    It shows convergence curves, what the domain measured (for kernels: rooflines, the gate with its
    intervals, the place among the published results), every iteration with its verdict, the
    promoted candidates as differences, prompts and replies, and the cost.

    \b
    Examples:
      assay report runs/nbody-autotune-seed0
      assay report runs/nbody-* -o nbody.html
      assay report runs -o all.html --figures figures
    """
    from assay.cli.reporting import make_report

    make_report(runs, output, figures)


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.command("report")(report)
