"""The published record: what the models of the Metal-Sci suite achieved on an Apple M1 Pro.

The numbers lie in ``references/metal-sci``: one file per task, and ``suite.json`` with their source
and with what concerns all of them. They show where a result stands; nothing is scored by them, and
no prompt contains them.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from assay.names import UsageError

RECORD = Path(__file__).resolve().parents[1] / "references" / "metal-sci"
SUITE = "suite"
SESSION = "D_three_models"  # The one held-out session that measured seed and all models.

Outcome = Literal["ok", "compile", "pipeline", "runtime", "incorrect", "llm_error"]


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SizeRecord(_Record):
    """A candidate or seed at one size. ``error`` is None where it was not finite."""

    label: str
    correct: bool = True
    error: float | None
    gpu_seconds: float
    fraction: float


class SeedSize(_Record):
    """The seed at one size as a run printed it, rounded. ``achieved``: GFLOPS or GB/s."""

    label: str
    ms: float
    achieved: float
    fraction: float


class Iteration(_Record):
    """One candidate of a run.

    Attributes:
        score: None unless ``outcome`` is ``ok``.
        elapsed_s: Seconds including the wait for the model; None where the run was interrupted.
        in_summary: Whether the run's own summary lists it.
        msl_rules: Which rules of the language the source breaks.
        sizes: Those that were evaluated; the last one is where an incorrect candidate failed.
    """

    iteration: int
    outcome: Outcome
    score: float | None
    new_best: bool
    elapsed_s: float | None
    in_summary: bool
    msl_rules: tuple[str, ...] = ()
    sizes: tuple[SizeRecord, ...] = ()


class Run(_Record):
    """One published search.

    Attributes:
        started: Date and time, ``YYYYMMDD_HHMMSS``.
        matched: Whether it belongs to the published comparison of three models.
        complete: Whether it ended with a summary.
        requested: Iterations asked for, where that is known.
        best_iteration: 0 where no candidate beat the seed.
        seed_sizes: The seed's exact measurements, which are known where it stayed the best.
    """

    run: str
    model: str
    started: str
    matched: bool
    complete: bool
    requested: int | None
    seed_score: float
    best_score: float
    best_iteration: int
    seed_sizes_rounded: tuple[SeedSize, ...]
    seed_sizes: tuple[SizeRecord, ...] | None
    iterations: tuple[Iteration, ...]

    @property
    def self_speedup(self) -> float:
        """Best score over seed score."""
        return self.best_score / self.seed_score

    @property
    def smoke(self) -> bool:
        """Whether it only tested that a model answers; the published totals leave it out."""
        return self.run.startswith("_smoke")

    @property
    def candidates(self) -> int:
        """Number of candidates that were judged."""
        return sum(one.outcome != "llm_error" for one in self.iterations)

    def count(self, outcome: Outcome) -> int:
        """Number of iterations with an outcome."""
        return sum(one.outcome == outcome for one in self.iterations)


class HeldOutRecord(_Record):
    """A kernel at the held-out size of a task in one measuring session."""

    session: str
    task: str
    label: str
    variant: str
    fraction: float | None
    outcome: Outcome
    error: float | None
    run: str | None


class ReadmeRatio(_Record):
    """A held-out ratio for which only the published text is a source."""

    task: str
    label: str
    model: str
    ratio: float


class ManualSize(_Record):
    """The hand-written hmc kernel at one size, with the three parts of its error."""

    label: str
    error: float
    gpu_seconds: float
    fraction: float
    accept_rate: float
    mean_err_norm: float
    cov_fro_err: float


class Manual(_Record):
    """A kernel that a person wrote, measured like the others."""

    name: str
    task: str
    score: float
    sizes: tuple[ManualSize, ...]


class Suite(_Record):
    """What concerns all tasks.

    Attributes:
        chip: Where everything was measured; ``ceilings`` are its GFLOPS and GB/s.
        totals_without_smoke_run: Outcomes over all runs.
        compile_rule_files: For each rule of the language, the candidates that break it; then those
            that break no other rule, and those of each model.
    """

    source: str
    note: str
    chip: str
    ceilings: dict[str, float]
    totals_without_smoke_run: dict[str, int]
    compile_rule_files: dict[str, int]
    compile_rule_files_single_cause: dict[str, int]
    compile_rule_files_by_model: dict[str, dict[str, int]]
    held_out: tuple[HeldOutRecord, ...]
    held_out_readme: tuple[ReadmeRatio, ...]
    manual_experiment: Manual


class _TaskRecord(_Record):
    task: str
    runs: tuple[Run, ...]


class HeldOutRatio(_Record):
    """Best kernel over seed at the held-out size.

    Attributes:
        ratio: None where the best kernel is wrong there.
        source: ``session`` or ``text``: measured and recorded, or only told.
    """

    ratio: float | None
    outcome: Outcome
    source: Literal["session", "text"]


class Noise(_Record):
    """Spread of something that was measured several times without a change."""

    runs: int
    low: float
    median: float
    high: float

    @property
    def ratio(self) -> float:
        """High over low; infinite where low was rounded to 0."""
        return self.high / self.low if self.low else float("inf")


class Fastest(_Record):
    """The shortest recorded time of a correct candidate at one size, and whose it is."""

    label: str
    gpu_seconds: float
    fraction: float
    model: str
    iteration: int
    run: str


class Place(_Record):
    """Where a result stands among the published runs of its task: 1 is ahead of all."""

    rank: int
    runs: int
    measure: Literal["score", "self_speedup"]


@lru_cache(maxsize=1)
def suite() -> Suite:
    """What concerns all tasks."""
    return Suite.model_validate_json((RECORD / f"{SUITE}.json").read_text(encoding="utf-8"))


def published_tasks() -> tuple[str, ...]:
    """Names of the tasks that have a published record, sorted."""
    return tuple(sorted(path.stem for path in RECORD.glob("*.json") if path.stem != SUITE))


@lru_cache(maxsize=32)
def _task(task: str) -> _TaskRecord:
    if task not in published_tasks():
        message = f"there is no published record of '{task}'; there is one of "
        raise UsageError(message + ", ".join(published_tasks()), task, published_tasks())
    return _TaskRecord.model_validate_json((RECORD / f"{task}.json").read_text(encoding="utf-8"))


def runs(task: str) -> tuple[Run, ...]:
    """The published runs of a task: the compared ones first, then the others by date.

    Raises:
        UsageError: The record has no such task.
    """
    return _task(task).runs


def best_by_model(task: str) -> dict[str, Run]:
    """Each model's run with the highest score."""
    best: dict[str, Run] = {}
    for run in runs(task):
        if run.model not in best or run.best_score > best[run.model].best_score:
            best[run.model] = run
    return best


