"""``assay evolve`` and ``assay gate``: a search in a run folder, shown while it runs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from assay.cli.domains import Domain, domain_of
from assay.cli.errors import FAILED, INTERRUPTED, complain
from assay.cli.search_options import ModelOptions, SearchOptions
from assay.cli.terminal import Output
from assay.cli.watch import Watch
from assay.models import Model, create
from assay.search.budget import Budget
from assay.search.config import read_config
from assay.search.evolve import RunOutcome, evolve, run_gate
from assay.search.layout import SUFFIXES
from assay.search.problem import Attempt
from assay.search.run import load_run


@dataclass(frozen=True)
class Request:
    """What ``assay evolve`` was asked for. ``options`` are those of the domain."""

    domain: Domain
    problem: str
    search: SearchOptions
    model_options: ModelOptions
    options: Any
    tasks: Sequence[Path] = ()

    @property
    def model_name(self) -> str:
        """Full name of the model."""
        return self.search.model or self.domain.default_model

    @property
    def run(self) -> Path:
        """The run folder; a default one depends on what the command line says, and on no more."""
        if self.search.run is not None:
            return self.search.run
        model = re.sub(r"[^\w.-]+", "-", self.model_name)
        return Path("runs") / f"{self.problem}-{model}-seed{self.search.seed}"

    def model(self) -> Model:
        """The model, ready to answer.

        Raises:
            ModelError: It does not exist or cannot be used as it is set up.
        """
        own = self.domain.models(self.problem, self.options, self.search.seed)
        return create(self.model_name, extra=own, **asdict(self.model_options))


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
    domain, search = request.domain, request.search
    model = request.model()
    options = asdict(request.model_options)
    given = {name: value for name, value in options.items() if value is not None}
    with Output(progress=not as_json) as output:
        watch = Watch(output, domain.remark, silent=as_json)
        with domain.open(
            request.problem, request.options, watch.measuring, request.tasks
        ) as problem:
            outcome = evolve(
                problem, model, request.run, Budget(search.iterations),
                rule=domain.default_acceptance,
                seed=search.seed, model_options=given, observer=watch,
            )  # fmt: skip
        attempts = load_run(request.run)[1].attempts
        best = request.run / f"best{SUFFIXES[problem.artifact]}"
        if as_json:
            output.print_json({**_record(outcome, best), **domain.facts(attempts)})
        else:
            output.print(*domain.outcome(outcome, attempts, best, request.options))
    return outcome, attempts


def _record(outcome: RunOutcome, best: Path) -> dict[str, Any]:
    """The outcome as plain JSON values."""
    return {
        "run": str(outcome.run),
        "seed_score": outcome.seed_score,
        "best_score": outcome.best_score,
        "self_speedup": outcome.self_speedup,
        "best_iteration": outcome.incumbent.iteration,
        "best_file": str(best),
        "iterations": outcome.iterations,
        "new_iterations": outcome.new_iterations,
        "skipped": outcome.skipped,
        "stopped_because": outcome.stopped_because,
        "error": outcome.error,
        "gate": asdict(outcome.gate) if outcome.gate else None,
    }


def rerun_gate(run: Path, as_json: bool, tasks: Sequence[Path] = ()) -> int:
    """Run the gate of a run again, under its own settings, and print it; the exit code."""
    config = read_config(run)
    domain = domain_of(config.settings)
    options = domain.restored(config.settings)
    with Output(progress=not as_json) as output:
        watch = Watch(output, domain.remark, silent=as_json)
        with domain.open(config.problem, options, watch.measuring, tasks) as problem:
            report = run_gate(problem, run, watch)
        if as_json:
            output.print_json({"run": str(run), **asdict(report)})
        else:
            output.print(*domain.gate(report, options))
    return 0 if report.passed else FAILED
