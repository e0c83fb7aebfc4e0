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
            "(the replies of an earlier run), or one without an LLM: autotune for kernel tasks. "
            "Without it, the one without an LLM.",
            show_default=False,
        ),
    ] = None
    iterations: Annotated[
        int,
        typer.Option(metavar="N", min=0, help="Candidates to ask for, over the life of the run."),
    ] = 10
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
