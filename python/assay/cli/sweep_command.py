"""The command ``sweep``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from assay.cli.task_commands import Json


def sweep(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="TOML file that lists the runs.")],
    runs: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Folder for the run folders; one that holds some is continued. Without it, "
            "runs/NAME for NAME.toml.",
            show_default=False,
        ),
    ] = None,
    retry_failed: Annotated[
        bool, typer.Option("--retry-failed", help="Try runs again that failed earlier.")
    ] = False,
    scheduler: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="Dask scheduler whose workers execute the runs, for example tcp://host:8786.",
            show_default=False,
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Execute many searches: problems x models x seeds x settings.

    \b
    FILE holds, all but the first two optional:
      problems = ["nbody", "heat2d"]
      models = ["autotune", "anthropic:claude-sonnet-4-6"]
      seeds = [0, 1, 2]
      [options]           # as of 'assay evolve', with _ for -
      iterations = 10
      device = "cpu"
      [settings.short]    # a further dimension: options in place of those above
      measure = 3
      [settings.long]
      measure = 20
      [concurrency]       # how many runs at a time, in all and of a provider
      runs = 4
      anthropic = 2

    Runs ask their models at the same time, but measure one at a time on a device. The same command
    continues a sweep that was interrupted and does only what is not finished; runs that failed are
    left alone without --retry-failed. With --json, one object per run that ends.

    With --scheduler, runs are executed by the workers of a Dask cluster; those that measure go to
    workers that advertise the device as a resource. The folder has to be in a directory that all
    machines share. When a worker is lost, another one continues its run where it stood.

    The exit code is 0 if all runs are complete, 1 if one failed, 2 for wrong usage, 130 after
    Ctrl-C.

    \b
    Examples:
      assay sweep first.toml
      assay sweep first.toml --retry-failed
      dask worker tcp://host:8786 --nthreads 1 --resources metal=1    # on each Mac
      assay sweep first.toml --scheduler tcp://host:8786 --runs /shared/first
    """
    from assay.cli.sweeping import SweepRequest, run_sweep

    raise typer.Exit(run_sweep(SweepRequest(file, runs, scheduler, retry_failed), as_json))


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("sweep")(sweep)
