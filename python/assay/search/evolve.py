"""The search: a (1+λ) loop in which a frozen model proposes and a measurement decides."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from assay.models.base import Model, ModelError
from assay.models.prices import Price, price_of
from assay.search.acceptance import acceptance
from assay.search.archive import check_method
from assay.search.budget import Budget
from assay.search.config import RunConfig, read_config
from assay.search.errors import RunFolderError
from assay.search.events import Finished
from assay.search.judge import Judge
from assay.search.loop import Loop
from assay.search.observer import Observer
from assay.search.outcome import RunOutcome
from assay.search.problem import AnyProblem, GateReport
from assay.search.run import Run

__all__ = ["RunOutcome", "evolve", "run_gate"]


def evolve(
    problem: AnyProblem,
    model: Model,
    folder: Path,
    budget: Budget,
    *,
    rule: str = "strict",
    children: int = 1,
    parent: str = "incumbent",
    control: str = "none",
    seed: int = 0,
    model_options: Mapping[str, Any] | None = None,
    price: Price | None = None,
    observer: Observer | None = None,
) -> RunOutcome:
    """Search ``problem`` with ``model`` in a run folder, or continue the search that is there.

    A call that is interrupted at any moment, by whatever means, is continued by the same call:
    finished iterations are not repeated and no reply that arrived is requested again. A larger
    budget extends a finished run, and the gate is run again.

    Args:
        folder: The run folder; created where it does not exist.
        rule: Name of the promotion rule.
        children: Candidates per iteration (λ). They are asked for from the same history, and judged
            in order: the best of them is left as incumbent, if any beats it.
        parent: Which attempt candidates start from: ``incumbent``, or ``lower-bound`` for the one
            whose score is the highest at the lower end of its interval.
        control: ``best-of-n`` asks for independent samples of the first prompt instead.
        seed: Number that the model's random choices derive from; recorded here, used by the model.
        model_options: How else the model is set up, as plain JSON values; recorded as well, and a
            run is not continued under others.
        price: What a call costs, where the caller knows better than the list of prices.

    Raises:
        SeedError: The seed has no score.
        ModelError: ``configuration``, where the evaluation of the seed already asks the model.
        RunFolderError: The folder cannot be used, see ``Run``.
        UsageError: Unknown rule or artifact, settings that contradict each other, or a limit in USD
            without a price.
    """
    check_method(children, parent, control, rule)
    accept = acceptance(rule, problem)
    price = price or price_of(model)
    config = RunConfig.of(
        problem, model, seed, rule, model_options,
        children=children, parent=parent, control=control, price=price,
    )  # fmt: skip
    observer = observer or Observer()
    with Run(folder, config) as run:
        budget.require_price(model.name, run.config.price)
        before = run.state.candidates
        judge = Judge(problem, model, run, accept, budget.iterations * children, observer)
        observer.started(folder, run.state, budget)
        try:
            reason = Loop(problem, model, run, budget, judge, observer).run_all()
        except ModelError as error:
            if run.state.incumbent is None:
                raise
            return RunOutcome.of(run, before, error.kind, str(error))
        return RunOutcome.of(run, before, reason)


def run_gate(
    problem: AnyProblem,
    folder: Path,
    observer: Observer | None = None,
    model: Model | None = None,
) -> GateReport:
    """Run the gate again on an existing run and store its verdict in place of the last one.

    Args:
        model: For problems whose gate asks the model. What the model answered in an earlier gate
            after the same iterations is taken from the log.

    Raises:
        ModelError: ``configuration``, where the model is needed and there is none.
        RunFolderError: The folder holds no run of this problem, or none whose seed has a score.
    """
    stored = read_config(folder)
    config = RunConfig.of(
        problem, stored.model, stored.seed, stored.acceptance, stored.model_options,
        children=stored.children, parent=stored.parent, control=stored.control,
    )  # fmt: skip
    with Run(folder, config) as run:
        if run.state.incumbent is None:
            raise RunFolderError(f"{folder}: the seed has no score yet. Continue the run first.")
        accept = acceptance(stored.acceptance)
        Judge(problem, model, run, accept, run.state.candidates, observer or Observer()).gate()
        run.record(Finished(reason="gate"))
        assert run.state.gate is not None
        return run.state.gate.report
