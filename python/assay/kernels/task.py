"""A kernel task: what its folder's ``task.py`` implements."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping

import numpy as np

from assay.kernels.check import Check, compare
from assay.kernels.encoding import Encoder
from assay.kernels.expressions import Number
from assay.kernels.spec import Size, TaskSpec

Arrays = Mapping[str, np.ndarray]


class Task(ABC):
    """Inputs, buffers, dispatches and result of a task; everything else is the harness's."""

    def __init__(self, spec: TaskSpec) -> None:
        self.spec = spec

    @abstractmethod
    def inputs(self, size: Size, rng: np.random.Generator) -> dict[str, np.ndarray]:
        """The input arrays by name, drawn in the specified order. The reference gets them too."""

    @abstractmethod
    def buffers(self, size: Size, inputs: Arrays) -> dict[str, np.ndarray]:
        """Content of every buffer before a repetition, by buffer name."""

    @abstractmethod
    def encode(self, encoder: Encoder, size: Size) -> None:
        """Record the dispatches of one repetition."""

    @abstractmethod
    def result(self, size: Size, buffers: Arrays) -> np.ndarray:
        """The part of the buffers that is compared with the reference, shaped like it."""

    def check(self, size: Size, inputs: Arrays, got: np.ndarray, reference: np.ndarray) -> Check:
        """Judge a result; by default the largest absolute difference against the tolerance."""
        return compare(got, reference, self.spec.tolerance)

    def state_check(self, size: Size, buffers: Arrays) -> Check | None:
        """Judge what the result does not show; None where there is nothing to object to."""
        return None

    @abstractmethod
    def cases(self, rng: np.random.Generator) -> Iterable[Mapping[str, Number]]:
        """Parameters of the strict verdict's untimed runs, drawn anew for each evaluation.

        They override the constants. Small, odd and unequal extents, few steps (1, 2, 3, …) and
        other scalar values than the published ones.
        """

    def case_inputs(self, size: Size, rng: np.random.Generator) -> dict[str, np.ndarray]:
        """Inputs of a strict run: without symmetry, and with boundaries that are not zero."""
        return self.inputs(size, rng)

    def strict_check(
        self, size: Size, inputs: Arrays, got: np.ndarray, reference: np.ndarray
    ) -> Check:
        """Judge a result more closely; by default against the strict tolerance."""
        return compare(got, reference, self.spec.strict)
