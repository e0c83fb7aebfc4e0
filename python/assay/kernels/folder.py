"""Loads a task folder: ``task.toml``, ``seed.metal``, ``task.py`` and ``reference.py``."""

from __future__ import annotations

import hashlib
import importlib.util
import inspect
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from pydantic import ValidationError

from assay.errors import AssayError
from assay.kernels.spec import HeldOut, Size, TaskSpec
from assay.kernels.task import Arrays, Task
from assay.kernels.task_roots import FILES, folders, task_roots
from assay.names import unknown

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


class TaskError(AssayError):
    """A task folder is incomplete or wrong; the message names file, key, value and fix."""


@dataclass(frozen=True)
class TaskFolder:
    """A loaded task.

    Attributes:
        spec: The public facts; the only part that prompts are made from, beside ``seed``.
        held_out: Sizes for the gate alone.
        implementation: The task's own functions.
        reference: Computes the expected result on the CPU from inputs and size.
        seed: Source of the hand-written kernel.
        digest: Hash over the folder's files.
    """

    path: Path
    spec: TaskSpec
    held_out: HeldOut
    implementation: Task
    reference: Callable[[Arrays, Size], np.ndarray]
    seed: str
    digest: str

    @property
    def name(self) -> str:
        """Name of the task."""
        return self.spec.name

    def size(self, label: str) -> tuple[Size, bool]:
        """The size with this label, and whether it is held out.

        Raises:
            UsageError: There is none.
        """
        for size in self.held_out.sizes:
            if size.label == label:
                return size, True
        return self.spec.size(label), False


def _validated(path: Path, content: dict[str, Any], sizes: str) -> TaskSpec:
    try:
        return TaskSpec.model_validate(content)
    except ValidationError as error:
        raise TaskError(_describe(path, error, sizes)) from error


def _describe(path: Path, error: ValidationError, sizes: str) -> str:
    lines = []
    for item in error.errors():
        parts = [str(part) for part in item["loc"]]
        key = ".".join([sizes, *parts[1:]] if parts[:1] == ["sizes"] else parts)
        message = item["msg"].removeprefix("Value error, ")
        if item["type"] == "missing":
            lines.append(f"{path}: '{key}' is missing; add it")
        elif item["type"] == "extra_forbidden":
            lines.append(f"{path}: '{key}' is not a known key; remove it or correct its name")
        elif item["loc"]:
            lines.append(f"{path}: {key} = {item['input']!r}: {message}")
        else:
            lines.append(f"{path}: {message}")
    return "\n".join(lines)


def read_specification(path: Path) -> tuple[TaskSpec, HeldOut]:
    """Read and validate a ``task.toml``.

    Raises:
        TaskError: It is not TOML, or a key is missing, unknown or wrong.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise TaskError(f"{path}: not a TOML file: {error}") from error
    held_out: Any = content.pop("held_out", {})
    spec = _validated(path, content, "sizes")
    if not held_out:
        return spec, HeldOut()
    # The same rules hold for held-out sizes, so the same model checks them.
    hidden = _validated(path, {**content, "sizes": held_out}, "held_out").all_sizes()
    for size in hidden:
        if size.label in spec.sizes:
            raise TaskError(f"{path}: held_out.{size.label} is in [sizes] as well; rename one")
    return spec, HeldOut(hidden)


def _import(path: Path) -> ModuleType:
    name = f"assay_task_{path.parent.name}_{path.stem}"
    specification = importlib.util.spec_from_file_location(name, path)
    if specification is None or specification.loader is None:
        raise TaskError(f"{path}: cannot be imported")
    module = importlib.util.module_from_spec(specification)
    try:
        specification.loader.exec_module(module)
    except Exception as error:
        raise TaskError(f"{path}: import failed: {type(error).__name__}: {error}") from error
    return module


def _task_class(path: Path) -> type[Task]:
    module = _import(path)
    found = [
        value
        for value in vars(module).values()
        # First, because in Python 3.10 list[int] passes for a class.
        if getattr(value, "__module__", None) == module.__name__
        and inspect.isclass(value)
        and issubclass(value, Task)
    ]
    if len(found) != 1:
        raise TaskError(f"{path}: define exactly one subclass of Task, not {len(found)}")
    if inspect.isabstract(found[0]):
        missing = ", ".join(sorted(found[0].__abstractmethods__))
        raise TaskError(f"{path}: {found[0].__name__} lacks {missing}; define it")
    return found[0]


@lru_cache(maxsize=64)
def _load(path: Path, digest: str) -> TaskFolder:
    spec, held_out = read_specification(path / "task.toml")
    if spec.name != path.name:
        raise TaskError(f"{path / 'task.toml'}: name = '{spec.name}' must equal the folder's name")
    reference = getattr(_import(path / "reference.py"), "reference", None)
    if not callable(reference):
        raise TaskError(f"{path / 'reference.py'}: define reference(inputs, size)")
    seed = (path / "seed.metal").read_text(encoding="utf-8")
    task = _task_class(path / "task.py")(spec)
    return TaskFolder(path, spec, held_out, task, reference, seed, digest)


def load_folder(path: Path | str) -> TaskFolder:
    """Load the task in a folder; an unchanged folder is loaded once per process.

    Raises:
        TaskError: A file is missing or wrong.
    """
    path = Path(path).resolve()
    digest = hashlib.sha256()
    for name in FILES:
        if not (path / name).is_file():
            raise TaskError(f"{path}: '{name}' is missing; a task folder holds {', '.join(FILES)}")
        digest.update((path / name).read_bytes() + b"\0")
    return _load(path, digest.hexdigest()[:16])


def task_paths(more: Iterable[Path | str] = ()) -> dict[str, Path]:
    """Folder of every task by name: the package's tasks, then those outside of it, each sorted.

    Args:
        more: Further directories of task folders, or task folders; see ``task_roots``.

    Raises:
        TaskError: Two folders have the same name.
        UsageError: A directory does not exist or holds no task.
    """
    found: dict[str, Path] = {}
    for root in task_roots(more):
        for path in folders(root):
            other = found.setdefault(path.name, path)
            if not path.samefile(other):
                message = f"two tasks are called '{path.name}': {other} and {path}; rename one"
                raise TaskError(message)
    return found


def task_names(more: Iterable[Path | str] = ()) -> tuple[str, ...]:
    """Names of all tasks, sorted; arguments and errors as in ``task_paths``."""
    return tuple(sorted(task_paths(more)))


def load_task(name: str, more: Iterable[Path | str] = ()) -> TaskFolder:
    """Load a task by name.

    Args:
        more: Further directories of task folders; see ``task_roots``.

    Raises:
        UsageError: There is no such task.
        TaskError: Its folder is wrong, or two have this name.
    """
    paths = task_paths(more)
    if name not in paths:
        raise unknown("task", name, sorted(paths))
    return load_folder(paths[name])
