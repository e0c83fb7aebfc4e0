"""mytask: averages of neighbours on a line, from buffer a to b and back."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from assay.kernels.encoding import Encoder
from assay.kernels.spec import Size
from assay.kernels.task import Arrays, Task


class MyTask(Task):
    """Steps of an average, swapping two buffers."""

    def inputs(self, size: Size, rng: np.random.Generator) -> dict[str, np.ndarray]:
        """u0, float32[n], uniform in [0, 1)."""
        return {"u0": rng.uniform(0, 1, size.n).astype(np.float32)}

    def buffers(self, size: Size, inputs: Arrays) -> dict[str, np.ndarray]:
        """a starts as u0, b as zeros."""
        return {"a": inputs["u0"], "b": np.zeros_like(inputs["u0"])}

    def encode(self, encoder: Encoder, size: Size) -> None:
        """One dispatch per step. Scalars with a value in task.toml are bound by themselves."""
        for step in range(size.steps):
            source, target = ("a", "b") if step % 2 == 0 else ("b", "a")
            encoder.dispatch("mytask_step", u_in=source, u_out=target)

    def result(self, size: Size, buffers: Arrays) -> np.ndarray:
        """The buffer written last, float32[n]."""
        return buffers["a" if size.steps % 2 == 0 else "b"]

    def cases(self, rng: np.random.Generator) -> Iterator[dict[str, float]]:
        """Odd lengths, small and large, other weights, and few steps of either parity."""
        for steps in (1, 2, 3, 6):
            n = int(rng.integers(1, 5_000)) * 2 + 1
            yield {"n": n, "steps": steps, "weight": float(rng.uniform(0.05, 0.45))}

    def case_inputs(self, size: Size, rng: np.random.Generator) -> dict[str, np.ndarray]:
        """u0 of either sign, the ends included."""
        return {"u0": rng.uniform(-1, 1, size.n).astype(np.float32)}
