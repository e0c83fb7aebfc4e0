"""The commands of ``assay`` and their options."""

from __future__ import annotations

import sys
from importlib.metadata import PackageNotFoundError, version
from typing import Annotated

import typer

from assay.cli import (
    attack_command,
    compare_command,
    compile_command,
    play_command,
    record_commands,
    search_commands,
    selftest_command,
    sweep_command,
    task_commands,
)
from assay.cli.errors import Commands
from assay.cli.kernel_options import Device, Measure, Timeout, Warmup
from assay.cli.task_commands import Json, Tasks

app = typer.Typer(
    name="assay",
    cls=Commands,
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    # Plain help can be read in a pipe and keeps the examples as they are written.
    rich_markup_mode=None,
)


def _print_version(wanted: bool) -> None:
    if wanted:
        try:
            typer.echo(f"assay {version('metal-assay')}")
        except PackageNotFoundError:
            typer.echo("assay, not installed")
        raise typer.Exit


@app.callback()
def _assay(
    _: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version and exit."
        ),
    ] = False,
) -> None:
    """Evaluate Metal kernels, search for faster ones, and check the gain on held-out sizes.

    \b
    Examples:
      assay list                      which tasks there are
      assay eval nbody seed           judge the task's own kernel
      assay evolve nbody              search for a faster one, without an LLM
      assay gate runs/nbody-autotune-seed0

    'assay COMMAND --help' explains a command.
    """


@app.command("list")
def list_tasks(tasks: Tasks = None) -> None:
    """List the tasks and their sizes, and what else can be searched.

    \b
    Examples:
      assay list
      assay list --tasks mytasks
    """
    from assay.cli.listing import print_tasks

    print_tasks(tasks or ())


@app.command()
def devices(
    measure: Annotated[
        bool, typer.Option("--measure", help="Measure the ceilings anew; takes some seconds.")
    ] = False,
    as_json: Json = False,
) -> None:
    """List the devices with their ceilings.

    The ceilings are memory bandwidth and single-precision throughput. They are measured once per
    machine; measure them while it is idle, because all scores are fractions of them. With --json,
    one object per device and line.

    \b
    Examples:
      assay devices
      assay devices --measure
      assay devices --json
    """
    from assay.cli.listing import print_devices

    print_devices(measure, as_json)


@app.command("eval")
def evaluate(
    task: Annotated[str, typer.Argument(metavar="TASK", help="Name of a task; see 'assay list'.")],
    kernels: Annotated[
        list[str],
        typer.Argument(
            metavar="KERNEL", help="Metal source files, or the word seed for the task's own."
        ),
    ],
    device: Device = None,
    sizes: Annotated[
        str | None,
        typer.Option(
            metavar="A,B",
            help="Sizes to evaluate, separated by commas. Without it, all in-distribution ones.",
            show_default=False,
        ),
    ] = None,
    held_out: Annotated[
        bool, typer.Option("--held-out", help="Evaluate the held-out sizes as well.")
    ] = False,
    strict: Annotated[
        bool,
        typer.Option("--strict", help="Judge correct kernels on private cases as well."),
    ] = False,
    strict_seed: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            help="Repeat the private cases of an earlier --strict, by the seed that it reported.",
            show_default=False,
        ),
    ] = None,
    warmup: Warmup = 3,
    measure: Measure = 10,
    timeout: Timeout = 60.0,
    tasks: Tasks = None,
    as_json: Json = False,
) -> None:
    """Judge kernel files.

    Each is compiled, verified against the task's reference at every size, timed and scored. With
    --json, one object per kernel and line, in the order given.

    --strict adds a verdict beside the published one: untimed runs with fresh extents, step counts,
    scalars and inputs, poisoned outputs, and a tolerance near the error of an honest kernel.

    The exit code is 0 if every kernel is ok, with --strict in both verdicts, 1 if one is not, 2 for
    wrong usage.

    \b
    Examples:
      assay eval saxpy seed
      assay eval nbody mine.metal other.metal --sizes 256_10,1024_10
      assay eval heat2d mine.metal --held-out --timeout 10
      assay eval heat2d mine.metal --strict
      assay eval blur seed --tasks mytasks
      assay eval nbody *.metal --json > results.jsonl
    """
    from assay.cli.evaluation import Request, run_evaluation
    from assay.kernels.evaluator import Settings

    settings = Settings(warmup, measure, timeout)
    strict = strict or strict_seed is not None
    request = Request(
        task, kernels, device, _labels(sizes), held_out, settings, strict, strict_seed, tasks or ()
    )
    raise typer.Exit(run_evaluation(request, as_json))


def _labels(sizes: str | None) -> list[str] | None:
    return None if sizes is None else [label.strip() for label in sizes.split(",")]


search_commands.register(app)
sweep_command.register(app)
task_commands.register(app)
compile_command.register(app)
record_commands.register(app)
play_command.register(app)
attack_command.register(app)
compare_command.register(app)
selftest_command.register(app)


def main() -> None:
    """Run the command line and exit."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show a character gets a question mark, not a traceback.
        if reconfigure := getattr(stream, "reconfigure", None):
            reconfigure(errors="replace")
    app(prog_name="assay")
