"""Programs that the CPU front end accepts or rejects, put before the device's own compiler.

On a Mac this measures how far the two agree. ``programs.toml`` holds what the CPU front end says,
which the tests keep true.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from assay.errors import AssayError, CompileError
from assay.kernels.evaluator import Evaluator
from assay.selftest.case import Case, call
from assay.selftest.report import Check

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

HERE = Path(__file__).resolve().parent
# Beside this file where the package is installed, among the tests in a source tree.
PRODUCTION = (HERE / "production", HERE.parents[2] / "tests" / "msl" / "production")
OWN_HEADER = re.compile(r'^\s*#\s*include\s*(?:"|<(?!metal|simd/))', re.MULTILINE)


@dataclass(frozen=True)
class Program:
    """A source and what the CPU front end says about it: the rule it breaks, or None."""

    name: str
    source: str
    rule: str | None = None
    line: int | None = None


def programs() -> list[Program]:
    """The small programs, then those in the style of production libraries."""
    table = tomllib.loads((HERE / "programs.toml").read_text(encoding="utf-8"))
    small = [Program(name=name, **entry) for name, entry in table.items()]
    folder = next((path for path in PRODUCTION if path.is_dir()), HERE)
    large = (
        Program(path.stem, path.read_text(encoding="utf-8"))
        for path in sorted(folder.glob("*.metal"))
    )
    # Metal compiles a text: headers of its own would have to be put into it first.
    return small + [program for program in large if not OWN_HEADER.search(program.source)]


def _job(device: Any, source: str) -> tuple[str, dict[str, Any]]:
    """What the compiler says, as we read it, and whether it accepts the source; or else its line
    and text."""
    try:
        kernels = device.compile(source).kernel_names
    except CompileError as error:
        line = error.diagnostics[0].line
        return str(error), {"accepts": False, "line": line, "text": error.log}
    return "kernels: " + ", ".join(kernels), {"accepts": True, "line": None}


def cases(quick: bool) -> list[Case]:
    """Each program in the worker process."""
    return [Case(program.name, partial(_judge, program)) for program in programs()]


def _judge(program: Program, evaluator: Evaluator) -> Iterator[Check]:
    accepts = program.rule is None
    data: dict[str, Any] = {"front_end": {"accepts": accepts, "line": program.line}}
    try:
        found, data["device"] = call(evaluator, _job, program.source)
        passed = data["device"]["accepts"] is accepts
    except AssayError as error:
        passed, found = False, f"{type(error).__name__}: {error}"
    if not passed:
        data["source"] = program.source
    yield Check(
        group="programs",
        name=program.name,
        passed=passed,
        expected="accepted" if accepts else f"rejected: {program.rule}, line {program.line}",
        found=found,
        data=data,
    )


def agreement(checks: Iterable[Check]) -> dict[str, Any]:
    """How far the verdicts of the device's compiler are those of the CPU front end.

    Returns:
        ``programs`` that both judged, ``agree`` of them, the names of the others by who accepts
        them, and ``other_line``: names of those that both reject for different lines.
    """
    both = {
        check.name: (check.data["front_end"], check.data["device"])
        for check in checks
        if check.group == "programs" and "device" in check.data
    }

    def where(front_end: bool, device: bool) -> list[str]:
        wanted = (front_end, device)
        return [name for name, (a, b) in both.items() if (a["accepts"], b["accepts"]) == wanted]

    rejected = where(False, False)
    return {
        "programs": len(both),
        "agree": len(rejected) + len(where(True, True)),
        "only_front_end_accepts": where(True, False),
        "only_device_accepts": where(False, True),
        "other_line": [n for n in rejected if both[n][0]["line"] != both[n][1]["line"]],
    }
