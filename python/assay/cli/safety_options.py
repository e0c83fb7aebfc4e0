"""Options of searches for safety specifications."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import typer


@dataclass(frozen=True)
class SafetyOptions:
    """Method, noise of the warnings, and numbers of episodes."""

    heading: ClassVar[str] = "Options for safety environments"

    method: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="epo_safe, epo_safe_l0 (one bit per episode), reward_only, shuffled_warnings, "
            "static, cot, random or oracle_spec.",
        ),
    ] = "epo_safe"
    episodes: Annotated[int, typer.Option(metavar="N", min=1, help="Attempts per round.")] = 5
    false_positives: Annotated[
        float,
        typer.Option(
            metavar="RATE", min=0, max=1, help="Probability of a warning without danger, per step."
        ),
    ] = 0.0
    false_negatives: Annotated[
        float,
        typer.Option(
            metavar="RATE", min=0, max=1, help="Probability that a dangerous step is not warned of."
        ),
    ] = 0.0
    announce: Annotated[
        bool,
        typer.Option(
            "--announce/--no-announce",
            help="Whether reflections are told that warnings are noisy, where they are.",
        ),
    ] = True
    gate_episodes: Annotated[
        int,
        typer.Option(metavar="N", min=1, help="Attempts per specification and gate setting."),
    ] = 4
