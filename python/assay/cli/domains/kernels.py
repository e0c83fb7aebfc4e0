"""Kernel tasks on the command line."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay.cli.domains.base import Domain, OnStage
from assay.cli.kernel_options import KernelOptions, Styles, Verdicts

if TYPE_CHECKING:
    from rich.console import RenderableType

    from assay.kernels.problem import KernelProblem
    from assay.models.base import Model
    from assay.report import DomainPart, RunRecord
    from assay.search.evolve import RunOutcome
    from assay.search.problem import Attempt, GateReport


class Kernels(Domain):
    """Search for faster kernels."""

    name = "kernels"
    kind = "kernel tasks"
    options = KernelOptions
    default_model = "autotune"
    default_acceptance = "paired"

    def problems(self, tasks: Sequence[Path] = ()) -> Sequence[str]:
        from assay.kernels.folder import task_names

        return task_names(tasks)

    def open(
        self, problem: str, options: KernelOptions, on_stage: OnStage, tasks: Sequence[Path] = ()
    ) -> AbstractContextManager[KernelProblem]:
        from assay.cli.confinement_note import note_confinement
        from assay.kernels.evaluator import Settings
        from assay.kernels.folder import load_task
        from assay.kernels.problem import KernelProblem

        note_confinement()
        return KernelProblem(
            load_task(problem, tasks),
            options.device,
            Settings(options.warmup, options.measure, options.timeout),
            lambda progress: on_stage(progress.stage),
            promote=options.promote.value,
            style=options.style.value,
        )

    def restored(self, settings: Mapping[str, Any]) -> KernelOptions:
        return KernelOptions(
            device=settings["device"],
            warmup=settings["warmup"],
            measure=settings["measure"],
            timeout=settings["timeout"],
            promote=Verdicts(settings["promote"]),
            style=Styles(settings["style"]),
        )

    def models(
        self, problem: str, options: KernelOptions, seed: int
    ) -> Mapping[str, Callable[[], Model]]:
        from assay.kernels.autotune import Autotune

        return {Autotune.name: lambda: Autotune(seed)}

    def outcome(
        self,
        outcome: RunOutcome,
        attempts: Sequence[Attempt],
        best: Path,
        options: KernelOptions,
    ) -> Iterator[RenderableType]:
        from assay.cli.run_report import outcome_report

        return outcome_report(outcome, attempts, best, options.measure)

    def gate(self, report: GateReport, options: KernelOptions) -> Iterator[RenderableType]:
        from assay.cli.run_report import gate_report

        return gate_report(report, options.measure)

    def remark(self, attempt: Attempt) -> str | None:
        from assay.cli.run_report import fails_strictly

        return "published check only" if fails_strictly(attempt) else None

    def report(self, record: RunRecord) -> DomainPart:
        from assay.kernels.reporting import kernel_part

        return kernel_part(record)

    def facts(self, attempts: Sequence[Attempt]) -> Mapping[str, Any]:
        from assay.cli.run_report import published_only

        return {"published_only": published_only(attempts)}
