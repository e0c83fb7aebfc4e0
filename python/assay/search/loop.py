"""The loop: ask, extract, judge, until a limit is reached; then the gate."""

from __future__ import annotations

from dataclasses import dataclass, field

from assay.models.base import Model, ModelError, Prompt
from assay.search.archive import view, with_results
from assay.search.budget import Budget
from assay.search.calls import Calls, FailedCall
from assay.search.events import Finished, now
from assay.search.judge import Judge
from assay.search.observer import Observer
from assay.search.problem import AnyProblem, Candidate, RepairingProblem
from assay.search.run import Run
from assay.search.state import RunState

MOST_OUTAGES = 3  # Failed calls in a row after which there is no use in going on.


@dataclass
class Loop:
    """One call of ``evolve``. A process that takes over a run goes on where the log ends."""

    problem: AnyProblem
    model: Model
    run: Run
    budget: Budget
    judge: Judge
    observer: Observer
    calls: Calls = field(init=False)
    outages: int = 0

    def __post_init__(self) -> None:
        self.calls = Calls(self.model, self.run)

    @property
    def state(self) -> RunState:
        return self.run.state

    def run_all(self) -> str:
        """Search to the end of the budget; the name of the limit that was reached.

        Raises:
            ModelError: The model cannot be used; the run stays resumable.
            SeedError: The seed has no score.
        """
        if self.state.incumbent is None:
            self.judge.seed()
        try:
            while (reason := self._limit()) is None:
                self._iterate()
        except ModelError:
            self.calls.settle()
            raise
        self._require_candidates()
        self._finish(reason)
        return reason

    def _limit(self) -> str | None:
        """The limit that ends the run; none while a reply waits to be judged."""
        number = self.state.candidates + 1
        if number in self.state.pending or number in self.calls:
            return None
        return self.budget.spent(self.state, now(), self.calls.unanswered)

    def _iterate(self) -> None:
        """One iteration, or what is left of it: all its children see the same history."""
        children = self.run.config.children
        first = self.state.candidates + 1
        numbers = range(first, (first - 1) // children * children + children + 1)
        if children > 1 and self._may_overlap():
            for number in numbers:
                self._start(number)
        for number in numbers:
            if self._limit() is not None:
                return
            self._child(number)

    def _may_overlap(self) -> bool:
        """Whether the model may work while candidates are judged."""
        times = getattr(self.problem, "times", False)
        return not times or getattr(self.model, "is_remote", False)

    def _start(self, number: int) -> None:
        if number in self.state.pending or number in self.calls:
            return
        if self.budget.spent(self.state, now(), self.calls.unanswered) is not None:
            return
        request = self._request(number)
        if isinstance(request, Prompt):
            self.observer.prompting(number)
            self.calls.start(number, request)

    def _child(self, number: int) -> None:
        """Propose, extract, evaluate, accept or not: the number is always consumed."""
        failed = None
        if number in self.calls:
            failed = self.calls.take(number)
        elif number not in self.state.pending:
            request = self._request(number)
            if isinstance(request, Candidate):
                self.judge.candidate(number, request)
                return
            self.observer.prompting(number)
            failed = self.calls.ask(number, request)
        if failed is not None:
            self._skip(number, failed)
            return
        self.outages = 0
        self._judge_reply(number)

    def _judge_reply(self, number: int) -> None:
        reply = self.state.pending[number].reply
        self.observer.replied(number, reply)
        self.observer.spent(self.state.spending)
        candidate = self._extracted(number, reply.text)
        if candidate is None:
            self.judge.skip(number, "the reply holds no candidate")
        else:
            self.judge.candidate(number, candidate)

    def _extracted(self, number: int, reply: str) -> Candidate | None:
        if not isinstance(self.problem, RepairingProblem):
            return self.problem.extract(reply)
        request = self._request(number)
        assert isinstance(request, Prompt)
        session = self.judge.session("repair", number)
        return self.problem.extract_with(reply, request, session)

    def _request(self, number: int) -> Prompt | Candidate:
        config = self.run.config
        seen = view(self.state.attempts, number, config.children, config.parent, config.control)
        request = self.problem.prompt(seen)
        if isinstance(request, Candidate):
            return request
        return with_results(request, self.state.tried, seen)

    def _skip(self, number: int, failed: FailedCall) -> None:
        """Consume the number, unless the model cannot be used at all."""
        error = failed.error
        if error.kind == "configuration":
            raise error
        reason = f"{error.kind}: {error}"
        self.judge.skip(number, reason, failed.elapsed_s, error.usage, error.calls)
        self.outages = self.outages + 1 if error.is_outage else 0
        if self.outages >= MOST_OUTAGES:
            raise ModelError(error.kind, f"{error} ({self.outages} calls in a row failed)")

    def _require_candidates(self) -> None:
        """Never pass the seed off as what a search came to that had no candidate at all."""
        asked = self.state.attempts[1:]
        if asked and all(attempt.candidate is None for attempt in asked):
            last = asked[-1].skip_reason
            raise ModelError("no candidate", f"every iteration was skipped; the last one: {last}")

    def _finish(self, reason: str) -> None:
        """Run the gate unless it has judged just these attempts."""
        if self.state.gate is None:
            self.judge.gate()
        if not self.state.finished:
            self.run.record(Finished(reason=reason))
