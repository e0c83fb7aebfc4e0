"""Social dilemmas on the command line."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import typer

from assay.cli.domains.base import Domain, OnStage

if TYPE_CHECKING:
    from rich.console import RenderableType

    from assay.dilemmas.problem import DilemmaProblem
    from assay.models.base import Model
    from assay.report import DomainPart, RunRecord
    from assay.search.evolve import RunOutcome
    from assay.search.problem import Attempt, GateReport

Agents = Annotated[
    int | None,
    typer.Option(
        metavar="N", min=1, help="Number of agents. Without it, the game's own.", show_default=False
    ),
]
Horizon = Annotated[
    int | None,
    typer.Option(
        metavar="STEPS",
        min=1,
        help="Length of an episode. Without it, the game's own.",
        show_default=False,
    ),
]

# The strongest hand-written policy for each kind of game.
_STARTS = {"gathering": "zones", "cleanup": "waste_adaptive"}


class Feedback(str, Enum):
    """What a model hears of its policies."""

    sparse = "sparse"
    dense = "dense"


class Objective(str, Enum):
    """What a search raises."""

    efficiency = "efficiency"
    maximin = "maximin"


@dataclass(frozen=True)
class DilemmaOptions:
    """How a search plays its game."""

    heading: ClassVar[str] = "Options for social dilemmas"

    agents: Agents = None
    horizon: Horizon = None
    feedback: Annotated[
        Feedback,
        typer.Option(
            metavar="LEVEL",
            help="What a model hears of its policies: sparse (the mean reward) or dense (welfare "
            "metrics as well).",
        ),
    ] = Feedback.dense
    objective: Annotated[
        Objective,
        typer.Option(metavar="METRIC", help="What is to be raised: efficiency or maximin."),
    ] = Objective.efficiency
    seeds: Annotated[
        int,
        typer.Option(
            metavar="N",
            min=2,
            max=500,
            help="Training seeds, which feedback comes from; as many others choose the best "
            "policy, and twice as many others judge it at the end.",
        ),
    ] = 5
    start: Annotated[
        str | None,
        typer.Option(
            metavar="POLICY",
            help="Hand-written policy to start from and to compare with. Without it, the "
            "strongest one for the game.",
            show_default=False,
        ),
    ] = None
    gepa: Annotated[
        int,
        typer.Option(
            metavar="N",
            min=0,
            help="Baseline: each iteration is a search of GEPA for a better system prompt with so "
            "many evaluations (the publications use 4 and 10). 0 asks for policies directly.",
        ),
    ] = 0


class Dilemmas(Domain):
    """Search for policies that serve all agents."""

    name = "dilemmas"
    kind = "social dilemmas"
    options = DilemmaOptions
    default_model = "parameters"

    def problems(self, tasks: Sequence[Path] = ()) -> Sequence[str]:
        from assay.dilemmas.games import GAMES

        return tuple(GAMES)

    def open(
        self, problem: str, options: DilemmaOptions, on_stage: OnStage, tasks: Sequence[Path] = ()
    ) -> AbstractContextManager[DilemmaProblem]:
        from assay.dilemmas.games import game_spec
        from assay.dilemmas.problem import DilemmaProblem, Settings
        from assay.dilemmas.selfplay import Match

        start = options.start or _STARTS.get(game_spec(problem).kind, "random")
        settings = Settings(options.objective.value, options.feedback.value, options.seeds, start)
        match = Match(problem, options.agents, options.horizon)
        if options.gepa:
            from assay.dilemmas.gepa_baseline import GepaProblem

            return GepaProblem(match, settings, on_stage, metric_calls=options.gepa)
        return DilemmaProblem(match, settings, on_stage)

    def restored(self, settings: Mapping[str, Any]) -> DilemmaOptions:
        return DilemmaOptions(
            agents=settings["agents"],
            horizon=settings["horizon"],
            feedback=Feedback(settings["feedback"]),
            objective=Objective(settings["objective"]),
            seeds=settings["seeds"],
            start=settings["start"],
            gepa=settings.get("gepa", 0),
        )

    def models(
        self, problem: str, options: DilemmaOptions, seed: int
    ) -> Mapping[str, Callable[[], Model]]:
        from assay.dilemmas.parameter_search import ParameterSearch

        return {ParameterSearch.name: lambda: ParameterSearch(seed)}

    def outcome(
        self,
        outcome: RunOutcome,
        attempts: Sequence[Attempt],
        best: Path,
        options: DilemmaOptions,
    ) -> Iterator[RenderableType]:
        from assay.cli.dilemma_report import outcome_report

        return outcome_report(outcome, attempts, best, options.objective.value)

    def report(self, record: RunRecord) -> DomainPart:
        from assay.dilemmas.reporting import dilemma_part

        return dilemma_part(record)

    def gate(self, report: GateReport, options: DilemmaOptions) -> Iterator[RenderableType]:
        from assay.cli.dilemma_report import gate_report

        return gate_report(report)
