"""The table of a sweep: where each run stands."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Any

from rich.live import Live
from rich.table import Table
from rich.text import Text

from assay.cli.terminal import console, number, ratio, table
from assay.search.config import CONFIG_NAME
from assay.search.follow import Follower
from assay.search.state import RunState
from assay.sweeps.jobs import Folder
from assay.sweeps.plan import RunPlan
from assay.words import first_sentence

STYLES = {"passed": "green", "not passed": "red", "failed": "bold red", "running": "cyan"}


class SweepTable:
    """Shows a sweep: a table on a terminal, else one line per run that ends.

    Args:
        as_json: Print one JSON object per run that ends instead, and nothing else.
    """

    def __init__(self, folder: Folder, plans: Sequence[RunPlan], as_json: bool) -> None:
        self._folder, self._plans, self._as_json = folder, plans, as_json
        self._followers: dict[str, Follower] = {}
        self._running: set[str] = set()
        self._console = console()
        shown = not as_json and sys.stdout.isatty()
        self._live = Live(console=self._console, auto_refresh=False) if shown else None

    def __enter__(self) -> SweepTable:
        if self._live is not None:
            self._live.start()
        elif not self._as_json:
            self._console.print(f"{self._folder.path}: {len(self._plans)} runs", soft_wrap=True)
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Leave the table as it is."""
        if self._live is not None:
            self._live.stop()
            self._live = None

    def update(self, running: Sequence[RunPlan]) -> None:
        """Some time has passed; these runs are under way."""
        self._running = {plan.name for plan in running}
        if self._live is not None:
            self._live.update(self._table(), refresh=True)

    def finished(self, plan: RunPlan) -> None:
        """A run has ended, well or not."""
        self._running.discard(plan.name)
        if self._as_json:
            print(json.dumps(self._record(plan), allow_nan=False), flush=True)
        elif self._live is None:
            self._console.print(Text("  ".join(self._cells(plan))), soft_wrap=True)

    def conclude(self) -> None:
        """Say how the sweep ended."""
        if self._as_json:
            return
        failed = [plan for plan in self._plans if self._folder.failure(plan.name) is not None]
        for plan in failed:
            self._console.print(f"{plan.name} failed: {self._folder.failure(plan.name)}")
        text = f"{len(self._plans) - len(failed)} of {len(self._plans)} runs are complete."
        if failed:
            text += " --retry-failed tries the others again."
        self._console.print(text)
        self._console.print(f"assay report {self._folder.path} makes a page of them.")

    def _table(self) -> Table:
        rows = table("run", "state", "iterations", "best over seed", "gate")
        for plan in self._plans:
            name, state, *rest = self._cells(plan)
            rows.add_row(name, Text(state, STYLES.get(state, "")), *rest)
        return rows

    def _cells(self, plan: RunPlan) -> list[str]:
        state = self._state(plan)
        if state is None:
            return [plan.name, self._word(plan, None), "0", "-", "-"]
        seed, best = state.seed_score, state.best_score
        speedup = best / seed if seed and best is not None and seed > 0 else None
        over = ratio(speedup) if speedup is not None else number(best)
        gate = state.gate.report.outcome if state.gate else "-"
        return [plan.name, self._word(plan, state), str(state.iterations), over, gate]

    def _word(self, plan: RunPlan, state: RunState | None) -> str:
        if plan.name in self._running:
            return "running"
        if self._folder.failure(plan.name) is not None:
            return "failed"
        if state is None:
            return "waiting"
        return "complete" if state.finished else "interrupted"

    def _record(self, plan: RunPlan) -> dict[str, Any]:
        """Where a run stands, as plain JSON values."""
        state, failure = self._state(plan), self._folder.failure(plan.name)
        return {
            "run": str(self._folder.run(plan.name)),
            "problem": plan.problem,
            "model": plan.model,
            "seed": plan.seed,
            "state": self._word(plan, state),
            "iterations": state.iterations if state else 0,
            "seed_score": state.seed_score if state else None,
            "best_score": state.best_score if state else None,
            "gate": state.gate.report.outcome if state and state.gate else None,
            "failure": first_sentence(failure) if failure else None,
        }

    def _state(self, plan: RunPlan) -> RunState | None:
        folder = self._folder.run(plan.name)
        if plan.name not in self._followers:
            if not (folder / CONFIG_NAME).exists():
                return None
            self._followers[plan.name] = Follower(folder)
        return self._followers[plan.name].update()
