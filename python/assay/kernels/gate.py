"""The held-out gate: seed and incumbent in turns, at the sizes that no model has seen."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict

from assay.errors import AssayError
from assay.kernels.evaluation import Progress, Reporter, at_size, report_strict, run_size
from assay.kernels.faults import Failure
from assay.kernels.folder import TaskFolder, load_folder
from assay.kernels.harness import Allowance, Measurement, Plan, Program, build
from assay.kernels.results import Measured, StrictResult, Verdict
from assay.search.problem import GateReport

RESAMPLES = 2000
FLAT = 0.02  # Ratios nearer to 1 than this are not called a gain or a loss.
SEED, INCUMBENT = 0, 1


class SeedFailed(AssayError):
    """The kernel that another one is measured against fails. ``reason`` says how."""

    def __init__(self, task: str, reason: str) -> None:
        self.reason = reason
        super().__init__(f"the seed of {task} fails: {reason}")


@dataclass(frozen=True)
class Duel:
    """Two kernels to be measured in turns: for the gate, seed and incumbent of a search.

    Attributes:
        held_out: Whether held-out sizes and the strict check take part. They must not where the
            outcome steers a search.
    """

    task: Path
    seed: str
    incumbent: str
    plan: Plan
    timeout: float
    held_out: bool = True


class SizeComparison(BaseModel):
    """Both kernels at one size. Samples are GPU seconds, in the order in which they were taken.

    Attributes:
        seed_starts, incumbent_starts: When each sample was started, in seconds from the first of
            the seed's.
        warmup, settled, disturbances: As of ``SizeResult``.
        ratio: How many times as fast as the seed the incumbent is; None where it failed.
        low, high: 95 % bootstrap interval of the ratio.
    """

    model_config = ConfigDict(frozen=True)

    label: str
    held_out: bool
    verdict: Verdict = "ok"
    fail_reason: str | None = None
    seed_samples: tuple[Measured, ...] = ()
    incumbent_samples: tuple[Measured, ...] = ()
    seed_starts: tuple[float, ...] = ()
    incumbent_starts: tuple[float, ...] = ()
    warmup: int | None = None
    settled: bool | None = None
    disturbances: tuple[str, ...] = ()
    seed_seconds: Measured = None
    incumbent_seconds: Measured = None
    error_value: Measured = None
    tolerance: Measured = None
    ratio: Measured = None
    low: Measured = None
    high: Measured = None


class Comparison(BaseModel):
    """Both kernels at every size, and the held-out ratio over all held-out sizes together.

    The strict verdicts decide nothing here; the incumbent has none where it fails at some size.
    """

    model_config = ConfigDict(frozen=True)

    sizes: tuple[SizeComparison, ...] = ()
    verdict: Verdict = "ok"
    fail_reason: str | None = None
    ratio: Measured = None
    low: Measured = None
    high: Measured = None
    tainted: bool = False
    seed_strict: StrictResult | None = None
    incumbent_strict: StrictResult | None = None


def bootstrap(
    seed: Sequence[Sequence[float]], incumbent: Sequence[Sequence[float]]
) -> tuple[float, float, float]:
    """Speed ratio seed seconds / incumbent seconds with its 95 % interval: (ratio, low, high).

    Each argument holds one list of samples per size; sample k of both was taken in the same turn,
    so turns are resampled as pairs. Ratios of medians are combined by their geometric mean.
    """
    rng = np.random.default_rng(0)
    logs = np.zeros(RESAMPLES)
    centre = 0.0
    for first, second in zip(seed, incumbent, strict=True):
        a, b = np.maximum(np.asarray(first), 1e-12), np.maximum(np.asarray(second), 1e-12)
        turns = rng.integers(len(a), size=(RESAMPLES, len(a)))
        logs += np.log(np.median(a[turns], axis=1) / np.median(b[turns], axis=1))
        centre += math.log(float(np.median(a)) / float(np.median(b)))
    low, high = np.quantile(logs / len(seed), [0.025, 0.975])
    return math.exp(centre / len(seed)), math.exp(low), math.exp(high)


def outcome(comparison: Comparison) -> GateReport:
    """The gate's word on a comparison.

    ``silent incorrectness``: the incumbent fails at some size. ``flat``: the interval of the
    held-out ratio includes 1, or the ratio is within 2 % of it. Otherwise ``generalises`` or
    ``silent regression``.
    """
    details = comparison.model_dump(mode="json", exclude={"tainted"})
    ratio, low, high = comparison.ratio, comparison.low, comparison.high
    if comparison.verdict != "ok" or ratio is None or low is None or high is None:
        return GateReport(False, "silent incorrectness", details)
    if low <= 1 <= high or abs(ratio - 1) <= FLAT:
        return GateReport(True, "flat", details)
    if ratio > 1:
        return GateReport(True, "generalises", details)
    return GateReport(False, "silent regression", details)


def _compared(label: str, held_out: bool, both: list[Measurement]) -> SizeComparison:
    seed, incumbent = both[SEED], both[INCUMBENT]
    ratio, low, high = bootstrap([seed.samples], [incumbent.samples])
    return SizeComparison(
        label=label,
        held_out=held_out,
        seed_samples=tuple(seed.samples),
        incumbent_samples=tuple(incumbent.samples),
        seed_starts=seed.offsets(seed.starts[0]),
        incumbent_starts=incumbent.offsets(seed.starts[0]),
        warmup=seed.warmup,
        settled=None if seed.settled is None else seed.settled and bool(incumbent.settled),
        disturbances=seed.disturbances,
        seed_seconds=seed.seconds,
        incumbent_seconds=incumbent.seconds,
        error_value=incumbent.worst.error_value,
        tolerance=incumbent.worst.tolerance,
        ratio=ratio,
        low=low,
        high=high,
    )


def _summary(sizes: Sequence[SizeComparison]) -> Comparison:
    """Combine the sizes; without held-out ones, the in-distribution ones decide."""
    decisive = [size for size in sizes if size.held_out] or sizes
    ratio, low, high = bootstrap(
        [[s or 0.0 for s in size.seed_samples] for size in decisive],
        [[s or 0.0 for s in size.incumbent_samples] for size in decisive],
    )
    return Comparison(sizes=tuple(sizes), ratio=ratio, low=low, high=high)


def failed(
    sizes: Sequence[SizeComparison],
    label: str,
    held_out: bool,
    verdict: Verdict,
    reason: str,
    tainted: bool = False,
) -> Comparison:
    """Comparison that ended after ``sizes`` because the incumbent failed at another one."""
    last = SizeComparison(label=label, held_out=held_out, verdict=verdict, fail_reason=reason)
    return Comparison(sizes=(*sizes, last), verdict=verdict, fail_reason=reason, tainted=tainted)


def _programs(device: Any, task: TaskFolder, job: Duel, allowance: Allowance) -> list[Program]:
    programs = []
    for position, source in enumerate((job.seed, job.incumbent)):
        try:
            programs.append(build(device, task.spec, source, allowance.copy()))
        except Failure as error:
            error.contestant = position
            raise
    return programs


def compare(device: Any, report: Reporter, job: Duel) -> Comparison:
    """Measure both kernels in turns at every size that takes part, in-distribution sizes first.

    Each size goes to ``report.progress`` as soon as it is measured.

    Raises:
        SeedFailed: The first of them fails.
    """
    task = load_folder(job.task)
    allowance = Allowance(job.timeout, report.limit)
    everything = (*task.spec.all_sizes(), *(task.held_out.sizes if job.held_out else ()))
    sizes: list[SizeComparison] = []
    label, held_out = "compile", False
    try:
        programs = _programs(device, task, job, allowance)
        for done, size in enumerate(everything):
            label, held_out = size.label, task.size(size.label)[1]
            report.progress(Progress(label, done, len(everything)))
            both = run_size(
                device, task, size, programs, job.plan, allowance.copy, strict=job.held_out
            )
            sizes.append(_compared(label, held_out, both))
            report.progress(sizes[-1])
            report_strict(report, task, size, both)
    except Failure as error:
        reason = at_size(error, label)
        if error.contestant == SEED:
            raise SeedFailed(task.name, reason) from error
        return failed(sizes, label, held_out, error.verdict, reason, error.tainted)
    return _summary(sizes)
