"""A problem whose candidates state their own score, and a model that answers by iteration.

Run as a program, it is a slow search that counts its paid calls in a file, and stays waiting for an
answer once its log has so many lines:
``python toy_search.py RUN_FOLDER CALLS_FILE ITERATIONS LINES``.
"""

from __future__ import annotations

import os
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from assay.models.base import ModelError, Prompt, Reply, Usage
from assay.search.budget import Budget
from assay.search.evolve import evolve
from assay.search.problem import Candidate, Evaluation, GateReport, SearchState

# What the model answers in iterations 1, 2, …; the seed scores 1.
SCRIPT: tuple[Any, ...] = (
    "1.0",  # equal to the seed
    "2.0",  # better
    "broken",
    ModelError("server", "the server is down"),
    "no code",
    "1.5",
    "nan",
    "2.0",  # equal to the incumbent
    "2.25",  # better
    "inf",
    "2.0",
    "2.5",  # better
)
PROMOTED = [0, 2, 9, 12]
SCORES = [1.0, 1.0, 2.0, None, None, None, 1.5, None, 2.0, 2.25, None, 2.0, 2.5]
SKIPPED = [4, 5]


@dataclass
class ToyProblem:
    seed_source: str = "1.0"
    settings: dict[str, Any] = field(default_factory=lambda: {"device": "none", "sizes": (1, 2)})
    name: str = "toy"
    artifact: str = "text"
    states: list[SearchState] = field(default_factory=list)
    evaluated: list[str] = field(default_factory=list)
    gated: list[tuple[str, str]] = field(default_factory=list)

    def describe(self) -> dict[str, Any]:
        return self.settings

    def seed(self) -> Candidate:
        return Candidate(self.seed_source)

    def prompt(self, state: SearchState) -> Prompt:
        self.states.append(state)
        tried = tuple(attempt.candidate.source for attempt in state.history if attempt.candidate)
        text = f"beat {state.incumbent.candidate.source}; you tried {', '.join(tried)}"
        return Prompt(
            "Answer with a number.", text, state.incumbent.candidate.source, state.iteration, tried
        )

    def extract(self, reply: str) -> Candidate | None:
        return None if reply == "no code" else Candidate(reply)

    def fingerprint(self, candidate: Candidate) -> str | None:
        return None  # Repetitions are part of the script.

    def evaluate(self, candidate: Candidate) -> Evaluation:
        self.evaluated.append(candidate.source)
        if candidate.source == "broken":
            return Evaluation(None, "compile_error", "it is broken", {"compile_ok": False})
        score = float(candidate.source)
        return Evaluation(score, "ok", details={"compile_ok": True, "samples": [score, 1.0]})

    def gate(self, seed: Candidate, incumbent: Candidate) -> GateReport:
        self.gated.append((seed.source, incumbent.source))
        return GateReport(True, "generalises", {"ratio": float("nan")})


@dataclass
class ToyModel:
    script: tuple[Any, ...] = SCRIPT
    name: str = "toy-model"
    calls: list[int] = field(default_factory=list)

    def complete(self, prompt: Prompt) -> Reply:
        self.calls.append(prompt.iteration)
        answer = self.script[prompt.iteration - 1]
        if isinstance(answer, BaseException):
            raise answer
        return Reply(answer, "toy-model-2", f"thought {prompt.iteration}", Usage(3, 4))


class SlowProblem(ToyProblem):
    def evaluate(self, candidate: Candidate) -> Evaluation:
        time.sleep(0.02)
        return super().evaluate(candidate)


@dataclass
class PaidModel(ToyModel):
    ledger: Path = Path()
    log: Path = Path(os.devnull)
    most_lines: int = 0  # of the log, where the model still answers

    def complete(self, prompt: Prompt) -> Reply:
        with open(self.ledger, "a", encoding="utf-8") as file:
            file.write(f"{prompt.iteration}\n")
        time.sleep(0.02)
        while self.log.read_bytes().count(b"\n") > self.most_lines:
            time.sleep(1)
        return super().complete(prompt)


if __name__ == "__main__":
    run_folder, calls_file, iterations, lines = sys.argv[1:]
    evolve(
        SlowProblem(),
        PaidModel(
            ledger=Path(calls_file), log=Path(run_folder) / "events.jsonl", most_lines=int(lines)
        ),
        Path(run_folder),
        Budget(int(iterations)),
    )
