"""What small programs compute, against values that the language's specification demands."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from assay.errors import AssayError
from assay.kernels.evaluator import Evaluator
from assay.selftest.case import Case, call
from assay.selftest.report import Check

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

TABLE = Path(__file__).resolve().parent / "values.toml"
TYPES = {"int": np.int32, "uint": np.uint32, "long": np.int64, "float": np.float32}
SOURCE = """
#include <metal_stdlib>
using namespace metal;
kernel void value(device const TYPE *x [[buffer(0)]], device RESULT *y [[buffer(1)]],
                  uint i [[thread_position_in_grid]], uint l [[thread_index_in_threadgroup]],
                  uint lane [[thread_index_in_simdgroup]]) {
    BODY
}
"""


@dataclass(frozen=True)
class Program:
    """A kernel and what it has to compute, as ``values.toml`` describes it."""

    name: str
    type: str
    x: Sequence[float]
    y: Sequence[float] | float
    value: str = ""
    body: str = ""
    result: str = ""
    tolerance: float = 0.0
    threads: int = 0

    @property
    def source(self) -> str:
        """The text of the program."""
        result = self.result or self.type
        body = self.body or f"y[i] = {result}({self.value});"
        return SOURCE.replace("TYPE", self.type).replace("RESULT", result).replace("BODY", body)

    @property
    def expected(self) -> np.ndarray:
        """What y has to hold."""
        kind = TYPES[self.result or self.type]
        return np.broadcast_to(np.array(self.y, kind), len(self.x))


def programs() -> list[Program]:
    """All programs."""
    table = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    return [Program(name=name, **entry) for name, entry in table.items()]


def computed(device: Any, program: Program) -> np.ndarray:
    """What y holds after the program ran on a device; raises AssayError where it does not run."""
    pipeline = device.compile(program.source).pipeline("value")
    x = device.buffer(np.array(program.x, TYPES[program.type]))
    y = device.buffer(np.zeros_like(program.expected))
    threads = program.threads or len(program.x)
    commands = device.command_buffer()
    commands.set_pipeline(pipeline)
    commands.set_buffer(x, 0, 0)
    commands.set_buffer(y, 0, 1)
    commands.dispatch_threads((threads, 1, 1), (threads, 1, 1))
    commands.commit()
    commands.wait(60)
    return np.array(y.view(program.expected.dtype))


def error(program: Program, found: np.ndarray) -> float:
    """The largest difference, relative to the larger of 1 and the value."""
    expected = program.expected.astype(float)
    return float(np.max(np.abs(found - expected) / np.maximum(1, np.abs(expected))))


def _job(device: Any, program: Program) -> list[float]:
    return list(computed(device, program).tolist())


def cases(quick: bool) -> list[Case]:
    """Each program in the worker process."""
    return [Case(program.name, partial(_judge, program)) for program in programs()]


def _judge(program: Program, evaluator: Evaluator) -> Iterator[Check]:
    limit = f"within {program.tolerance:g}" if program.tolerance else "exact"
    data: dict[str, Any] = {}
    try:
        values = call(evaluator, _job, program)
        off = error(program, np.array(values))
        passed, found = off <= program.tolerance, f"off by {off:.2g}"
        data = {"expected": program.expected.tolist(), "found": values}
    except AssayError as failure:
        passed, found = False, f"{type(failure).__name__}: {failure}"
    data = {} if passed else {**data, "source": program.source}
    yield Check(
        group="values", name=program.name, passed=passed, expected=limit, found=found, data=data
    )
