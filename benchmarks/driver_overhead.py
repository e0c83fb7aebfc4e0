"""What the driver itself costs: everything of an iteration but the model and the evaluation.

A scripted model and a problem without any work run for many iterations; prompts (5 kB), replies
(1.2 kB) and results (0.3 kB) are those of a search for small kernels.

``python benchmarks/driver_overhead.py`` prints CPU and wall-clock time per iteration at the
beginning, in the middle and at the end, the time that the disk takes to make a write durable (an
iteration has two), and the size of the run folder.
"""

from __future__ import annotations

import argparse
import itertools
import os
import statistics
import tempfile
import time
from pathlib import Path

from assay.models import Prompt, ScriptedModel
from assay.report import load_record
from assay.search.budget import Budget
from assay.search.evolve import evolve
from assay.search.problem import Candidate, Evaluation, GateReport, SearchState

BRIEF = "You write compute kernels; signatures and launch follow. " * 45  # 2.6 kB
SOURCE = "    sum += a[row * width + column] * b[column];  // one term\n" * 20  # 1.2 kB
DETAILS = {"sizes": [{"label": f"size {n}", "samples": [1.25e-3] * 10} for n in range(3)]}


class Idle:
    """Candidates are numbers behind a source of the usual length; evaluating one takes no time."""

    name = "idle"
    artifact = "text"

    def __init__(self) -> None:
        self.marks: list[tuple[float, float]] = []

    def describe(self) -> dict[str, str]:
        return {}

    def seed(self) -> Candidate:
        return Candidate(f"{SOURCE}0")

    def prompt(self, state: SearchState) -> Prompt:
        """Brief, previous attempt, incumbent, and the last eight attempts."""
        self.marks.append((time.process_time(), time.perf_counter()))
        lines = "\n".join(f"{a.iteration}: {a.score}" for a in state.history[-8:])
        texts = [state.previous.candidate, state.incumbent.candidate]
        shown = "\n".join(candidate.source for candidate in texts if candidate)
        return Prompt(BRIEF, f"{BRIEF}\n{shown}\n{lines}", SOURCE, state.iteration)

    def extract(self, reply: str) -> Candidate:
        return Candidate(reply)

    def evaluate(self, candidate: Candidate) -> Evaluation:
        score = float(candidate.source.rsplit("\n", 1)[-1])
        return Evaluation(score % 97, "ok", details=DETAILS)

    def gate(self, seed: Candidate, incumbent: Candidate) -> GateReport:
        return GateReport(True, "flat")


def durable_write_seconds(folder: Path, count: int = 50) -> float:
    """Median time of an fsync after 8 kB."""
    times = []
    with open(folder / "probe", "wb") as file:
        for _ in range(count):
            file.write(b"x" * 8192)
            file.flush()
            start = time.perf_counter()
            os.fsync(file.fileno())
            times.append(time.perf_counter() - start)
    return statistics.median(times)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--iterations", type=int, default=1000)
    iterations = parser.parse_args().iterations
    with tempfile.TemporaryDirectory(dir=".") as directory:
        run = Path(directory) / "run"
        problem = Idle()
        model = ScriptedModel(lambda prompt: f"{SOURCE}{prompt.iteration}")
        evolve(problem, model, run, Budget(iterations), rule="strict")
        steps = [(b[0] - a[0], b[1] - a[1]) for a, b in itertools.pairwise(problem.marks)]
        third = len(steps) // 3
        for name, part in (
            ("first third", steps[:third]),
            ("second third", steps[third : 2 * third]),
            ("last third", steps[2 * third :]),
        ):
            cpu, wall = (statistics.median(column) * 1e3 for column in zip(*part, strict=True))
            print(f"{name}: {cpu:.2f} ms CPU, {wall:.2f} ms wall per iteration")
        print(f"fsync of 8 kB: {durable_write_seconds(Path(directory)) * 1e3:.2f} ms")
        size = sum(path.stat().st_size for path in run.iterdir())
        print(f"run folder: {size / 1e6:.1f} MB in {len(list(run.iterdir()))} files")
        start = time.perf_counter()
        load_record(run)
        print(f"read by a report in {time.perf_counter() - start:.2f} s")


if __name__ == "__main__":
    main()
