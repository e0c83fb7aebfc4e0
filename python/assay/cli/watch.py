"""Shows a search while it runs: one line per iteration, and a bar for what is under way."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from rich.text import Text

from assay.cli.costs import money
from assay.cli.terminal import Output, number, ratio
from assay.models.base import Reply
from assay.search.budget import Budget
from assay.search.observer import Observer
from assay.search.problem import Attempt, GateReport
from assay.search.spending import Spending
from assay.search.state import RunState
from assay.words import first_sentence

LONGEST_IDEA = 72  # Characters of a reply that are shown.


class Watch(Observer):
    """Prints to ``output``; nothing at all where ``silent``.

    ``remark`` gives a warning to stand behind an attempt, or None.
    """

    def __init__(
        self, output: Output, remark: Callable[[Attempt], str | None], silent: bool
    ) -> None:
        self._output = output
        self._remark = remark
        self._silent = silent
        self._done = self._total = 0
        self._seed_score: float | None = None
        self._best: float | None = None
        self._activity = "starting"
        self._idea = ""
        self._cost = ""

    def measuring(self, stage: str) -> None:
        """An evaluation is at this stage."""
        self._show(f"{self._activity}: {stage}")

    def started(self, folder: Path, state: RunState, budget: Budget) -> None:
        self._done, self._total = state.candidates, budget.iterations * state.children
        self._total = max(self._total, self._done)
        self._seed_score, self._best = state.seed_score, state.best_score
        text = f"Run folder {folder}"
        if state.finished and state.iterations >= budget.iterations:
            text += f": complete, {state.iterations} iterations are done; nothing left to do."
        elif state.attempts:
            text += f": continued, {state.iterations} of {budget.iterations} iterations are done."
        self._print(text)

    def replied(self, iteration: int, reply: Reply) -> None:
        self._idea = first_sentence(reply.text, LONGEST_IDEA)

    def prompting(self, iteration: int) -> None:
        self._idea = ""
        self._start(f"iteration {iteration}: waiting for the model")

    def evaluating(self, iteration: int) -> None:
        self._start(f"iteration {iteration}" if iteration else "seed")

    def evaluated(self, attempt: Attempt) -> None:
        assert attempt.evaluation is not None
        score, verdict = attempt.evaluation.score, attempt.evaluation.verdict
        if attempt.promoted:
            self._best = score
        if attempt.iteration == 0:
            self._seed_score = score
            self._print(self._text("seed", verdict, f"score {number(score)}"))
            return
        self._done = attempt.iteration
        note = attempt.evaluation.fail_reason or ""
        if attempt.duplicate_of is not None:
            note = f"the same as {attempt.duplicate_of}"
        elif score is not None:
            note = f"score {number(score)}  {self._relative(score)}"
        line = self._text(str(attempt.iteration), verdict, note)
        if attempt.promoted:
            line.append("  promoted", "bold green")
        if remark := self._remark(attempt):
            line.append(f"  {remark}", "bold yellow")
        self._print(line.append(f"  {self._idea}", "dim") if self._idea else line)

    def spent(self, spending: Spending) -> None:
        if spending.price is None or not spending.price.is_free:
            self._cost = f"  {money(spending.known_usd)}"

    def skipped(self, attempt: Attempt) -> None:
        self._done = attempt.iteration
        self._print(self._text(str(attempt.iteration), "skipped", attempt.skip_reason or ""))

    def gating(self) -> None:
        self._start("gate")

    def gated(self, report: GateReport) -> None:
        self._start("done")

    @staticmethod
    def _text(name: str, verdict: str, note: str) -> Text:
        first_line = note.partition("\n")[0]
        return Text(f"{name:>4}  {verdict:<14}  {first_line}")

    def _relative(self, score: float) -> str:
        return f"{ratio(score / self._seed_score)} the seed" if self._seed_score else ""

    def _start(self, activity: str) -> None:
        self._activity = activity
        self._show(activity)

    def _show(self, activity: str) -> None:
        best = ""
        if self._best is not None:
            best = f"  best {number(self._best)}, {self._relative(self._best)}"
        self._output.show(f"{activity}{best}{self._cost}", self._done, self._total)

    def _print(self, line: Text | str) -> None:
        if not self._silent:
            self._output.print(line)
