"""Makes a new task folder: a copy of a small complete task, under a new name."""

from __future__ import annotations

import keyword
import re
from pathlib import Path

from assay.kernels.folder import task_names
from assay.kernels.task_roots import FILES
from assay.names import UsageError

TEMPLATE = Path(__file__).parent / "mytask"
NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")


def _class_name(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_") if part)


def _renamed(text: str, name: str) -> str:
    # A declaration's later lines are indented to its parenthesis, which moves with the name.
    shift = " " * max(len(name) - len(TEMPLATE.name), 0)
    cut = max(len(TEMPLATE.name) - len(name), 0)
    lines = []
    for line in text.replace("MyTask", _class_name(name)).split("\n"):
        indent = len(line) - len(line.lstrip(" "))
        if indent > 20:
            line = shift + line[cut:]
        lines.append(line.replace(TEMPLATE.name, name))
    return "\n".join(lines)


def _require_free(name: str) -> None:
    if not NAME.fullmatch(name) or keyword.iskeyword(_class_name(name)):
        raise UsageError(
            f"'{name}' cannot name a task; take small letters, digits and '_', a letter first,"
            " at most 40",
            name,
        )
    if name in task_names():
        raise UsageError(f"there is a task '{name}' already; take another name", name)


def new_task(name: str, into: Path) -> Path:
    """Write a folder ``name`` into a directory, which is made if it is missing; its path.

    The task in it is complete: it can be linted, evaluated and searched at once.

    Raises:
        UsageError: The name cannot be used, or the folder exists.
    """
    _require_free(name)
    folder = into / name
    try:
        folder.mkdir(parents=True)
    except FileExistsError:
        raise UsageError(f"'{folder}' exists already; nothing was written", str(folder)) from None
    except OSError as error:
        raise UsageError(f"cannot make '{folder}': {error.strerror}", str(folder)) from error
    for file in FILES:
        text = (TEMPLATE / file).read_text(encoding="utf-8")
        (folder / file).write_text(_renamed(text, name), encoding="utf-8")
    return folder
