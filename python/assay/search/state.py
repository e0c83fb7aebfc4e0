"""The state of a run: a fold over its events, the same one live and on resume."""

from __future__ import annotations

from dataclasses import dataclass, field

from assay.models.base import Tried
from assay.search.events import (
    Answered,
    AnswerFailed,
    Asked,
    Evaluated,
    Event,
    Finished,
    Gated,
    Prompted,
    Replied,
    RunStarted,
    SeedEvaluated,
    Skipped,
    Withheld,
)
from assay.search.problem import Attempt, Candidate, Json
from assay.search.spending import Spending, Stopwatch
from assay.words import first_sentence


@dataclass
class Exchange:
    """A further call. ``outcome`` is None where the process ended before the model answered."""

    system: str
    user: str
    outcome: Answered | AnswerFailed | None = None


@dataclass
class RunState:
    """Where a run stands.

    Attributes:
        children: Candidates per iteration.
        spending: Calls, tokens and money.
        stopwatch: Wall-clock time.
        attempts: The seed and one entry per candidate asked for, oldest first; empty before the
            seed has a score.
        tried: Of the attempts, those that had a candidate, for models that learn from them.
        elapsed_s: Seconds of model and evaluation, one entry per attempt.
        incumbent: The last promoted attempt; None before the seed has a score.
        previous: The last attempt that had a candidate, promoted or not.
        pending: Replies that are not yet judged, by number of the candidate.
        gate: The gate's verdict on the attempts so far; None where it is still to come.
        finished: Whether nothing was left to do when the last event was logged.
        system: The system prompt of the last call.
        exchanges: Calls made for the evaluation or the gate that is under way or was the last, by
            stage and number; gone with the next attempt.
        withheld: Measurements that no prompt may depend on, by iteration.
    """

    children: int = 1
    spending: Spending = field(default_factory=Spending)
    stopwatch: Stopwatch = field(default_factory=Stopwatch)
    attempts: list[Attempt] = field(default_factory=list)
    tried: list[Tried] = field(default_factory=list)
    elapsed_s: list[float] = field(default_factory=list)
    incumbent: Attempt | None = None
    previous: Attempt | None = None
    pending: dict[int, Replied] = field(default_factory=dict)
    gate: Gated | None = None
    finished: bool = False
    system: str | None = None
    exchanges: dict[tuple[str, int], Exchange] = field(default_factory=dict)
    withheld: dict[int, Json] = field(default_factory=dict)

    @property
    def candidates(self) -> int:
        """Candidates asked for and judged, skipped ones included."""
        return max(len(self.attempts) - 1, 0)

    @property
    def iterations(self) -> int:
        """Iterations consumed, skipped ones included."""
        return self.candidates // self.children

    @property
    def seed_score(self) -> float | None:
        return self.attempts[0].score if self.attempts else None

    @property
    def best_score(self) -> float | None:
        return self.incumbent.score if self.incumbent else None

    def apply(self, event: Event) -> None:
        """Take one event into account. Events are applied in the order of the log."""
        self.stopwatch.tick(event.time)
        match event:
            case RunStarted():
                self.stopwatch.start(event.time)
            case SeedEvaluated():
                self.exchanges.clear()
                if event.evaluation.score is not None:
                    seed = Attempt(0, Candidate(event.source), event.evaluation, promoted=True)
                    self._add(seed, event.elapsed_s)
            case Prompted() | Asked():
                self._ask(event)
            case Replied():
                self.pending[event.iteration] = event
                self.spending.add_reply(event.reply)
            case Answered():
                self.exchanges[event.stage, event.call].outcome = event
                self.spending.add_reply(event.reply)
            case AnswerFailed():
                self.exchanges[event.stage, event.call].outcome = event
                self.spending.add(event.usage, event.calls)
            case Withheld():
                self.withheld[event.iteration] = event.details
            case Skipped():
                self.spending.add(event.usage, event.calls)
                skip = Attempt(event.iteration, None, None, skip_reason=event.reason)
                self._add(skip, event.elapsed_s)
            case Evaluated():
                self._add(self._judged(event), event.elapsed_s)
            case Gated():
                self.gate, self.finished = event, False
            case Finished():
                self.finished = True

    def _ask(self, event: Prompted | Asked) -> None:
        self.system = event.system if event.system is not None else self.system
        if isinstance(event, Asked):
            assert self.system is not None
            self.exchanges[event.stage, event.call] = Exchange(self.system, event.user)

    def _judged(self, event: Evaluated) -> Attempt:
        reply = self.pending.get(event.iteration)
        return Attempt(
            event.iteration,
            Candidate(event.source),
            event.evaluation,
            event.promoted,
            idea=first_sentence(reply.reply.text) if reply else None,
            duplicate_of=event.duplicate_of,
        )

    def _add(self, attempt: Attempt, elapsed_s: float) -> None:
        """Append to the history. A gate that ran before has not seen this attempt: it lapses."""
        reply = self.pending.pop(attempt.iteration, None)
        self.attempts.append(attempt)
        self.elapsed_s.append(elapsed_s + (reply.elapsed_s if reply else 0.0))
        self.gate, self.finished = None, False
        self.exchanges.clear()
        if attempt.candidate is not None:
            self.previous = attempt
            source = attempt.candidate.source
            self.tried.append(Tried(source, attempt.idea, attempt.score, attempt.promoted))
        if attempt.promoted:
            self.incumbent = attempt
