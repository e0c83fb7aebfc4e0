"""The search: a (1+1) loop in which a frozen model proposes and a measurement decides."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from assay.models.base import Model, ModelError, Prompt, Reply
from assay.search.acceptance import Acceptance, Trial, acceptance
from assay.search.budget import Budget
from assay.search.config import RunConfig, read_config
from assay.search.errors import RunFolderError, SeedError
from assay.search.events import (
    Evaluated,
    Finished,
    Gated,
    Prompted,
    Replied,
    SeedEvaluated,
    Skipped,
)
from assay.search.observer import Observer
from assay.search.problem import (
    AnyProblem,
    AskingProblem,
    Attempt,
    Candidate,
    Evaluation,
    GateReport,
)
from assay.search.run import Run
from assay.search.session import LoggedSession
from assay.search.state import RunState


@dataclass(frozen=True)
class RunOutcome:
    """How a search ended.

    Attributes:
        run: The run folder.
        seed_score: Score of the seed.
        best_score: Score of the incumbent.
        incumbent: The attempt that is left; the seed where nothing was promoted.
        gate: The held-out verdict; None where the run stopped before it was complete.
        iterations: Iterations consumed over the life of the run, skipped ones included.
        new_iterations: Those consumed by this call.
        skipped: Iterations that were consumed without a candidate, over the life of the run.
        stopped_because: The limit that was reached, for example ``iterations``, or
            ``configuration`` where the model cannot be used as it is set up.
        error: What the model reported; None where the run is complete.
    """

    run: Path
    seed_score: float
    best_score: float
    incumbent: Attempt
    gate: GateReport | None
    iterations: int
    new_iterations: int
    skipped: int
    stopped_because: str
    error: str | None = None

    @property
    def complete(self) -> bool:
        """Whether the search ran to the end of its budget and through the gate."""
        return self.error is None

    @property
    def self_speedup(self) -> float | None:
        """Best score over seed score; None where the seed's is 0."""
        return self.best_score / self.seed_score if self.seed_score else None


def evolve(
    problem: AnyProblem,
    model: Model,
    folder: Path,
    budget: Budget,
    *,
    rule: str = "strict",
    seed: int = 0,
    model_options: Mapping[str, Any] | None = None,
    observer: Observer | None = None,
) -> RunOutcome:
    """Search ``problem`` with ``model`` in a run folder, or continue the search that is there.

    A call that is interrupted at any moment, by whatever means, is continued by the same call:
    finished iterations are not repeated and no reply is requested twice. A larger budget extends
    a finished run, and the gate is run again.

    Args:
        folder: The run folder; created where it does not exist.
        rule: Name of the promotion rule.
        seed: Number that the model's random choices derive from; recorded here, used by the model.
        model_options: How else the model is set up, as plain JSON values; recorded as well, and a
            run is not continued under others.

    Raises:
        SeedError: The seed has no score.
        ModelError: ``configuration``, where the evaluation of the seed already asks the model.
        RunFolderError: The folder cannot be used, see ``Run``.
        UsageError: Unknown rule or artifact.
    """
    accept = acceptance(rule)
    config = RunConfig.of(problem, model, seed, rule, model_options)
    with Run(folder, config) as run:
        return _Search(problem, model, run, budget, accept, observer or Observer()).run_all()


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
        problem, stored.model, stored.seed, stored.acceptance, stored.model_options
    )
    with Run(folder, config) as run:
        if run.state.incumbent is None:
            raise RunFolderError(f"{folder}: the seed has no score yet. Continue the run first.")
        report = _gate(problem, model, run, observer or Observer())
        run.record(Finished(reason="gate"))
        return report


