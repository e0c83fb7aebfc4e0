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


class SizeResult(_Record):
    """One evaluated size. What was not measured, and what is not finite, is null.

    Attributes:
        gpu_seconds: Median of ``samples``, seconds per repetition.
        achieved: Throughput in ``unit``; ``ceiling`` is in the same unit.
        fraction: ``achieved / ceiling``; may exceed 1 where caches help.
    """

    label: str
    held_out: bool = False
    correct: bool
    error_value: Measured = None
    error_kind: str | None = None
    tolerance: Measured = None
    gpu_seconds: Measured = None
    samples: tuple[Measured, ...] = ()
    achieved: Measured = None
    unit: str | None = None
    ceiling: Measured = None
    fraction: Measured = None


class Result(_Record):
    """Judgement on one kernel file."""

    file: str
    task: str
    device: str
    verdict: Verdict
    diagnostics: tuple[Finding, ...] = ()
    score: Measured = None
    fail_reason: str | None = None
    sizes: tuple[SizeResult, ...] = ()
    ceiling_source: str | None = None

    def json_line(self) -> str:
        """One line of strict JSON."""
        return self.model_dump_json()


def score(fractions: Sequence[float | None]) -> float | None:
    """Geometric mean of the fractions of the ceiling, each at least 10⁻¹²; None without any."""
    if not fractions:
        return None
    return math.exp(sum(math.log(max(f or 0.0, FLOOR)) for f in fractions) / len(fractions))


def unique(diagnostics: Sequence[Diagnostic]) -> tuple[Finding, ...]:
    """Records of diagnostics without repetitions, in the given order."""
    return tuple(dict.fromkeys(Finding.of(diagnostic) for diagnostic in diagnostics))
