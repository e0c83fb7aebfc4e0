"""The record of one evaluated kernel, as it is printed and stored: strict JSON."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict

from assay.errors import Diagnostic

Verdict = Literal["ok", "compile_error", "pipeline_error", "incorrect", "crash", "timeout"]
FLOOR = 1e-12


def _finite(value: object) -> object:
    return None if isinstance(value, float) and not math.isfinite(value) else value


Measured = Annotated[float | None, BeforeValidator(_finite)]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True)


class Finding(_Record):
    """A diagnostic about the candidate's source."""

    line: int | None = None
    column: int | None = None
    severity: str = "error"
    rule: str
    message: str
    hint: str | None = None

    @classmethod
    def of(cls, diagnostic: Diagnostic) -> Finding:
        """Record of a diagnostic."""
        return cls(
            line=diagnostic.line,
            column=diagnostic.column,
            severity=diagnostic.severity,
            rule=diagnostic.rule,
            message=diagnostic.message,
            hint=diagnostic.hint,
        )


class StrictCase(_Record):
    """One comparison of the strict verdict. What does not apply, and what is not finite, is null.

    Attributes:
        kind: ``size``: the result of the published run; ``poisoned``: a repetition at a published
            size whose output buffers start poisoned; ``case``: private parameters and inputs;
            ``schedule``: one of these again, with its threads in an unusual order.
        label: The size, or ``case 1``, ``case 2``, …
        parameters: What distinguishes it from the task's constants.
        error_kind: What was compared, or what went wrong: ``crash``, ``timeout``,
            ``input_modified``, …
        reason: One line that says why it is not correct.
    """

    kind: Literal["size", "poisoned", "case", "schedule"]
    label: str
    parameters: dict[str, int | float]
    correct: bool
    error_value: Measured = None
    error_kind: str
    tolerance: Measured = None
    reason: str | None = None

    @property
    def tainting(self) -> bool:
        """Whether the process that found it may not be trusted with another run."""
        return self.error_kind in ("crash", "timeout")

    def described(self) -> str:
        """Its kind, label and parameters, for messages."""
        parameters = ", ".join(f"{name} = {value:g}" for name, value in self.parameters.items())
        kind = {
            "size": "size ",
            "poisoned": "poisoned size ",
            "case": "",
            "schedule": "another order of threads, ",
        }[self.kind]
        return f"{kind}{self.label} ({parameters})"


class StrictResult(_Record):
    """The strict verdict on a kernel that passes the published check.

    Attributes:
        seed: Repeats the private cases when it is given to a later evaluation.
        fail_reason: One line about the first case that failed.
        schedule_dependent: Whether the kernel was wrong in another order of its threads after it
            was right in the usual one; null where the device offers no other.
    """

    passed: bool
    seed: int
    fail_reason: str | None = None
    schedule_dependent: bool | None = None
    cases: tuple[StrictCase, ...] = ()

    @classmethod
    def of(cls, seed: int, cases: Sequence[StrictCase]) -> StrictResult:
        """The verdict that follows from the cases."""
        orders = [case.correct for case in cases if case.kind == "schedule"]
        wrong = next((case for case in cases if not case.correct), None)
        reason = None
        if wrong is not None:
            reason = f"{wrong.described()}: {wrong.reason or wrong.error_kind}"
        return cls(
            passed=wrong is None,
            seed=seed,
            fail_reason=reason,
            schedule_dependent=not all(orders) if orders else None,
            cases=tuple(cases),
        )

    @property
    def tainted(self) -> bool:
        """Whether the process that found it may not be trusted with another candidate."""
        return any(case.tainting for case in self.cases)


class SizeResult(_Record):
    """One evaluated size. What was not measured, and what is not finite, is null.

    Attributes:
        error_kind: What was compared (``max_abs``, …), or what went wrong: ``non_finite``,
            ``repetition_differs``, ``input_modified`` and ``canary_modified`` (``error_value``
            counts the changed elements or buffers), ``crash``, ``timeout``, …
        gpu_seconds: Median of ``samples``, seconds per repetition.
        starts: Seconds from the start of the first sample to that of each, on the device's clock.
        warmup: Untimed repetitions before them.
        settled: Whether times had stopped falling before the samples were taken; null where nobody
            waited for it.
        disturbances: What about the state of the device, or of the machine, makes the times
            doubtful.
        achieved: Throughput in ``unit``; ``ceiling`` is in the same unit.
        fraction: ``achieved / ceiling``; may exceed 1 where caches help.
        working_set: Bytes of all buffers.
        attainable_seconds: Shortest time to be expected, given which cache the working set fits and
            what launches cost; null where the device's caches were not measured.
        attainable_fraction: ``attainable_seconds / gpu_seconds``.
        suspicious: Why the time cannot be that of the whole work; null where it can.
    """

    label: str
    held_out: bool = False
    correct: bool
    error_value: Measured = None
    error_kind: str | None = None
    tolerance: Measured = None
    gpu_seconds: Measured = None
    samples: tuple[Measured, ...] = ()
    starts: tuple[float, ...] = ()
    warmup: int | None = None
    settled: bool | None = None
    disturbances: tuple[str, ...] = ()
    achieved: Measured = None
    unit: str | None = None
    ceiling: Measured = None
    fraction: Measured = None
    working_set: int | None = None
    attainable_seconds: Measured = None
    attainable_fraction: Measured = None
    suspicious: str | None = None


class Result(_Record):
    """Judgement on one kernel file.

    Attributes:
        verdict, score, fail_reason, sizes: The published verdict.
        strict: The strict verdict; null where nobody asked for it or the published one is not
            ``ok``.
    """

    file: str
    task: str
    device: str
    verdict: Verdict
    diagnostics: tuple[Finding, ...] = ()
    score: Measured = None
    fail_reason: str | None = None
    sizes: tuple[SizeResult, ...] = ()
    ceiling_source: str | None = None
    strict: StrictResult | None = None

    def json_line(self) -> str:
        """One line of strict JSON."""
        return self.model_dump_json()


def score(fractions: Sequence[float | None]) -> float | None:
    """Geometric mean of the fractions of the ceiling, each at least 10⁻¹²; None without any."""
    if not fractions:
        return None
    return math.exp(sum(math.log(max(f or 0.0, FLOOR)) for f in fractions) / len(fractions))


def lower_bound(result: Result) -> float | None:
    """Score at the lower end of its 95 % bootstrap interval; None without a score.

    Samples are resampled at each size. This is the noise within one evaluation; between two
    evaluations there may be more.
    """
    if result.score is None:
        return None
    import numpy as np

    rng = np.random.default_rng(0)
    sizes = [size for size in result.sizes if not size.held_out and size.samples]
    logs = np.zeros(1000)
    for size in sizes:
        samples = np.maximum(np.asarray(size.samples, float), 1e-12)
        drawn = samples[rng.integers(len(samples), size=(len(logs), len(samples)))]
        logs += np.log(np.median(samples) / np.median(drawn, axis=1))
    if not sizes:
        return None
    return result.score * math.exp(float(np.quantile(logs / len(sizes), 0.025)))


def unique(diagnostics: Sequence[Diagnostic]) -> tuple[Finding, ...]:
    """Records of diagnostics without repetitions, in the given order."""
    return tuple(dict.fromkeys(Finding.of(diagnostic) for diagnostic in diagnostics))
