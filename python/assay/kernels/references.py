"""Inputs and references, computed once per task, size and seed, and kept on disk."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from assay.kernels.folder import TaskFolder
from assay.kernels.spec import Size
from assay.paths import cache_directory

FORMAT = 1
REFERENCE = "reference"


@dataclass(frozen=True)
class Expected:
    """Inputs of a task at a size by name, and the result that a correct kernel gives."""

    inputs: dict[str, np.ndarray]
    reference: np.ndarray


def _key(task: TaskFolder, size: Size, seed: int) -> str:
    digest = hashlib.sha256()
    for name in ("task.py", "reference.py"):
        digest.update((task.path / name).read_bytes() + b"\0")
    facts = [FORMAT, np.__version__, seed, sorted(size.parameters.items())]
    digest.update(json.dumps(facts).encode())
    return f"{task.name}-{size.label}-{digest.hexdigest()[:16]}"


def _read(directory: Path) -> Expected | None:
    try:
        arrays = {path.stem: np.load(path, mmap_mode="r") for path in directory.glob("*.npy")}
        return Expected(arrays, arrays.pop(REFERENCE))
    except (OSError, ValueError, KeyError):
        # Absent, or cut short by a machine that went down while writing.
        return None


def _write(directory: Path, expected: Expected) -> None:
    scratch = Path(tempfile.mkdtemp(dir=directory.parent, prefix=".writing-"))
    try:
        for name, array in {**expected.inputs, REFERENCE: expected.reference}.items():
            np.save(scratch / f"{name}.npy", array)
        if directory.exists() and _read(directory) is None:
            # Moved away in one step, so that nobody reads it while it is being removed.
            os.rename(directory, scratch.with_name(f"{scratch.name}-broken"))
        # Whoever renames first wins; the loser's copy is equal and is dropped.
        os.rename(scratch, directory)
    except OSError:
        shutil.rmtree(scratch, ignore_errors=True)
    shutil.rmtree(scratch.with_name(f"{scratch.name}-broken"), ignore_errors=True)


def computed(task: TaskFolder, size: Size, inputs: Mapping[str, np.ndarray]) -> Expected:
    """Given inputs, now read-only, and the reference for them; nothing is stored."""
    inputs = {name: np.ascontiguousarray(array) for name, array in inputs.items()}
    for array in inputs.values():
        array.flags.writeable = False
    return Expected(inputs, np.ascontiguousarray(task.reference(inputs, size)))


def _compute(task: TaskFolder, size: Size, seed: int) -> Expected:
    return computed(task, size, task.implementation.inputs(size, np.random.default_rng(seed)))


def expected(task: TaskFolder, size: Size, seed: int | None = None) -> Expected:
    """Inputs and reference, read-only, from the cache where it has them.

    Args:
        seed: Seed of the input generator; None takes the published one.
    """
    seed = task.spec.seed if seed is None else seed
    directory = cache_directory("references") / _key(task, size, seed)
    found = _read(directory)
    if found is None:
        computed = _compute(task, size, seed)
        _write(directory, computed)
        # A cache that cannot be written (full disk) costs time and nothing else.
        found = _read(directory) or computed
    return found
