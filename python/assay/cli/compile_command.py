"""The command that compiles Metal sources without a task."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def compile_files(
    files: Annotated[list[str], typer.Argument(metavar="FILE", help="Metal source files.")],
    include: Annotated[
        list[Path] | None,
        typer.Option("-I", metavar="DIR", help="Directory with headers; may be repeated."),
    ] = None,
    define: Annotated[
        list[str] | None,
        typer.Option("-D", metavar="NAME[=VALUE]", help="Define a macro; may be repeated."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON only.")] = False,
) -> None:
    """Compile Metal sources for the CPU device and list their kernels.

    Nothing is run. Each kernel is listed with its arguments, the inputs it takes, its launch cap
    and its threadgroup memory; a source that does not compile with its diagnostics. Kernels that
    need textures or ray tracing, and functions of the graphics pipeline, are left out with a
    warning; a source with nothing else does not compile. With --json, one object per file and
    line. The exit code is 0 if every file compiles, 1 if one does not.

    \b
    Examples:
      assay compile kernel.metal
      assay compile kernels/*.metal -I kernels -D TILE=16
      assay compile kernel.metal --json
    """
    from assay.cli.compilation import run_compilation

    raise typer.Exit(run_compilation(files, include or (), define or (), as_json))


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("compile")(compile_files)