def _noise(values: Sequence[float]) -> Noise:
    return Noise(
        runs=len(values), low=min(values), median=statistics.median(values), high=max(values)
    )


def seed_noise(task: str) -> Noise:
    """Spread of the seed's score: every run measured the same seed, so it is noise."""
    return _noise([run.seed_score for run in runs(task)])


def seed_fractions(task: str) -> dict[str, Noise]:
    """Spread of the seed's fraction of the ceiling for each size, from rounded numbers."""
    found: dict[str, list[float]] = {}
    for run in runs(task):
        for size in run.seed_sizes_rounded:
            found.setdefault(size.label, []).append(size.fraction)
    return {label: _noise(values) for label, values in found.items()}


def fastest(task: str) -> tuple[Fastest, ...]:
    """For each size, the shortest time of a candidate that is correct at all sizes."""
    best: dict[str, Fastest] = {}
    for run in runs(task):
        for one in run.iterations:
            for size in one.sizes if one.outcome == "ok" else ():
                if size.label in best and size.gpu_seconds >= best[size.label].gpu_seconds:
                    continue
                best[size.label] = Fastest(
                    label=size.label,
                    gpu_seconds=size.gpu_seconds,
                    fraction=size.fraction,
                    model=run.model,
                    iteration=one.iteration,
                    run=run.run,
                )
    return tuple(best.values())


def held_out_ratio(task: str, run: Run) -> HeldOutRatio | None:
    """A run's best kernel over the seed at the held-out size, both from one session; None for runs
    that were not measured there."""
    measured = [one for one in suite().held_out if one.session == SESSION and one.task == task]
    own = [one for one in measured if one.run == run.run]
    seeds = [one for one in measured if one.variant == "seed"]
    if own and seeds:
        best, seed = own[0].fraction, seeds[0].fraction
        ratio = best / seed if best is not None and seed else None
        return HeldOutRatio(ratio=ratio, outcome=own[0].outcome, source="session")
    for told in suite().held_out_readme:
        if run.matched and (told.task, told.model) == (task, run.model):
            return HeldOutRatio(ratio=told.ratio, outcome="ok", source="text")
    return None


def place(
    task: str, *, score: float | None = None, self_speedup: float | None = None
) -> Place | None:
    """Rank of a result among the published runs; None where the task has no record.

    Self-speedups can be compared across machines; scores can only on the chip of the record.

    Raises:
        ValueError: Not exactly one of the two is given.
    """
    if (score is None) == (self_speedup is None):
        raise ValueError("give either score or self_speedup")
    if task not in published_tasks():
        return None
    counted = [run for run in runs(task) if not run.smoke]
    if score is not None:
        ahead, measure = sum(run.best_score > score for run in counted), "score"
    else:
        ahead = sum(run.self_speedup > (self_speedup or 0.0) for run in counted)
        measure = "self_speedup"
    return Place.model_validate({"rank": 1 + ahead, "runs": len(counted), "measure": measure})
