"""``assay evolve`` and ``assay gate``: a search in a run folder, shown while it runs."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from assay.cli.costs import spending_report
from assay.cli.domains import Domain, OnStage, domain_of
from assay.cli.errors import FAILED, INTERRUPTED, complain
from assay.cli.search_options import CostOptions, ModelOptions, SearchOptions
from assay.cli.terminal import Output
from assay.cli.watch import Watch
from assay.models import Model, ModelError, create
from assay.models.cache import CachedModel
from assay.models.prices import FREE, Price, price_of
from assay.search.budget import Budget
from assay.search.config import RunConfig, read_config
from assay.search.evolve import RunOutcome, evolve, run_gate
from assay.search.layout import SUFFIXES, spent
from assay.search.observer import Observer
from assay.search.problem import AnyProblem
from assay.search.run import load_run


@dataclass(frozen=True)
class Request:
    """What ``assay evolve`` was asked for. ``options`` are those of the domain."""

    domain: Domain
    problem: str
    search: SearchOptions
    costs: CostOptions
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
        control = "" if self.search.control == "none" else f"-{self.search.control}"
        label = self.domain.label(self.options)
        problem = f"{self.problem}-{label}" if label else self.problem
        return Path("runs") / f"{problem}-{model}{control}-seed{self.search.seed}"

    @property
    def given_options(self) -> dict[str, Any]:
        """The model's options that were given."""
        options = asdict(self.model_options)
        return {name: value for name, value in options.items() if value is not None}

    @property
    def budget(self) -> Budget:
        """The limits."""
        costs = self.costs
        return Budget(
            self.search.iterations, costs.max_calls, costs.max_tokens, costs.max_usd, costs.max_time
        )

    def model(self) -> Model:
        """The model, ready to answer.

        Raises:
            ModelError: It does not exist or cannot be used as it is set up.
        """
        own = self.domain.models(self.problem, self.options, self.search.seed)
        model = create(self.model_name, extra=own, **asdict(self.model_options))
        if self.costs.cache:
            return CachedModel(model, self.given_options, self.search.seed)
        return model

    def price(self, model: Model) -> Price | None:
        """What a call costs; None where that is unknown."""
        own = self.domain.models(self.problem, self.options, self.search.seed)
        return FREE if self.model_name in own else price_of(model, self.costs.prices)


def run_evolution(request: Request, as_json: bool) -> int:
    """Search, show how it goes, print what came out; the exit code."""
    try:
        outcome = _search(request, as_json)
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
    return 0


def search(
    request: Request,
    observer: Observer,
    on_stage: OnStage,
    prepare: Callable[[AnyProblem, Model], None] | None = None,
) -> RunOutcome:
    """Search without a word but to ``observer`` and ``on_stage``.

    ``prepare`` may change problem and model before they are used.
    """
    domain, method = request.domain, request.search
    model = request.model()
    with domain.open(request.problem, request.options, on_stage, request.tasks) as problem:
        if prepare is not None:
            prepare(problem, model)
        return evolve(
            problem, model, request.run, request.budget,
            rule=method.accept or domain.default_acceptance,
            children=method.children, parent=method.parent, control=method.control,
            seed=method.seed, model_options=request.given_options,
            price=request.price(model), observer=observer,
        )  # fmt: skip


def _search(request: Request, as_json: bool) -> RunOutcome:
    domain = request.domain
    with Output(progress=not as_json) as output:
        watch = Watch(output, domain.remark, silent=as_json)
        outcome = search(request, watch, watch.measuring)
        config, state = load_run(request.run)
        attempts, best = state.attempts, request.run / f"best{SUFFIXES[config.artifact]}"
        if as_json:
            output.print_json({**_record(outcome, best), **domain.facts(attempts)})
        elif outcome.error is None:
            output.print(*domain.outcome(outcome, attempts, best, request.options))
            output.print(*spending_report(outcome))
    return outcome


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
        "seconds": outcome.seconds,
        "spent": spent(outcome.spending),
        "error": outcome.error,
        "gate": asdict(outcome.gate) if outcome.gate else None,
    }


def _recorded_model(domain: Domain, config: RunConfig, options: Any) -> Model | None:
    """The model of a stored run; None where it cannot be used, or is not needed."""
    own = domain.models(config.problem, options, config.seed)
    try:
        return create(config.model, extra=own, **config.model_options)
    except ModelError:
        return None


def rerun_gate(run: Path, as_json: bool, tasks: Sequence[Path] = ()) -> int:
    """Run the gate of a run again, under its own settings, and print it; the exit code."""
    config = read_config(run)
    domain = domain_of(config.settings)
    options = domain.restored(config.settings)
    with Output(progress=not as_json) as output:
        watch = Watch(output, domain.remark, silent=as_json)
        with domain.open(config.problem, options, watch.measuring, tasks) as problem:
            report = run_gate(problem, run, watch, _recorded_model(domain, config, options))
        if as_json:
            output.print_json({"run": str(run), **asdict(report)})
        else:
            output.print(*domain.gate(report, options))
    return 0 if report.passed else FAILED
