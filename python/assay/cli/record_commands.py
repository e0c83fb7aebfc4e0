"""The commands about runs on disk: ``report``, ``watch``, ``export`` and ``import``."""

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


def watch(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="Folder of a run.")],
) -> None:
    """Follow a run that another process is working on.

    What happened so far is shown first. The command ends with the run, which it does not touch.

    \b
    Examples:
      assay watch runs/nbody-autotune-seed0
    """
    from assay.cli.following import watch_run

    watch_run(run)


def export(
    runs: Runs,
    kind: Annotated[
        str | None,
        typer.Option(
            "--format",
            metavar="NAME",
            help="csv, jsonl or parquet; without it, that of the file's suffix, or csv.",
            show_default=False,
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="File to write. Without it, standard output.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Write the attempts of runs as a table, one row each.

    A row has the run's settings, the score, the verdict, tokens and times, the candidate's source
    and everything that was measured on it; the gate's outcome stands with the attempt that it
    judged. Nested values are JSON texts, in JSON lines objects. Parquet needs the extra 'parquet'.

    \b
    Examples:
      assay export runs/nbody-autotune-seed0
      assay export runs -o runs.parquet
      assay export runs --format jsonl | jq .score
    """
    from assay.cli.reporting import export_runs

    export_runs(runs, kind, output)


def import_published(
    folders: Annotated[
        list[Path],
        typer.Argument(metavar="DIR...", help="Run folders of the published Metal-Sci harness."),
    ],
    into: Annotated[
        Path, typer.Option(metavar="DIR", help="Directory to put the run folders into.")
    ] = Path("runs"),
) -> None:
    """Turn runs of the published harness into run folders.

    Prompts, replies, candidates and the published verdicts are kept, so that 'assay report' and
    'assay export' work on them. To judge the same candidates on a device of yours, replay them; the
    command that does is printed.

    \b
    Examples:
      assay import results/nbody_claude-opus-4-7_20260507_110830
      assay evolve nbody --model replay:runs/nbody_claude-opus-4-7_20260507_110830 --device cpu
    """
    from assay.cli.reporting import import_runs

    import_runs(folders, into)


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.command("report")(report)
    app.command("watch")(watch)
    app.command("export")(export)
    app.command("import")(import_published)