@dataclass(frozen=True)
class _Search:
    """One call of ``evolve``."""

    problem: AnyProblem
    model: Model
    run: Run
    budget: Budget
    accept: Acceptance
    observer: Observer

    @property
    def state(self) -> RunState:
        return self.run.state

    def run_all(self) -> RunOutcome:
        before = self.state.iterations
        self.observer.started(self.run.folder, self.state, self.budget)
        if self.state.incumbent is None:
            self.measure_seed()
        try:
            while (reason := self.budget.spent(self.state)) is None:
                self.iterate()
            self.finish(reason)
        except ModelError as error:
            return _outcome(self.run, before, error.kind, str(error))
        return _outcome(self.run, before, reason)

    def measure_seed(self) -> None:
        seed = self.problem.seed()
        evaluation, elapsed = self.evaluate(0, seed)
        self.run.record(SeedEvaluated(source=seed.source, evaluation=evaluation, elapsed_s=elapsed))
        if self.state.incumbent is None:
            raise SeedError(
                f"the seed of {self.problem.name} has no score, so there is nothing to improve "
                f"on: {evaluation.verdict}: {evaluation.fail_reason}. Repair the seed and choose "
                f"another --run folder, or, where the machine was at fault, repeat the command. "
                f"{self.run.folder / '00_result.json'} has the details."
            )
        self.observer.evaluated(self.state.incumbent)

    def iterate(self) -> None:
        """Propose, extract, evaluate, accept or not: one iteration, which is always consumed."""
        reply = self.state.pending.reply if self.state.pending else None
        if reply is None:
            request = self.problem.prompt(self.state.search_state())
            if isinstance(request, Candidate):
                self.judge(request)
                return
            reply = self.propose(request)
        if reply is None:
            return
        self.observer.replied(self.state.iterations + 1, reply)
        candidate = self.problem.extract(reply.text)
        if candidate is None:
            self.skip("the reply holds no candidate")
        else:
            self.judge(candidate)

    def propose(self, prompt: Prompt) -> Reply | None:
        """Ask the model. None where it failed in a way that costs this iteration only."""
        iteration = self.state.iterations + 1
        system = prompt.system if prompt.system != self.state.system else None
        self.run.record(Prompted(iteration=iteration, user=prompt.user, system=system))
        self.observer.prompting(iteration)
        start = time.perf_counter()
        try:
            reply = self.model.complete(prompt)
        except ModelError as error:
            if error.kind == "configuration":
                raise
            self.skip(f"{error.kind}: {error}", time.perf_counter() - start)
            return None
        elapsed = time.perf_counter() - start
        self.run.record(Replied(iteration=iteration, reply=reply, elapsed_s=elapsed))
        assert self.state.pending is not None
        return self.state.pending.reply

    def skip(self, reason: str, elapsed_s: float = 0.0) -> None:
        iteration = self.state.iterations + 1
        self.run.record(Skipped(iteration=iteration, reason=reason, elapsed_s=elapsed_s))
        self.observer.skipped(self.state.attempts[-1])

    def judge(self, candidate: Candidate) -> None:
        iteration = self.state.iterations + 1
        evaluation, elapsed = self.evaluate(iteration, candidate)
        assert self.state.incumbent is not None
        challenger = Attempt(iteration, candidate, evaluation)
        promoted = self.accept(Trial(self.problem, self.state.incumbent, challenger))
        self.run.record(
            Evaluated(
                iteration=iteration,
                source=candidate.source,
                evaluation=evaluation,
                promoted=promoted,
                elapsed_s=elapsed,
            )
        )
        self.observer.evaluated(self.state.attempts[-1])
        if promoted:
            self.observer.promoted(self.state.attempts[-1])

    def evaluate(self, iteration: int, candidate: Candidate) -> tuple[Evaluation, float]:
        """The judgement, with a score that is finite or None, and the seconds it took."""
        self.observer.evaluating(iteration)
        start = time.perf_counter()
        if isinstance(self.problem, AskingProblem):
            session = LoggedSession(self.run, self.model, "evaluation", iteration, self.observer)
            evaluation = self.problem.evaluate_with(candidate, session)
        else:
            evaluation = self.problem.evaluate(candidate)
        return _finite(evaluation), time.perf_counter() - start

    def finish(self, reason: str) -> None:
        """Run the gate unless it has judged just these attempts."""
        if self.state.gate is None:
            _gate(self.problem, self.model, self.run, self.observer)
        if not self.state.finished:
            self.run.record(Finished(reason=reason))


def _gate(problem: AnyProblem, model: Model | None, run: Run, observer: Observer) -> GateReport:
    """Measure seed and incumbent on held-out data and store the verdict."""
    seed, incumbent = run.state.attempts[0], run.state.incumbent
    assert incumbent is not None and seed.candidate is not None
    assert incumbent.candidate is not None
    observer.gating()
    start = time.perf_counter()
    if isinstance(problem, AskingProblem):
        session = LoggedSession(run, model, "gate", run.state.iterations, observer)
        report = problem.gate_with(seed.candidate, incumbent.candidate, session)
    else:
        report = problem.gate(seed.candidate, incumbent.candidate)
    run.record(
        Gated(
            iterations=run.state.iterations,
            incumbent=incumbent.iteration,
            report=report,
            elapsed_s=time.perf_counter() - start,
        )
    )
    assert run.state.gate is not None
    observer.gated(run.state.gate.report)
    return run.state.gate.report


def _finite(evaluation: Evaluation) -> Evaluation:
    """A score that is not a finite number is no score: it compares with nothing."""
    if evaluation.score is None or math.isfinite(evaluation.score):
        return evaluation
    reason = evaluation.fail_reason or f"the score is {evaluation.score}, not a finite number"
    return replace(evaluation, score=None, fail_reason=reason)


def _outcome(run: Run, before: int, reason: str, error: str | None = None) -> RunOutcome:
    state = run.state
    assert state.incumbent is not None
    assert state.seed_score is not None and state.best_score is not None
    return RunOutcome(
        run=run.folder,
        seed_score=state.seed_score,
        best_score=state.best_score,
        incumbent=state.incumbent,
        gate=state.gate.report if state.gate else None,
        iterations=state.iterations,
        new_iterations=state.iterations - before,
        skipped=sum(attempt.candidate is None for attempt in state.attempts),
        stopped_because=reason,
        error=error,
    )
