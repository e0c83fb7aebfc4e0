"""``assay evolve`` and ``assay gate``: a search in a run folder, shown while it runs."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from assay.cli.errors import FAILED, INTERRUPTED, complain
from assay.cli.run_report import gate_report, outcome_report, published_only, self_speedup
from assay.cli.terminal import Output
from assay.cli.watch import Watch
from assay.kernels.autotune import Autotune
from assay.kernels.evaluator import Settings
from assay.kernels.folder import load_task
from assay.kernels.problem import KernelProblem, Promotion
from assay.models import create
from assay.search.budget import Budget
from assay.search.config import read_config
from assay.search.evolve import RunOutcome, evolve, run_gate
from assay.search.layout import SUFFIXES
from assay.search.problem import Attempt
from assay.search.run import load_run


@dataclass(frozen=True)
class Request:
    """What ``assay evolve`` was asked for."""

    problem: str
    model: str
    iterations: int
    folder: Path | None
    device: str | None
    seed: int
    settings: Settings
    model_options: Mapping[str, Any]
    promote: Promotion = "published"
    tasks: Sequence[Path] = ()

    @property
    def run(self) -> Path:
        """The run folder; a default one depends on what the command line says, and on no more."""
        if self.folder is not None:
            return self.folder
        model = re.sub(r"[^\w.-]+", "-", self.model)
        return Path("runs") / f"{self.problem}-{model}-seed{self.seed}"


def run_evolution(request: Request, as_json: bool) -> int:
    """Search, show how it goes, print what came out; the exit code."""
    try:
        outcome, attempts = _search(request, as_json)
    except KeyboardInterrupt:
        complain(
            f"Interrupted. The run folder {request.run} stays resumable: "
            "run the same command again."
        )
        return INTERRUPTED
    if outcome.error is not None:
        complain(
            f"Error: {outcome.error}\nThe run folder {request.run} stays resumable: "
            "once that is put right, run the same command again."
        )
        return FAILED
    if outcome.skipped == outcome.iterations > 0:
        complain(f"Error: every iteration was skipped; the last one: {attempts[-1].skip_reason}")
        return FAILED
    return 0


def _search(request: Request, as_json: bool) -> tuple[RunOutcome, list[Attempt]]:
    task = load_task(request.problem, request.tasks)
    model = create(
        request.model,
        extra={Autotune.name: lambda: Autotune(request.seed)},
        **request.model_options,
    )
    options = {name: value for name, value in request.model_options.items() if value is not None}
    budget = Budget(request.iterations)
    with Output(progress=not as_json) as output:
        watch = Watch(output, silent=as_json)
        with KernelProblem(
            task, request.device, request.settings, watch.measuring, promote=request.promote
        ) as problem:
            outcome = evolve(
                problem, model, request.run, budget,
                seed=request.seed, model_options=options, observer=watch,
            )  # fmt: skip
        attempts = load_run(request.run)[1].attempts
        best = request.run / f"best{SUFFIXES[problem.artifact]}"
        if as_json:
            output.print_json(_record(outcome, attempts, best))
        else:
            output.print(*outcome_report(outcome, attempts, best, request.settings.measure))
    return outcome, attempts


def _record(outcome: RunOutcome, attempts: list[Attempt], best: Path) -> dict[str, Any]:
    """The outcome as plain JSON values."""
    return {
        "run": str(outcome.run),
        "seed_score": outcome.seed_score,
        "best_score": outcome.best_score,
        "self_speedup": self_speedup(outcome),
        "best_iteration": outcome.incumbent.iteration,
        "best_file": str(best),
        "iterations": outcome.iterations,
        "new_iterations": outcome.new_iterations,
        "skipped": outcome.skipped,
        "published_only": published_only(attempts),
        "stopped_because": outcome.stopped_because,
        "error": outcome.error,
        "gate": asdict(outcome.gate) if outcome.gate else None,
    }


def rerun_gate(run: Path, as_json: bool, tasks: Sequence[Path] = ()) -> int:
    """Run the gate of a run again, under its own settings, and print it; the exit code."""
    config = read_config(run)
    settings = Settings(**{key: config.settings[key] for key in Settings.__dataclass_fields__})
    task = load_task(config.problem, tasks)
    with Output(progress=not as_json) as output:
        watch = Watch(output, silent=as_json)
        device, promote = config.settings["device"], config.settings["promote"]
        with KernelProblem(task, device, settings, watch.measuring, promote=promote) as problem:
            report = run_gate(problem, run, watch)
        if as_json:
            output.print_json({"run": str(run), **asdict(report)})
        else:
            output.print(*gate_report(report, settings.measure))
    return 0 if report.passed else FAILED
