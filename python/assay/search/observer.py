"""What the driver tells while it works. All methods do nothing; override those of interest."""

from __future__ import annotations

from pathlib import Path

from assay.models.base import Reply
from assay.search.budget import Budget
from assay.search.problem import Attempt, GateReport
from assay.search.spending import Spending
from assay.search.state import RunState


class Observer:
    """Told of each step after it is in the log. ``iteration`` 0 is the seed."""

    def started(self, folder: Path, state: RunState, budget: Budget) -> None:
        """The run is open; ``state.iterations`` of ``budget.iterations`` are done."""

    def prompting(self, iteration: int) -> None:
        """The model is about to be asked."""

    def replied(self, iteration: int, reply: Reply) -> None:
        """The model has answered, just now or before the run was interrupted."""

    def spent(self, spending: Spending) -> None:
        """A reply is there; this is what the run has spent."""

    def evaluating(self, iteration: int) -> None:
        """A candidate is about to be judged."""

    def asking(self, call: str) -> None:
        """An evaluation or the gate is about to ask the model; ``call`` is the call's name."""

    def evaluated(self, attempt: Attempt) -> None:
        """A candidate was judged; ``promoted`` follows where it became the incumbent."""

    def promoted(self, attempt: Attempt) -> None:
        """A candidate became the incumbent."""

    def skipped(self, attempt: Attempt) -> None:
        """An iteration ended without a candidate."""

    def gating(self) -> None:
        """The held-out gate is about to run."""

    def gated(self, report: GateReport) -> None:
        """The held-out gate has run."""
