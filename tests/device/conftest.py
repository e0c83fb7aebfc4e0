"""A CPU device whose kernels are small C programs, so that no Metal front end is needed."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

if sys.platform != "linux":
    collect_ignore_glob = ["test_*.py"]

PRELUDE = r"""
#include "assay_kernel.h"
static const assay_runtime *runtime;
extern const assay_kernel_library_t assay_kernel_library;
#define SLOT(n) (group->threadgroup_memory + assay_kernel_library.slots_begin[n].offset)
#define FLOATS(n) ((float *)buffers[n])
#define WORDS(n) ((volatile uint32_t *)buffers[n])
#define HOST_WORDS (*(volatile uint32_t **)buffers[0])  /* with the fixture of that name */
#define PARAMETERS void *const *buffers, const assay_threadgroup *group

/* A kernel that does not synchronise: called for a whole threadgroup. The body is for one thread;
   p is its position in the grid, l in the threadgroup. */
#define PLAIN(name, ...) \
  static void name##_thread(PARAMETERS, const uint32_t *p, const uint32_t *l) { __VA_ARGS__ } \
  static void name(PARAMETERS, uint32_t x, uint32_t y, uint32_t z) { \
    uint32_t l[3], p[3]; \
    for (l[2] = 0; l[2] < group->threads_per_threadgroup[2]; ++l[2]) \
      for (l[1] = 0; l[1] < group->threads_per_threadgroup[1]; ++l[1]) \
        for (l[0] = 0; l[0] < group->threads_per_threadgroup[0]; ++l[0]) { \
          for (int k = 0; k < 3; ++k) \
            p[k] = group->threadgroup_position[k] * \
                   group->dispatch_threads_per_threadgroup[k] + l[k]; \
          name##_thread(buffers, group, p, l); \
        } \
  }

/* A kernel that synchronises: called for one thread. i is its index in the threadgroup of n
   threads, p its position in the grid's x. */
#define FIBER(name, ...) \
  static void name(PARAMETERS, uint32_t x, uint32_t y, uint32_t z) { \
    const uint32_t *size = group->threads_per_threadgroup; \
    uint32_t i = x + size[0] * (y + size[1] * z), n = size[0] * size[1] * size[2]; \
    uint32_t p = group->threadgroup_position[0] * group->dispatch_threads_per_threadgroup[0] + x; \
    __VA_ARGS__ \
  }
"""

LIBRARY = """
static const assay_function_constant constants[] = {%(constants)s};
static const uint32_t uses[] = {%(uses)s};
static const assay_kernel kernels[] = {%(kernels)s};
static assay_threadgroup_slot slots[] = {%(slots)s};
__attribute__((visibility("default"))) const assay_kernel_library_t assay_kernel_library = {
  %(abi)s, %(kernel_count)d, kernels, slots, slots + %(slot_count)d, &runtime, constants};
