"""The commands of ``assay`` and their options."""

from __future__ import annotations

import sys
from enum import Enum
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated

import typer

from assay.cli import compile_command
from assay.cli.errors import Commands
from assay.cli.task_commands import Tasks, register

LONGEST_TIMEOUT = 86_400.0

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


def _seconds(value: float) -> float:
    if not 0 < value <= LONGEST_TIMEOUT:
        raise typer.BadParameter(f"{value:g} is not between 0 and {LONGEST_TIMEOUT:g} seconds.")
    return value


class Verdicts(str, Enum):
    """What a kernel may have to pass."""

    published = "published"
    strict = "strict"


Device = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="Device to run on: cpu or metal. Without it, Metal where the machine has it.",
        show_default=False,
    ),
]
Warmup = Annotated[
    int,
    typer.Option(
        metavar="N",
        min=0,
        help="Untimed repetitions per size; of a slow kernel, no more than fit into 3 s.",
    ),
]
Measure = Annotated[
    int,
    typer.Option(
        metavar="N",
        min=1,
        help="Timed repetitions per size; of a slow kernel, no more than fit into 10 s or 3.",
    ),
]
Timeout = Annotated[
    float,
    typer.Option(
        metavar="SECONDS",
        callback=_seconds,
        help="Time for compilation and the first run at a size. Those that follow get as much "
        "again, or three times what the first one makes them expect.",
    ),
]
Promote = Annotated[
    Verdicts,
    typer.Option(
        metavar="VERDICT",
        help="Verdict that a kernel needs to be promoted: published, or strict as well.",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON only.")]


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
    """List the tasks and their sizes.

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


@app.command()
def evolve(
    problem: Annotated[
        str, typer.Argument(metavar="PROBLEM", help="Name of a task; see 'assay list'.")
    ],
    model: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="Who proposes kernels: autotune (a search without an LLM), anthropic:NAME, "
            "openai:NAME, google:NAME, or replay:DIR (the replies of an earlier run).",
        ),
    ] = "autotune",
    iterations: Annotated[
        int,
        typer.Option(metavar="N", min=0, help="Candidates to ask for, over the life of the run."),
    ] = 10,
    run: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Run folder; one that holds a run is continued. "
            "Without it, runs/PROBLEM-MODEL-seedN.",
            show_default=False,
        ),
    ] = None,
    device: Device = None,
    seed: Annotated[
        int, typer.Option(metavar="N", help="Number that autotune's random choices derive from.")
    ] = 0,
    warmup: Warmup = 3,
    measure: Measure = 10,
    timeout: Timeout = 60.0,
    promote: Promote = Verdicts.published,
    base_url: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="Server to ask instead of the provider's own; with openai:NAME, any server that "
            "offers Chat Completions.",
            show_default=False,
        ),
    ] = None,
    effort: Annotated[
        str | None,
        typer.Option(
            metavar="LEVEL",
            help="Reasoning effort in the provider's words.",
            show_default=False,
        ),
    ] = None,
    max_output_tokens: Annotated[
        int | None,
        typer.Option(
            metavar="N", min=1, help="Limit of one reply, reasoning included.", show_default=False
        ),
    ] = None,
    tasks: Tasks = None,
    as_json: Json = False,
) -> None:
    """Search for a faster kernel.

    At the end, the best kernel is compared with the seed on sizes that the search never saw.
    Everything is kept in the run folder. The same command continues a run that was interrupted;
    more --iterations extend one that is complete. With --json, one object at the end.

    The exit code is 0 if the search and the gate are complete, whatever they found; 1 if the run
    failed, 2 for wrong usage, 130 after Ctrl-C.

    \b
    Examples:
      assay evolve nbody
      assay evolve nbody --iterations 50 --seed 1
      assay evolve heat2d --promote strict
      ANTHROPIC_API_KEY=... assay evolve heat2d --model anthropic:claude-sonnet-4-6
      assay evolve saxpy --model openai:qwen3 --base-url http://localhost:8000/v1
    """
    from assay.cli.evolution import Request, run_evolution
    from assay.kernels.evaluator import Settings

    request = Request(
        problem=problem,
        model=model,
        iterations=iterations,
        folder=run,
        device=device,
        seed=seed,
        tasks=tasks or (),
        settings=Settings(warmup, measure, timeout),
        promote=promote.value,
        model_options={
            "base_url": base_url,
            "effort": effort,
            "max_output_tokens": max_output_tokens,
        },
    )
    raise typer.Exit(run_evolution(request, as_json))


@app.command()
def gate(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="Folder of a run of 'assay evolve'.")],
    tasks: Tasks = None,
    as_json: Json = False,
) -> None:
    """Run the held-out gate of a run again.

    The run's own settings hold. Seed and best kernel are measured in turns at every size. The
    outcome replaces the stored one. With --json, one object.

    The exit code is 0 if the gate is passed, 1 if not, 2 for wrong usage.

    \b
    Examples:
      assay gate runs/nbody-autotune-seed0
      assay gate runs/nbody-autotune-seed0 --json
    """
    from assay.cli.evolution import rerun_gate

    raise typer.Exit(rerun_gate(run, as_json, tasks or ()))


register(app)
compile_command.register(app)


def main() -> None:
    """Run the command line and exit."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show a character gets a question mark, not a traceback.
        if reconfigure := getattr(stream, "reconfigure", None):
            reconfigure(errors="replace")
    app(prog_name="assay")
