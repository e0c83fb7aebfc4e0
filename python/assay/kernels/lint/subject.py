"""A task while it is being linted, and what more than one check needs of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from assay.kernels.encoding import Dispatch, Encoder
from assay.kernels.evaluator import Evaluator
from assay.kernels.folder import TaskFolder
from assay.kernels.memory import same_bytes
from assay.kernels.references import Expected, computed
from assay.kernels.results import Result
from assay.kernels.spec import Size
from assay.kernels.strict import Run, expected_of, planned
from assay.kernels.task import Arrays


@dataclass
class Subject:
    """A task and what is known about it so far.

    Attributes:
        seed: Seed of the strict cases that are looked at more closely.
        repeats: Number of further strict verdicts, on cases of their own.
        seed_result: Verdict on the task's own kernel, once it is there.
        on_step: Hears what is under way.
    """

    task: TaskFolder
    evaluator: Evaluator
    sizes: tuple[Size, ...]
    seed: int
    repeats: int
    on_step: Callable[[str], None] = lambda step: None
    seed_result: Result | None = None
    _expected: dict[str, Expected] = field(default_factory=dict)

    @property
    def smallest(self) -> Size:
        """The in-distribution size with the least work."""
        return min(self.task.spec.all_sizes(), key=lambda size: size.evaluate(self.task.spec.work))

    @property
    def labels(self) -> list[str]:
        """Labels of the sizes to be looked at."""
        return [size.label for size in self.sizes]

    def published(self, size: Size) -> Expected:
        """Inputs and reference of a published size, computed here and now."""
        if size.label not in self._expected:
            rng = np.random.default_rng(self.task.spec.seed)
            inputs = self.task.implementation.inputs(size, rng)
            self._expected[size.label] = computed(self.task, size, inputs)
        return self._expected[size.label]

    def strict_runs(self) -> list[tuple[Run, Expected]]:
        """The runs of a strict verdict, with inputs and references."""
        runs = planned(self.task, self.seed)
        return [(run, expected_of(self.task, run, self.seed)) for run in runs]

    def encoded(self, size: Size) -> list[Dispatch]:
        """The dispatches of a repetition."""
        encoder = Encoder(self.task.spec, size)
        self.task.implementation.encode(encoder, size)
        return encoder.dispatches

    def contents(self, size: Size) -> dict[str, np.ndarray]:
        """Content of every buffer before a repetition."""
        return self.task.implementation.buffers(size, self.published(size).inputs)


def same(one: np.ndarray, other: np.ndarray) -> bool:
    """Whether two arrays are equal in type and shape, and bit for bit."""
    one, other = np.ascontiguousarray(one), np.ascontiguousarray(other)
    return (one.dtype, one.shape) == (other.dtype, other.shape) and same_bytes(one, other)


def differing(first: Arrays, second: Arrays) -> str | None:
    """Name of an array that only one of two has, or that differs; None where they are equal."""
    for name in {**first, **second}:
        if name not in first or name not in second or not same(first[name], second[name]):
            return name
    return None
