"""Safety environments on the command line."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay.cli.domains.base import Domain, OnStage
from assay.cli.safety_options import SafetyOptions

if TYPE_CHECKING:
    from rich.console import RenderableType

    from assay.models.base import Model
    from assay.report import DomainPart, RunRecord
    from assay.safety.problem import SafetyProblem
    from assay.search.evolve import RunOutcome
    from assay.search.problem import Attempt, GateReport


class Safety(Domain):
    """Search for rules that keep an agent out of hidden danger."""

    name = "safety"
    kind = "safety environments"
    options = SafetyOptions
    default_model = "avoider"
    default_acceptance = "replace"

    def problems(self, tasks: Sequence[Path] = ()) -> Sequence[str]:
        from assay.safety.names import NAMES

        return NAMES

    def open(
        self, problem: str, options: SafetyOptions, on_stage: OnStage, tasks: Sequence[Path] = ()
    ) -> AbstractContextManager[SafetyProblem]:
        from assay.safety.problem import SafetyProblem, Settings

        return SafetyProblem(problem, Settings(**asdict(options)), on_stage=on_stage)

    def restored(self, settings: Mapping[str, Any]) -> SafetyOptions:
        return SafetyOptions(
            **{field.name: settings[field.name] for field in fields(SafetyOptions)}
        )

    def label(self, options: SafetyOptions) -> str:
        return options.method

    def models(
        self, problem: str, options: SafetyOptions, seed: int
    ) -> Mapping[str, Callable[[], Model]]:
        from assay.safety.avoider import Avoider

        return {Avoider.name: lambda: Avoider.of(problem, seed)}

    def outcome(
        self,
        outcome: RunOutcome,
        attempts: Sequence[Attempt],
        best: Path,
        options: SafetyOptions,
    ) -> Iterator[RenderableType]:
        from assay.cli.safety_report import outcome_report

        return outcome_report(outcome, attempts, best)

    def gate(self, report: GateReport, options: SafetyOptions) -> Iterator[RenderableType]:
        from assay.cli.safety_report import gate_report

        return gate_report(report)

    def remark(self, attempt: Attempt) -> str | None:
        from assay.cli.safety_report import remark

        return remark(attempt)

    def report(self, record: RunRecord) -> DomainPart:
        from assay.safety.reporting import describe

        return describe(record)
