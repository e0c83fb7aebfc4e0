from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from assay.kernels import published
from assay.kernels.gate import Comparison, SizeComparison, outcome
from assay.kernels.results import Result, SizeResult
from assay.models.base import ModelError, Prompt, Reply, Usage
from assay.search.budget import Budget
from assay.search.evolve import evolve
from assay.search.problem import Candidate, Evaluation, GateReport, SearchState

VERDICTS = {"compile": "compile_error", "pipeline": "pipeline_error", "incorrect": "incorrect"}
CEILING = 200.0
HOSTILE = "Uses </script><script>alert(1)</script> & <img src=x onerror=alert(2)>."


def source_of(iteration: int) -> str:
    """A kernel that says which one it is, and differs from the others in one more line."""
    body = "\n".join(f"    y[{k}] = {k}.0f * a; // <b>&amp;</b>" for k in range(iteration + 1))
    return f"kernel void step(device float *y, constant float &a) {{\n{body}\n}}\n"


@dataclass
class PublishedSearch:
    """Problem and model that repeat a published search; its scores are given, not measured."""

    run: published.Run
    task: str
    artifact: str = "metal"

    @property
    def name(self) -> str:
        return self.task

    def describe(self) -> dict[str, Any]:
        return {"domain": "kernels", "device": "metal", "chip": "Apple M1 Pro"}

    def seed(self) -> Candidate:
        return Candidate(source_of(0))

    def prompt(self, state: SearchState) -> Prompt:
        tried = "\n".join(one.candidate.source for one in state.history if one.candidate)
        return Prompt("Be brief.", f"Improve.\n{tried}", "", state.iteration)

    def extract(self, reply: str) -> Candidate | None:
        return Candidate(source_of(int(reply.rsplit("#", 1)[1])))

    def evaluate(self, candidate: Candidate) -> Evaluation:
        iteration = candidate.source.count("y[") - 1
        if iteration == 0:
            sizes = [_size(s.label, s.ms / 1e3, s.fraction) for s in self.run.seed_sizes_rounded]
            return self._evaluation("ok", self.run.seed_score, sizes)
        one = next(one for one in self.run.iterations if one.iteration == iteration)
        sizes = [_size(s.label, s.gpu_seconds, s.fraction, s.correct) for s in one.sizes]
        return self._evaluation(VERDICTS.get(one.outcome, "ok"), one.score, sizes)

    def _evaluation(self, verdict: str, score: float | None, sizes: list[SizeResult]) -> Evaluation:
        result = Result(
            file="-", task=self.task, device="metal", verdict=verdict, score=score, sizes=sizes
        )
        reason = None if score is not None else f"{verdict} <i>here</i>"
        return Evaluation(score, verdict, reason, result.model_dump(mode="json"))

    def gate(self, seed: Candidate, incumbent: Candidate) -> GateReport:
        ratio = published.held_out_ratio(self.task, self.run)
        sizes = [_compared("a", False, self.run.self_speedup)]
        if ratio is None or ratio.ratio is None:
            wrong = SizeComparison(label="b", held_out=True, verdict="incorrect")
            reason = "correctness failed at size b"
            comparison = Comparison(sizes=(*sizes, wrong), verdict="incorrect", fail_reason=reason)
        else:
            sizes.append(_compared("b", True, ratio.ratio))
            low, high = ratio.ratio * 0.95, ratio.ratio * 1.05
            comparison = Comparison(sizes=tuple(sizes), ratio=ratio.ratio, low=low, high=high)
        return outcome(comparison)


def _size(label: str, seconds: float, fraction: float, correct: bool = True) -> SizeResult:
    return SizeResult(
        label=label,
        correct=correct,
        gpu_seconds=seconds,
        fraction=fraction,
        achieved=fraction * CEILING,
        ceiling=CEILING,
        unit="GB/s",
        working_set=1 << 20,
        attainable_fraction=fraction / 1.2,
    )


def _compared(label: str, held_out: bool, ratio: float) -> SizeComparison:
    return SizeComparison(
        label=label,
        held_out=held_out,
        seed_seconds=1e-3 * ratio,
        incumbent_seconds=1e-3,
        ratio=ratio,
        low=ratio * 0.9,
        high=ratio * 1.1,
    )


@dataclass
class PublishedModel:
    run: published.Run

    @property
    def name(self) -> str:
        return self.run.model

    def complete(self, prompt: Prompt) -> Reply:
        one = next(one for one in self.run.iterations if one.iteration == prompt.iteration)
        if one.outcome == "llm_error":
            raise ModelError("timeout", "no answer")
        return Reply(f"{HOSTILE} #{prompt.iteration}", "m", "Thinking.", Usage(1000, 10))


def matched(task: str, model: str) -> published.Run:
    """The published search of a model in the comparison of three."""
    return next(r for r in published.runs(task) if r.matched and r.model.startswith(model))


@pytest.fixture(scope="session")
def published_run(tmp_path_factory):
    """Make the run folder of a published search."""

    def make(task: str, model: str) -> Path:
        run = matched(task, model)
        folder = tmp_path_factory.mktemp("runs") / f"{task}-{model}"
        last = max(one.iteration for one in run.iterations)
        evolve(PublishedSearch(run, task), PublishedModel(run), folder, Budget(last))
        return folder

    return make


@pytest.fixture(scope="session")
def hmc_opus(published_run):
    """The search that won ten-fold where it was scored and is wrong at the held-out size."""
    return published_run("hmc", "claude-opus")


@pytest.fixture(scope="session")
def fft3d_gpt(published_run):
    """The search that won three-fold where it was scored and is slower at the held-out size."""
    return published_run("fft3d", "gpt")
