"""What the groups of the self-test consist of."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from assay.kernels.evaluator import Evaluator
from assay.selftest.report import Check

LIMIT = 60.0  # Seconds for what takes a moment; a compiler or a GPU that hangs is found out.


@dataclass(frozen=True)
class Case:
    """Something to be tried, with one result or several.

    Attributes:
        name: What is tried; where it is left out, nothing else is known of it.
        judge: Tries it. What it raises becomes a failed check.
    """

    name: str
    judge: Callable[[Evaluator], Iterable[Check]]


def call(evaluator: Evaluator, job: Callable[..., Any], *arguments: object) -> Any:
    """``job(device, *arguments)`` in the worker process, for a minute at most.

    Raises:
        AssayError: The worker died or did not come back, or what the job raised.
    """
    return evaluator.call(_limited, LIMIT, job, *arguments)


def _limited(
    device: Any, reporter: Any, seconds: float, job: Callable[..., Any], *arguments: object
) -> Any:
    reporter.limit(seconds)
    return job(device, *arguments)
