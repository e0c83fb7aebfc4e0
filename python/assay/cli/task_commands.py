"""The commands about tasks themselves: the published record, new tasks, and checking them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Tasks = Annotated[
    list[Path] | None,
    typer.Option(
        "--tasks",
        metavar="DIR",
        help="Directory with further task folders, or one such folder; may be repeated. The "
        "variable ASSAY_TASKS names such directories too.",
        show_default=False,
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON only.")]


def reference(
    task: Annotated[
        str | None,
        typer.Argument(
            metavar="TASK", help="Name of a published task; without it, all of them in short."
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Show the published results on a task.

    The record is from an Apple M1 Pro. Each line is a search by a language model: candidates tried,
    score of the seed and of the best kernel, the iteration that found it, best over seed
    (self-speedup), and the same ratio at the held-out size. Below them are the spread of the seed's
    score, which every search measured anew, and the shortest time at each size. With --json, one
    object, or one per task and line.

    \b
    Examples:
      assay reference
      assay reference hmc
      assay reference nbody --json
    """
    from assay.cli.reference import print_overview, print_reference

    if task is None:
        print_overview(as_json)
    else:
        print_reference(task, as_json)


def new_task(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the task and its folder.")],
    into: Annotated[
        Path, typer.Option(metavar="DIR", help="Directory to put the folder into.")
    ] = Path("."),
) -> None:
    """Make a new task folder, to be filled in.

    It holds a small complete task under the new name.

    \b
    Examples:
      assay new-task blur
      assay new-task blur --into mytasks
      assay lint-task mytasks/blur
      assay eval blur seed --tasks mytasks
    """
    from assay.cli.authoring import make_task

    make_task(name, into)


def lint_task(
    task: Annotated[
        str, typer.Argument(metavar="DIR", help="Folder of a task, or the name of a task.")
    ],
    device: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Device to run on: cpu or metal. Without it, Metal where the machine has it.",
            show_default=False,
        ),
    ] = None,
    all_sizes: Annotated[
        bool, typer.Option("--all-sizes", help="Check all sizes, not only the smallest.")
    ] = False,
    repeats: Annotated[
        int, typer.Option(metavar="N", min=0, help="Fresh strict verdicts that the seed must pass.")
    ] = 5,
    tasks: Tasks = None,
    as_json: Json = False,
) -> None:
    """Check a task folder.

    Can verdicts on kernels of the task be trusted? Inputs and reference have to be deterministic;
    nothing that a model reads may give a held-out size away; the seed has to pass on one fresh
    strict case after the other; the tolerance must be neither slack nor flaky, the model of the
    work plausible; kernels that do nothing, write zeros or NaN, or change their inputs have to be
    caught.

    The exit code is 0 without errors, whether or not there are warnings, 1 with errors, 2 for wrong
    usage.

    \b
    Examples:
      assay lint-task mytasks/blur
      assay lint-task mytasks/blur --all-sizes --repeats 20
      assay lint-task nbody --json
    """
    from assay.cli.authoring import lint

    raise typer.Exit(lint(task, device, all_sizes, repeats, tasks or (), as_json))


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("reference")(reference)
    app.command("new-task")(new_task)
    app.command("lint-task")(lint_task)
