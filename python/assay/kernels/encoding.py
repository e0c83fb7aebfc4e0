"""What a repetition dispatches, recorded before any device is involved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from assay.kernels.spec import Argument, Kernel, Size, TaskSpec

Binding = str | tuple[str, int]


@dataclass(frozen=True)
class Dispatch:
    """One dispatch: what is bound at each index, as (buffer name, offset in bytes)."""

    kernel: str
    buffers: Mapping[int, tuple[str, int]]


class Encoder:
    """Records the dispatches of one repetition. Scalars with a value in the task file are bound
    without being named; their buffers are called ``kernel.argument`` and lie in ``scalars``."""

    def __init__(self, spec: TaskSpec, size: Size) -> None:
        self.dispatches: list[Dispatch] = []
        self.scalars: dict[str, np.ndarray] = {}
        self._spec = spec
        self._size = size
        self._signatures = {name: kernel.signature for name, kernel in spec.kernels.items()}
        for name, signature in self._signatures.items():
            for argument in signature:
                if argument.value is not None:
                    value = size.evaluate(argument.value)
                    self.scalars[f"{name}.{argument.name}"] = np.array([value], argument.dtype)

    def dispatch(self, kernel: str, **buffers: Binding) -> None:
        """Record a dispatch. ``buffers`` maps argument names to buffer names, or to a pair of
        buffer name and byte offset.

        Raises:
            ValueError: The kernel or an argument does not exist, or one is left unbound.
        """
        if kernel not in self._signatures:
            raise ValueError(f"{self._spec.name} has no kernel '{kernel}'")
        bound: dict[int, tuple[str, int]] = {}
        for argument in self._signatures[kernel]:
            given = buffers.pop(argument.name, None)
            bound[argument.index] = self._binding(kernel, argument, given)
        if buffers:
            raise ValueError(f"kernel '{kernel}' has no argument {', '.join(map(repr, buffers))}")
        self.dispatches.append(Dispatch(kernel, bound))

    def _binding(self, kernel: str, argument: Argument, binding: Binding | None) -> tuple[str, int]:
        if isinstance(binding, str):
            return binding, 0
        if binding is not None:
            return binding
        if argument.value is None:
            raise ValueError(f"argument '{argument.name}' of kernel '{kernel}' is not bound")
        return f"{kernel}.{argument.name}", 0


def grid(kernel: Kernel, size: Size) -> tuple[int, int, int]:
    """Threads per dimension before rounding up; missing dimensions are 1."""
    x, y, z = (*(int(size.evaluate(text)) for text in kernel.grid), 1, 1)[:3]
    return x, y, z


def written(spec: TaskSpec, dispatches: list[Dispatch]) -> set[str]:
    """Names of the buffers that some dispatch binds to an argument that may be written."""
    writable = {
        name: {argument.index for argument in kernel.signature if argument.writable}
        for name, kernel in spec.kernels.items()
    }
    return {
        buffer
        for dispatch in dispatches
        for index, (buffer, _) in dispatch.buffers.items()
        if index in writable[dispatch.kernel]
    }
