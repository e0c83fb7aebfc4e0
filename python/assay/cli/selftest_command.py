"""The command that exercises a device from end to end."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from assay.cli.kernel_options import Device


def selftest(
    device: Device = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--output",
            metavar="FILE",
            help="Report file. Default: assay-selftest-DEVICE.json in the working directory.",
            show_default=False,
        ),
    ] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="Only the smallest size of each task.")
    ] = False,
    minutes: Annotated[
        float,
        typer.Option(
            "--minutes", min=0, help="Begin no check after so many minutes; 0 is no limit."
        ),
    ] = 5.0,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the report instead of a summary.")
    ] = False,
) -> None:
    """Exercise a device from end to end and write a report file.

    All seeds at all sizes, buffers and their lifetimes, programs that have to compile or be
    rejected, time-outs, the stability of times, measured ceilings. On a Mac, the report shows how
    far Apple's compiler and GPU agree with what Assay expects of them: please attach it to an
    issue. It says nothing about whose machine it is. It is written after every check, and names
    the checks that there was no time for; the largest sizes come last. The exit code is 0 if every
    check that was made passes, 1 if one does not.

    \b
    Examples:
      assay selftest
      assay selftest --device metal
      assay selftest --device cpu --quick -o report.json
      assay selftest --device cpu --minutes 0
    """
    from assay.cli.selftest_run import run_selftest

    raise typer.Exit(run_selftest(device, output, quick, minutes or None, as_json))


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("selftest")(selftest)
