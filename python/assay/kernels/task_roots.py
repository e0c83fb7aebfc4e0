"""Where tasks are looked for: in the package, and wherever else someone keeps them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType

from assay.names import UsageError

TASKS = Path(__file__).resolve().parents[1] / "tasks"
FILES = ("task.toml", "seed.metal", "task.py", "reference.py")
MARK = FILES[0]  # The file that makes a folder a task.
VARIABLE = "ASSAY_TASKS"
GROUP = "assay.tasks"


def folders(root: Path) -> list[Path]:
    """The task folders in a directory, sorted; the directory alone where it is one itself."""
    if (root / MARK).is_file():
        return [root]
    return sorted(mark.parent for mark in root.glob(f"*/{MARK}"))


def _checked(path: Path | str, origin: str) -> Path:
    """The directory, if it is a task folder or holds some."""
    path = Path(path).expanduser()
    if not path.is_dir():
        raise UsageError(f"{origin}: there is no directory '{path}'", str(path))
    if not folders(path):
        raise UsageError(
            f"{origin}: '{path}' holds no task; a task is a folder with {', '.join(FILES)}",
            str(path),
        )
    return path.resolve()


def _installed(entry: EntryPoint) -> Path:
    origin = f"entry point '{entry.name}' ({entry.value}) of the group {GROUP}"
    try:
        target = entry.load()
        if isinstance(target, ModuleType):
            return _checked(Path(next(iter(target.__path__))), origin)
        return _checked(target(), origin)
    except UsageError:
        raise
    except Exception as error:
        raise UsageError(
            f"{origin} gives no directory: {type(error).__name__}: {error}; it must name a package"
            " or a function that returns the path of one",
            entry.value,
        ) from error


def _all(more: Iterable[Path | str]) -> Iterator[Path]:
    yield TASKS
    for path in more:
        yield _checked(path, "--tasks")
    for text in os.environ.get(VARIABLE, "").split(os.pathsep):
        if text:
            yield _checked(text, VARIABLE)
    for entry in sorted(entry_points(group=GROUP), key=lambda entry: (entry.name, entry.value)):
        yield _installed(entry)


def task_roots(more: Iterable[Path | str] = ()) -> tuple[Path, ...]:
    """Directories that hold task folders or are one, each once.

    The package's own comes first, then those in ``more``, those in the environment variable
    ``ASSAY_TASKS`` (separated as in ``PATH``), and those that installed distributions declare as
    entry points of the group ``assay.tasks``. Such an entry point names a package whose directory
    holds task folders, or a function without arguments that returns the path of such a directory.

    Raises:
        UsageError: A directory does not exist or holds no task, or an entry point fails.
    """
    return tuple(dict.fromkeys(_all(more)))
