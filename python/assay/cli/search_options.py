"""Options of a search, whatever it searches for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar

import typer


@dataclass(frozen=True)
class SearchOptions:
    """How far a search goes, and where it is kept."""

    model: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Who proposes candidates: anthropic:NAME, openai:NAME, google:NAME, replay:DIR "
            "(the replies of an earlier run), or one without an LLM: autotune for kernel tasks, "
            "avoider for safety environments. "
            "Without it, the one without an LLM.",
            show_default=False,
        ),
    ] = None
    iterations: Annotated[
        int,
        typer.Option(metavar="N", min=0, help="Iterations, over the life of the run."),
    ] = 10
    accept: Annotated[
        str | None,
        typer.Option(
            metavar="RULE",
            help="When a candidate is promoted: strict (a higher score, the published rule), "
            "paired (measured in turns with the incumbent, and better beyond the noise) or replace "
            "(always). Without it, the rule that suits the problem.",
            show_default=False,
        ),
    ] = None
    children: Annotated[
        int,
        typer.Option(
            metavar="N",
            min=1,
            help="Candidates per iteration, all asked for from the same history.",
        ),
    ] = 1
    parent: Annotated[
        str,
        typer.Option(
            metavar="CHOICE",
            help="What candidates start from: incumbent, or lower-bound (of all candidates, the "
            "one with the highest lower end of its score's interval).",
        ),
    ] = "incumbent"
    control: Annotated[
        str,
        typer.Option(
            metavar="CONTROL",
            help="best-of-n: ask for independent samples of the first prompt instead of a search, "
            "to see what the search adds.",
        ),
    ] = "none"
    run: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Run folder; one that holds a run is continued. "
            "Without it, runs/PROBLEM-MODEL-seedN.",
            show_default=False,
        ),
    ] = None
    seed: Annotated[
        int,
        typer.Option(metavar="N", help="Number that the search's random choices derive from."),
    ] = 0


@dataclass(frozen=True)
class CostOptions:
    """What a search may cost."""

    heading: ClassVar[str] = "Limits and costs"

    max_calls: Annotated[
        int | None,
        typer.Option(metavar="N", min=0, help="Calls that are charged for.", show_default=False),
    ] = None
    max_tokens: Annotated[
        int | None,
        typer.Option(
            metavar="N", min=0, help="Input and output tokens together.", show_default=False
        ),
    ] = None
    max_usd: Annotated[
        float | None,
        typer.Option(
            metavar="USD",
            min=0,
            help="Cost by list price. Calls that are under way are still paid for.",
            show_default=False,
        ),
    ] = None
    max_time: Annotated[
        float | None,
        typer.Option(metavar="SECONDS", min=0, help="Wall-clock time.", show_default=False),
    ] = None
    prices: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Prices of your own, in the form of references/prices.toml.",
            show_default=False,
        ),
    ] = None
    cache: Annotated[
        bool,
        typer.Option(
            "--cache",
            help="Keep replies, and take them from there when the same experiment is repeated.",
        ),
    ] = False
    estimate: Annotated[
        bool,
        typer.Option("--estimate", help="Say what the search would cost, and ask nobody."),
    ] = False


@dataclass(frozen=True)
class ModelOptions:
    """What is passed to a provider."""

    heading: ClassVar[str] = "Options for language models"

    base_url: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="Server to ask instead of the provider's own; with openai:NAME, any server that "
            "offers Chat Completions.",
            show_default=False,
        ),
    ] = None
    effort: Annotated[
        str | None,
        typer.Option(
            metavar="LEVEL",
            help="Reasoning effort in the provider's words.",
            show_default=False,
        ),
    ] = None
    max_output_tokens: Annotated[
        int | None,
        typer.Option(
            metavar="N", min=1, help="Limit of one reply, reasoning included.", show_default=False
        ),
    ] = None
