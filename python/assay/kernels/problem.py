"""A kernel task as a problem that the driver can search."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Literal

import numpy as np

from assay.kernels.autotune.program import normalised
from assay.kernels.evaluator import Evaluator, OnProgress, Settings
from assay.kernels.extract import extract_source
from assay.kernels.folder import TaskFolder
from assay.kernels.gate import outcome
from assay.kernels.prompts import build_prompt
from assay.kernels.results import StrictResult, lower_bound
from assay.kernels.styles import STYLES
from assay.kernels.worker import OpenDevice
from assay.models.base import Prompt
from assay.names import unknown
from assay.search.problem import Candidate, Evaluation, GateReport, SearchState, Turns

Promotion = Literal["published", "strict"]

# What a model hears where the strict verdict decides: nothing about the private cases.
_REFUSALS = {
    "size": (
        "the results at the sizes above are further from the reference than single-precision"
        " rounding explains"
    ),
    "poisoned": (
        "an output buffer holds, or something read, values that no thread had written before"
    ),
    "case": (
        "wrong for other extents, step counts, scalar arguments or inputs than those above; take"
        " all of them from the kernel's arguments and guard every access"
    ),
    "schedule": (
        "right only while its threads run in a friendly order; put a barrier between writing and"
        " reading threadgroup memory, and read none that was not written"
    ),
}


def _ignore(_: object) -> None:
    pass


def refusal(verdict: StrictResult) -> str:
    """Why a kernel that fails the strict verdict is refused, in words that a model may see."""
    first = next(case for case in verdict.cases if not case.correct)
    how = f" ({first.error_kind})" if first.error_kind in ("crash", "timeout") else ""
    return f"strict check failed{how}: {_REFUSALS[first.kind]}"


class KernelProblem:
    """Search for a faster kernel of one task on one device.

    Args:
        task: The task, from ``load_task`` or ``load_folder``.
        device: Name of the device; None takes the preferred one.
        settings: Repetitions and time limit.
        on_progress: Hears where each evaluation is.
        open_device: Opens the device in the worker process; None opens it by name.
        promote: Which verdict a candidate needs for a score. ``published`` records the strict one
            and shows a model nothing of it but whether threads race; ``strict`` refuses a candidate
            that fails it.
        style: Name of the prompts' style, of ``styles.STYLES``.
    """

    artifact = "metal"
    times = True

    def __init__(
        self,
        task: TaskFolder,
        device: str | None = None,
        settings: Settings | None = None,
        on_progress: OnProgress = _ignore,
        open_device: OpenDevice | None = None,
        promote: Promotion = "published",
        style: str = "assay",
    ) -> None:
        self._task = task
        self._settings = settings or Settings()
        self._evaluator = Evaluator(device, self._settings, open_device)
        self._on_progress = on_progress
        self._promote = promote
        if style not in STYLES:
            raise unknown("style", style, STYLES)
        self._style = style

    def __enter__(self) -> KernelProblem:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the worker process."""
        self._evaluator.close()

    @property
    def name(self) -> str:
        """Name of the task."""
        return self._task.name

    def describe(self) -> dict[str, Any]:
        """Configuration that results depend on."""
        return {
            "domain": "kernels",
            "task": self._task.name,
            "task_digest": self._task.digest,
            "device": self._evaluator.device,
            "device_description": self._evaluator.description,
            "sizes": list(self._task.spec.sizes),
            "numpy": np.__version__,
            "promote": self._promote,
            "style": self._style,
            **asdict(self._settings),
        }

    def seed(self) -> Candidate:
        """The task's own kernel."""
        return Candidate(self._task.seed)

    def prompt(self, state: SearchState) -> Prompt:
        """The request for the next candidate, made of public facts only."""
        return build_prompt(self._task.spec, state, STYLES[self._style])

    def extract(self, reply: str) -> Candidate | None:
        """The kernel source in a reply; None where there is none or the reply is cut off."""
        source = extract_source(reply)
        return Candidate(source) if source is not None else None

    def evaluate(self, candidate: Candidate) -> Evaluation:
        """Judge a candidate at the in-distribution sizes and, where it is correct, strictly."""
        result = self._evaluator.evaluate(
            self._task, candidate.source, on_progress=self._on_progress, strict=True
        )
        details = result.model_dump(mode="json")
        strict = result.strict
        if self._promote == "strict" and strict is not None and not strict.passed:
            return Evaluation(None, "incorrect", refusal(strict), details)
        low = lower_bound(result)
        return Evaluation(result.score, result.verdict, result.fail_reason, details, low)

    def fingerprint(self, candidate: Candidate) -> str:
        """The source without comments and layout."""
        return normalised(candidate.source)

    def compare(self, incumbent: Candidate, challenger: Candidate) -> Turns:
        """Measure both in turns at the in-distribution sizes; speed ratios for each size."""
        return self._evaluator.turns(
            self._task, incumbent.source, challenger.source, self._on_progress
        )

    def gate(self, seed: Candidate, incumbent: Candidate) -> GateReport:
        """Measure both in turns at every size, and judge both strictly; the held-out sizes
        decide."""
        if seed.source == incumbent.source:
            return GateReport(True, "seed kept", {"sizes": []})
        comparison = self._evaluator.compare(
            self._task, seed.source, incumbent.source, self._on_progress
        )
        return outcome(comparison)
