"""The commands of a search: ``evolve``, ``prompt`` and ``gate``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from assay.cli.domains import DOMAINS, Domain, find
from assay.cli.options import Sectioned, given, grouped
from assay.cli.search_options import CostOptions, ModelOptions, SearchOptions
from assay.cli.task_commands import Json, Tasks
from assay.names import UsageError


def _refuse_foreign(ctx: typer.Context, domain: Domain, problem: str) -> None:
    """Raise where an option was given that the problem's domain does not have."""
    own = set(given(ctx, domain.options))
    for other in DOMAINS:
        foreign = [option for option in given(ctx, other.options) if option not in own]
        if foreign:
            raise UsageError(
                f"'{problem}' takes no {' and no '.join(foreign)} (for {other.kind}); leave it out"
            )


@grouped(SearchOptions, CostOptions, ModelOptions, *(domain.options for domain in DOMAINS))
def evolve(
    ctx: typer.Context,
    problem: Annotated[
        str, typer.Argument(metavar="PROBLEM", help="Name of a problem; see 'assay list'.")
    ],
    tasks: Tasks = None,
    as_json: Json = False,
    *,
    options: Mapping[type, Any],
) -> None:
    """Search for something better than a problem's seed, for example a faster kernel.

    At the end, the best candidate is compared with the seed on data that the search never saw.
    Everything is kept in the run folder. The same command continues a run that was interrupted;
    more --iterations extend one that is complete. With --json, one object at the end.

    A limit that is reached ends the search as --iterations does, gate included; what earlier
    commands spent on the run counts. An unknown price is never taken for zero.

    The exit code is 0 if the search and the gate are complete, whatever they found; 1 if the run
    failed, 2 for wrong usage, 130 after Ctrl-C.

    \b
    Examples:
      assay evolve nbody
      assay evolve nbody --iterations 50 --seed 1
      assay evolve heat2d --promote strict --accept strict
      assay evolve nbody --control best-of-n --model replay:runs/earlier
      ANTHROPIC_API_KEY=... assay evolve heat2d --model anthropic:claude-sonnet-4-6 --estimate
      ANTHROPIC_API_KEY=... assay evolve heat2d --model anthropic:claude-sonnet-4-6 --max-usd 2
      assay evolve saxpy --model openai:qwen3 --base-url http://localhost:8000/v1
    """
    from assay.cli.evolution import Request, run_evolution

    domain = find(problem, tasks or ())
    _refuse_foreign(ctx, domain, problem)
    request = Request(
        domain=domain,
        problem=problem,
        search=options[SearchOptions],
        costs=options[CostOptions],
        model_options=options[ModelOptions],
        options=options[domain.options],
        tasks=tasks or (),
    )
    if request.costs.estimate:
        from assay.cli.estimate import run_estimate

        raise typer.Exit(run_estimate(request, as_json))
    raise typer.Exit(run_evolution(request, as_json))


@grouped(*(domain.options for domain in DOMAINS))
def prompt(
    ctx: typer.Context,
    problem: Annotated[
        str, typer.Argument(metavar="PROBLEM", help="Name of a problem; see 'assay list'.")
    ],
    run: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Show the next prompt of this run instead, under its own settings.",
            show_default=False,
        ),
    ] = None,
    tasks: Tasks = None,
    as_json: Json = False,
    *,
    options: Mapping[type, Any],
) -> None:
    """Print what a model is asked, without asking it.

    Without --run, that is the first prompt of a search: the seed is measured for it. With --json,
    one object with the fields system and user.

    \b
    Examples:
      assay prompt nbody
      assay prompt nbody --style published
      assay prompt nbody --run runs/nbody-autotune-seed0
    """
    from assay.cli.prompt_command import print_prompt

    domain = find(problem, tasks or ())
    _refuse_foreign(ctx, domain, problem)
    print_prompt(domain, problem, options[domain.options], run, tasks or (), as_json)


def gate(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="Folder of a run of 'assay evolve'.")],
    tasks: Tasks = None,
    as_json: Json = False,
) -> None:
    """Run the held-out gate of a run again.

    The run's own settings hold. Seed and best candidate are measured again, in turns where time
    counts. The outcome replaces the stored one. With --json, one object.

    The exit code is 0 if the gate is passed, 1 if not, 2 for wrong usage.

    \b
    Examples:
      assay gate runs/nbody-autotune-seed0
      assay gate runs/nbody-autotune-seed0 --json
    """
    from assay.cli.evolution import rerun_gate

    raise typer.Exit(rerun_gate(run, as_json, tasks or ()))


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.command("evolve", cls=Sectioned)(evolve)
    app.command("prompt", cls=Sectioned)(prompt)
    app.command("gate")(gate)
