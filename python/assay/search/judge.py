"""What becomes of a candidate: evaluated, compared, promoted or not, and gated in the end."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field, replace

from assay.models.base import Model, Usage
from assay.search.acceptance import Acceptance, Decision, Trial
from assay.search.duplicates import Duplicates
from assay.search.errors import SeedError
from assay.search.events import Evaluated, Gated, SeedEvaluated, Skipped, Stage
from assay.search.observer import Observer
from assay.search.problem import AnyProblem, AskingProblem, Attempt, Candidate, Evaluation
from assay.search.run import Run
from assay.search.session import LoggedSession
from assay.search.state import RunState


@dataclass
class Judge:
    """Judges the candidates of one run, one at a time, and logs each verdict.

    Attributes:
        model: Answers the questions of evaluations and of the gate, where they have any.
        accept: The promotion rule.
        candidates: How many candidates the whole run is to judge.
    """

    problem: AnyProblem
    model: Model | None
    run: Run
    accept: Acceptance
    candidates: int
    observer: Observer
    duplicates: Duplicates = field(init=False)

    def __post_init__(self) -> None:
        self.duplicates = Duplicates(self.problem)
        for attempt in self.state.attempts:
            self.duplicates.add(attempt)

    @property
    def state(self) -> RunState:
        return self.run.state

    def seed(self) -> None:
        """Judge the seed.

        Raises:
            SeedError: It has no score.
        """
        seed = self.problem.seed()
        start = time.perf_counter()
        evaluation = self._evaluated(0, seed)
        elapsed = time.perf_counter() - start
        self.run.record(SeedEvaluated(source=seed.source, evaluation=evaluation, elapsed_s=elapsed))
        if self.state.incumbent is None:
            raise SeedError(
                f"the seed of {self.problem.name} has no score, so there is nothing to improve "
                f"on: {evaluation.verdict}: {evaluation.fail_reason}. Repair the seed and choose "
                f"another --run folder, or, where the machine was at fault, repeat the command. "
                f"{self.run.folder / '00_result.json'} has the details."
            )
        self.duplicates.add(self.state.incumbent)
        self.observer.evaluated(self.state.incumbent)

    def candidate(self, number: int, candidate: Candidate) -> None:
        """Judge a candidate: it becomes an attempt, and perhaps the incumbent."""
        start = time.perf_counter()
        same = self.duplicates.find(candidate)
        if same is not None and same.evaluation is not None:
            evaluation, duplicate_of = same.evaluation, same.iteration
        else:
            evaluation, duplicate_of = self._evaluated(number, candidate), None
        challenger = Attempt(number, candidate, evaluation, duplicate_of=duplicate_of)
        decision = self._decided(challenger)
        self.run.record(
            Evaluated(
                iteration=number,
                source=candidate.source,
                evaluation=evaluation,
                promoted=decision.promoted,
                elapsed_s=time.perf_counter() - start,
                comparison=dict(decision.comparison) if decision.comparison else None,
                duplicate_of=duplicate_of,
            )
        )
        attempt = self.state.attempts[-1]
        self.duplicates.add(attempt)
        self.observer.evaluated(attempt)
        if attempt.promoted:
            self.observer.promoted(attempt)

    def skip(
        self, number: int, reason: str, elapsed_s: float = 0.0, usage: Usage | None = None,
        calls: int = 0,
    ) -> None:  # fmt: skip
        """Log that there is no candidate."""
        self.run.record(
            Skipped(
                iteration=number, reason=reason, elapsed_s=elapsed_s, usage=usage or Usage(),
                calls=calls,
            )
        )  # fmt: skip
        self.observer.skipped(self.state.attempts[-1])

    def gate(self) -> None:
        """Measure seed and incumbent on held-out data and store the verdict."""
        seed, incumbent = self.state.attempts[0].candidate, self.state.incumbent
        assert seed is not None and incumbent is not None and incumbent.candidate is not None
        self.observer.gating()
        start = time.perf_counter()
        if isinstance(self.problem, AskingProblem):
            report = self.problem.gate_with(seed, incumbent.candidate, self.session("gate"))
        else:
            report = self.problem.gate(seed, incumbent.candidate)
        self.run.record(
            Gated(
                iterations=self.state.candidates,
                incumbent=incumbent.iteration,
                report=report,
                elapsed_s=time.perf_counter() - start,
            )
        )
        assert self.state.gate is not None
        self.observer.gated(self.state.gate.report)

    def session(self, stage: Stage, number: int | None = None) -> LoggedSession:
        """For calls that are made on behalf of a candidate, or of the gate."""
        number = self.state.candidates if number is None else number
        return LoggedSession(self.run, self.model, stage, number, self.observer)

    def _evaluated(self, number: int, candidate: Candidate) -> Evaluation:
        """The judgement, with a score that is finite or None."""
        self.observer.evaluating(number)
        if isinstance(self.problem, AskingProblem):
            session = self.session("evaluation", number)
            return _finite(self.problem.evaluate_with(candidate, session))
        return _finite(self.problem.evaluate(candidate))

    def _decided(self, challenger: Attempt) -> Decision:
        assert self.state.incumbent is not None
        return self.accept(Trial(self.problem, self.state.incumbent, challenger, self.candidates))


def _finite(evaluation: Evaluation) -> Evaluation:
    """A score that is not a finite number is no score: it compares with nothing."""
    if evaluation.score is None or math.isfinite(evaluation.score):
        return evaluation
    reason = evaluation.fail_reason or f"the score is {evaluation.score}, not a finite number"
    return replace(evaluation, score=None, fail_reason=reason)
