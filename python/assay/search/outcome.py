"""How a search ended."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from assay.search.problem import Attempt, GateReport
from assay.search.run import Run
from assay.search.spending import Spending


@dataclass(frozen=True)
class RunOutcome:
    """How a search ended.

    Attributes:
        run: The run folder.
        seed_score: Score of the seed.
        best_score: Score of the incumbent.
        incumbent: The attempt that is left; the seed where nothing was promoted.
        gate: The held-out verdict; None where the run stopped before it was complete.
        iterations: Candidates asked for over the life of the run, skipped ones included.
        new_iterations: Those asked for by this call.
        skipped: Those of which none came, over the life of the run.
        stopped_because: The limit that was reached, for example ``iterations``, or the kind of the
            model's failure.
        spending: Calls, tokens and money over the life of the run.
        seconds: Wall-clock time over the life of the run.
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
    spending: Spending
    seconds: float
    error: str | None = None

    @classmethod
    def of(cls, run: Run, before: int, reason: str, error: str | None = None) -> RunOutcome:
        """The outcome of a run that had ``before`` candidates when this call began."""
        state = run.state
        assert state.incumbent is not None
        assert state.seed_score is not None and state.best_score is not None
        return cls(
            run=run.folder,
            seed_score=state.seed_score,
            best_score=state.best_score,
            incumbent=state.incumbent,
            gate=state.gate.report if state.gate else None,
            iterations=state.candidates,
            new_iterations=state.candidates - before,
            skipped=sum(attempt.candidate is None for attempt in state.attempts),
            stopped_because=reason,
            spending=state.spending,
            seconds=state.stopwatch.logged(),
            error=error,
        )

    @property
    def complete(self) -> bool:
        """Whether the search ran to the end of its budget and through the gate."""
        return self.error is None

    @property
    def self_speedup(self) -> float | None:
        """Best score over seed score; None where the seed's is 0."""
        return self.best_score / self.seed_score if self.seed_score else None
