"""Compiling and running small Metal programs on the CPU device."""

import sys
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import pytest

import assay

HEADER = "#include <metal_stdlib>\nusing namespace metal;\n"
Shape = tuple[int, int, int]

if sys.platform != "linux":  # the CPU device and its compiler
    collect_ignore_glob = ["test_*.py", "*/test_*.py"]


@dataclass
class Runner:
    """Runs one kernel of a source and gives back the arrays it was bound to."""

    device: object = field(default_factory=lambda: assay.device("cpu"))

    def __call__(
        self,
        source: str,
        arrays: Sequence[np.ndarray],
        grid: Shape,
        threads: Shape = (32, 1, 1),
        kernel: str = "k",
        threadgroup_memory: dict[int, int] | None = None,
        constants: dict[str, object] | None = None,
    ) -> list[np.ndarray]:
        pipeline = self.device.compile(source).pipeline(kernel, constants)
        buffers = [self.device.buffer(np.ascontiguousarray(array)) for array in arrays]
        commands = self.device.command_buffer()
        commands.set_pipeline(pipeline)
        for index, buffer in enumerate(buffers):
            commands.set_buffer(buffer, 0, index)
        for index, length in (threadgroup_memory or {}).items():
            commands.set_threadgroup_memory(length, index)
        commands.dispatch_threads(grid, threads)
        commands.commit()
        commands.wait(120.0)
        return [
            buffer.view(array.dtype, array.shape)
            for buffer, array in zip(buffers, arrays, strict=True)
        ]

    def map(self, expression: str, *inputs: np.ndarray, out: str, dtype: np.dtype) -> np.ndarray:
        """``out = expression`` for every element; inputs are a, b, c with their MSL types."""
        names = "abc"[: len(inputs)]
        types = [_MSL_NAMES[array.dtype.type] for array in inputs]
        parameters = ", ".join(
            f"device const {kind} *in_{name} [[buffer({i})]]"
            for i, (name, kind) in enumerate(zip(names, types, strict=True))
        )
        locals_ = " ".join(
            f"{kind} {name} = in_{name}[i];" for name, kind in zip(names, types, strict=True)
        )
        source = (
            f"{HEADER}kernel void k({parameters}, device {out} *out [[buffer({len(inputs)})]],\n"
            f"uint i [[thread_position_in_grid]]) {{ {locals_}\n out[i] = {expression}; }}"
        )
        count = len(inputs[0])
        result = self(source, [*inputs, np.zeros(count, dtype)], (count, 1, 1))
        return result[-1]


_MSL_NAMES = {
    np.float32: "float",
    np.float16: "half",
    np.int8: "char",
    np.uint8: "uchar",
    np.int16: "short",
    np.uint16: "ushort",
    np.int32: "int",
    np.uint32: "uint",
    np.int64: "long",
    np.uint64: "ulong",
}


@pytest.fixture
def rng(request: pytest.FixtureRequest) -> np.random.Generator:
    """Random numbers of a test's own: the same alone, in any order, and whatever else is run."""
    return np.random.default_rng(zlib.crc32(request.node.name.encode()))


@pytest.fixture(scope="session")
def run() -> Callable[..., list[np.ndarray]]:
    return Runner()