"""


# In the order of the enumeration ScalarType.
SCALARS = ("bool", "char", "uchar", "short", "ushort", "int", "uint", "long", "ulong", "half",
           "bfloat", "float")  # fmt: skip


@dataclass(frozen=True)
class Constant:
    """A function constant of the kernels whose names begin with ``kernels``."""

    name: str
    index: int
    scalar: str = "int"
    width: int = 1
    optional: bool = False
    kernels: str = ""


def _uses(kernel: str, constants: Sequence[Constant]) -> str:
    """Those that the kernel refers to have to be next to each other."""
    used = [i for i, constant in enumerate(constants) if kernel.startswith(constant.kernels)]
    return f", uses + {used[0]}, {len(used)}" if used else ""


def make_program(
    code: str,
    buffers: int = 1,
    arguments: int = 0,
    max_threads: int = 0,
    any_shape: bool = False,
    slots: Sequence[tuple[str, int]] = (),
    abi: str = "ASSAY_KERNEL_ABI",
    constants: Sequence[Constant] = (),
) -> str:
    """C source of a library with every PLAIN and FIBER kernel of the code.

    Each has ``buffers`` buffers and ``arguments`` threadgroup arguments. ``slots`` are pairs of
    kernel name and bytes of threadgroup memory; ``SLOT(n)`` is the address of the n-th. Where the
    host gives a value to the constant with index n, ``CONSTANT_n`` holds its components.
    """
    entries = []
    for kind, name in re.findall(r"^(PLAIN|FIBER)\((\w+),", code, re.MULTILINE):
        flags = "ASSAY_KERNEL_SYNCHRONISES" if kind == "FIBER" else "0"
        flags += " | ASSAY_KERNEL_ANY_SHAPE" if any_shape else ""
        entries.append(
            f'{{"{name}", {flags}, {max_threads}, {(1 << buffers) - 1}u,'
            f" {(1 << arguments) - 1}u, (const void *){name}, {name}" + _uses(name, constants) + "}"
        )
    layout = ", ".join(f"{{(const void *){name}, {size}, 0}}" for name, size in slots)
    return (
        PRELUDE
        + code
        + LIBRARY
        % {
            "kernels": ", ".join(entries),
            "slots": layout or "{0, 0, 0}",
            "constants": ", ".join(
                f'{{"{c.name}", {c.index}, {SCALARS.index(c.scalar)}, {c.width}, {c.optional:d}}}'
                for c in constants
            )
            or "{0}",
            "uses": ", ".join(map(str, range(len(constants)))) or "0",
            "abi": abi,
            "kernel_count": len(entries),
            "slot_count": len(slots),
        }
    )


@dataclass(frozen=True)
class Program:
    path: Path


class CCompiler:
    """Turns C source into a shared object; the same source is compiled once."""

    def __init__(self, folder: Path) -> None:
        import assay.errors

        self._folder = folder
        self._include = Path(assay.errors.__file__).parent / "msl" / "include"

    def __call__(self, source: str, constants: dict[int, Any] | None = None) -> Program:
        for index, value in (constants or {}).items():
            components = value if isinstance(value, tuple) else (value,)
            spelled = ", ".join(repr(component).lower() for component in components)
            source = f"#define CONSTANT_{index} {spelled}\n{source}"
        stem = hashlib.sha256(source.encode()).hexdigest()[:16]
        library = self._folder / f"{stem}.so"
        if not library.exists():
            path = self._folder / f"{stem}.c"
            path.write_text(source)
            target = path.with_suffix(".o")
            zig = [sys.executable, "-m", "ziglang"]
            flags = ["-O1", "-fPIC", "-w", "-I", str(self._include)]
            self._run([*zig, "clang", *flags, "-c", str(path), "-o", str(target)])
            self._run([*zig, "ld.lld", "-shared", str(target), "-o", str(library)])
        return Program(library)

    @staticmethod
    def _run(command: list[str]) -> None:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


@pytest.fixture(scope="session")
def compiler(tmp_path_factory: pytest.TempPathFactory) -> CCompiler:
    return CCompiler(tmp_path_factory.mktemp("kernels"))


@pytest.fixture(scope="session")
def device(compiler: CCompiler) -> Any:
    from assay import _native

    if os.environ.get("ASSAY_TEST_DEVICE") == "metal":  # the Metal backend on its shim
        _native.shim_compiler = compiler
        return _native.metal_device()
    return _native.cpu_device(compiler)


@pytest.fixture(scope="session")
def source() -> Callable[..., str]:
    """``source(code, **layout)``: see :func:`make_program`."""
    return make_program


@pytest.fixture(scope="session")
def constant() -> type[Constant]:
    """``constant(name, index, …)``: see :class:`Constant`."""
    return Constant


@pytest.fixture
def host_words(device: Any) -> tuple[np.ndarray, Any]:
    """Words of the host that kernels see while they run, since they run in this process, and the
    buffer that they need for it: of buffers nobody may read or write as long."""
    words = np.zeros(2, np.uint32)
    return words, device.buffer(np.array([words.ctypes.data], np.uint64))


@pytest.fixture(scope="session")
def library(device: Any) -> Callable[..., Any]:
    """``library(code, **layout)``: the compiled library, see :func:`make_program`."""
    return lambda code, **layout: device.compile(make_program(code, **layout))


@pytest.fixture(scope="session")
def pipeline(library: Callable[..., Any]) -> Callable[..., Any]:
    """``pipeline(code, **layout)``: pipeline of the first kernel in the code."""

    def make(code: str, **layout: Any) -> Any:
        compiled = library(code, **layout)
        return compiled.pipeline(compiled.kernel_names[0])

    return make


@pytest.fixture(scope="session")
def run(device: Any) -> Callable[..., Any]:
    """Run one dispatch and wait for it; returns the command buffer."""

    def dispatch(
        kernel: Any,
        buffers: Sequence[Any],
        grid: Sequence[int],
        group: Sequence[int],
        arguments: Sequence[int] = (),
        timeout: float = 120.0,
        lenient_reads: bool = False,
    ) -> Any:
        commands = device.command_buffer(lenient_reads=lenient_reads)
        commands.set_pipeline(kernel)
        for index, buffer in enumerate(buffers):
            commands.set_buffer(buffer, 0, index)
        for index, length in enumerate(arguments):
            commands.set_threadgroup_memory(length, index)
        commands.dispatch_threads(grid, group)
        commands.commit()
        commands.wait(timeout)
        return commands

    return dispatch
