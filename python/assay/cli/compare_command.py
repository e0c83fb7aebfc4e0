"""``assay compare``: whether searches differ."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from assay.cli.task_commands import Json

if TYPE_CHECKING:
    from assay.search.comparison import Contrast


def compare(
    runs: Annotated[
        list[Path],
        typer.Argument(
            metavar="RUN...", help="Run folders, or folders that hold run folders; complete runs."
        ),
    ],
    as_json: Json = False,
) -> None:
    """Say whether searches differ, or whether it is the noise.

    Runs that differ in nothing but problem and seed form a group. Every two groups are compared on
    the problems and seeds that they share: the gain is best over seed score (or best minus seed
    where scores are not positive), and a 95 % bootstrap interval over these pairs says how sure
    their difference is. Beside it stands the p-value of an exact sign-flip test. Fewer than three
    pairs say nothing. With --json, one object per comparison and line.

    \b
    Examples:
      assay compare runs/nbody-autotune-seed* runs/nbody-replay-*
      assay compare runs --json
    """
    from assay.cli.terminal import Output
    from assay.report.record import run_folders
    from assay.search.comparison import contrasts, read_result

    results = [read_result(folder) for folder in run_folders(runs)]
    with Output(progress=False) as output:
        for contrast in contrasts(results):
            if as_json:
                output.print_json({**asdict(contrast), "verdict": contrast.verdict})
            else:
                output.print(*_report(contrast))


def _report(contrast: Contrast) -> Iterator[str]:
    yield f"A: {contrast.first}"
    yield f"B: {contrast.second}"
    interval = ""
    if contrast.low is not None and contrast.high is not None:
        interval = f" ({contrast.low:.3g} to {contrast.high:.3g})"
    pairs = f"{contrast.pairs} pair{'s' if contrast.pairs > 1 else ''} of runs"
    if contrast.scale == "ratio":
        yield f"B's gain is {contrast.effect:.4g} times A's{interval}, {pairs}"
    else:
        yield f"B gains {contrast.effect:+.4g} more than A{interval}, {pairs}"
    yield f"Sign-flip test: p = {contrast.p_value:.3g}"
    yield f"Verdict: {_words(contrast.verdict)}\n"


def _words(verdict: str) -> str:
    return {
        "better": "B is better",
        "worse": "B is worse",
        "within the noise": "within the noise: these runs do not show a difference",
        "too few seeds": "too few seeds: run at least three of each, with the same --seed",
    }[verdict]


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("compare")(compare)
