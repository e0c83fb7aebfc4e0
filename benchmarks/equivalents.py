"""Compiles the C++ equivalents of the seeds, and calls them on a task's buffers."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from assay.kernels.spec import Size

HERE = Path(__file__).parent
FLAGS = ["-O3", "-march=native", "-fopenmp", "-fno-math-errno"]
# What each function takes after its arrays: parameters of the size, in order.
ARGUMENTS = {
    "saxpy": (("x", "y"), ("a", "n")),
    "heat2d": (("a", "b"), ("nx", "ny", "alpha", "steps")),
    "nbody": (("pos_a", "pos_b", "vel_a", "vel_b", "mass"), ("n", "dt", "eps", "G", "steps")),
}


class NoOpenMP(Exception):
    """No compiler here makes a program with OpenMP; the text says which were tried."""


def compilers() -> list[str]:
    """Commands that may compile C++, the preferred one first."""
    named = [os.environ.get("CXX", ""), "c++", "g++", "clang++"]
    return [name for name in dict.fromkeys(named) if name and shutil.which(name)]


def build(directory: Path) -> tuple[ctypes.CDLL, str]:
    """Compile all equivalents into one library.

    Returns:
        The library, and the command that compiled it in words.

    Raises:
        NoOpenMP: No compiler could.
    """
    library = directory / "equivalents.so"
    sources = [str(HERE / f"{name}.cpp") for name in ARGUMENTS]
    complaints = []
    for compiler in compilers():
        command = [compiler, *FLAGS, "-shared", "-fPIC", *sources, "-o", str(library)]
        done = subprocess.run(command, capture_output=True, text=True)
        try:
            if done.returncode == 0:
                return ctypes.CDLL(str(library)), " ".join([compiler, *FLAGS])
            reason = (done.stderr.strip().splitlines() or ["no message"])[0]
        except OSError as error:
            reason = str(error)
        complaints.append(f"{compiler}: {reason}")
    tried = "; ".join(complaints) or "none was found"
    raise NoOpenMP(f"no C++ compiler with OpenMP, install g++ or libomp ({tried})")


def call(library: ctypes.CDLL, task: str, size: Size, arrays: Mapping[str, np.ndarray]) -> None:
    """Run one repetition of a task on its arrays, which are C-contiguous float32."""
    names, parameters = ARGUMENTS[task]
    pointers = [arrays[name].ctypes.data_as(ctypes.c_void_p) for name in names]
    values = [getattr(size, name) for name in parameters]
    scalars = [ctypes.c_float(v) if isinstance(v, float) else ctypes.c_long(v) for v in values]
    library[task](*pointers, *scalars)
