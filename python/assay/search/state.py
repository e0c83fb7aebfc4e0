"""The state of a run: a fold over its events, the same one live and on resume."""

from __future__ import annotations

from dataclasses import dataclass, field

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
    SeedEvaluated,
    Skipped,
    Withheld,
)
from assay.search.problem import Attempt, Candidate, Json, SearchState


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
        attempts: The seed and one entry per consumed iteration, oldest first; empty before the
            seed has a score.
        elapsed_s: Seconds of model and evaluation, one entry per attempt.
        incumbent: The last promoted attempt; None before the seed has a score.
        previous: The last attempt that had a candidate, promoted or not.
        pending: A reply that is not yet judged.
        gate: The gate's verdict on the attempts so far; None where it is still to come.
        finished: Whether nothing was left to do when the last event was logged.
        system: The system prompt of the last call.
        exchanges: Calls made for the evaluation or the gate that is under way or was the last, by
            stage and number; gone with the next attempt.
        withheld: Measurements that no prompt may depend on, by iteration.
    """

    attempts: list[Attempt] = field(default_factory=list)
    elapsed_s: list[float] = field(default_factory=list)
    incumbent: Attempt | None = None
    previous: Attempt | None = None
    pending: Replied | None = None
    gate: Gated | None = None
    finished: bool = False
    system: str | None = None
    exchanges: dict[tuple[str, int], Exchange] = field(default_factory=dict)
    withheld: dict[int, Json] = field(default_factory=dict)

    @property
    def iterations(self) -> int:
        """Iterations consumed, skipped ones included."""
        return max(len(self.attempts) - 1, 0)

    @property
    def seed_score(self) -> float | None:
        return _score(self.attempts[0]) if self.attempts else None

    @property
    def best_score(self) -> float | None:
        return _score(self.incumbent) if self.incumbent else None

    def search_state(self) -> SearchState:
        """What the prompt of the next iteration may depend on. The seed must have a score."""
        assert self.incumbent is not None and self.previous is not None
        return SearchState(
            iteration=self.iterations + 1,
            incumbent=self.incumbent,
            previous=self.previous,
            history=tuple(self.attempts),
        )

    def apply(self, event: Event) -> None:
        """Take one event into account. Events are applied in the order of the log."""
        match event:
            case SeedEvaluated():
                self.exchanges.clear()
                if event.evaluation.score is not None:
                    seed = Attempt(0, Candidate(event.source), event.evaluation, promoted=True)
                    self._add(seed, event.elapsed_s)
            case Prompted():
                self.system = event.system if event.system is not None else self.system
            case Replied():
                self.pending = event
            case Asked():
                self.system = event.system if event.system is not None else self.system
                assert self.system is not None
                self.exchanges[event.stage, event.call] = Exchange(self.system, event.user)
            case Answered() | AnswerFailed():
                self.exchanges[event.stage, event.call].outcome = event
            case Withheld():
                self.withheld[event.iteration] = event.details
            case Skipped():
                skip = Attempt(event.iteration, None, None, skip_reason=event.reason)
                self._add(skip, event.elapsed_s)
            case Evaluated():
                attempt = Attempt(
                    event.iteration, Candidate(event.source), event.evaluation, event.promoted
                )
                self._add(attempt, event.elapsed_s)
            case Gated():
                self.gate, self.finished = event, False
            case Finished():
                self.finished = True

    def _add(self, attempt: Attempt, elapsed_s: float) -> None:
        """Append to the history. A gate that ran before has not seen this attempt: it lapses."""
        self.attempts.append(attempt)
        self.elapsed_s.append(elapsed_s + (self.pending.elapsed_s if self.pending else 0.0))
        self.pending, self.gate, self.finished = None, None, False
        self.exchanges.clear()
        if attempt.candidate is not None:
            self.previous = attempt
        if attempt.promoted:
            self.incumbent = attempt


def _score(attempt: Attempt) -> float | None:
    return attempt.evaluation.score if attempt.evaluation else None
