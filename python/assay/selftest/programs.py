"""Programs that the CPU front end accepts or rejects, put before the device's own compiler.

On a Mac this measures how far the two agree. ``programs.toml`` holds what the CPU front end says,
which the tests keep true.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assay.errors import AssayError, CompileError
from assay.kernels.evaluator import Evaluator
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


def _job(device: Any, reporter: Any, source: str) -> tuple[bool, str, int | None]:
    """Whether the source compiles, what the compiler says, and on which line first."""
    try:
        kernels = device.compile(source).kernel_names
    except CompileError as error:
        return False, str(error), error.diagnostics[0].line
    return True, "kernels: " + ", ".join(kernels), None


def checks(evaluator: Evaluator, quick: bool) -> Iterator[Check]:
    """Each program in the worker process."""
    for program in programs():
        expected = f"rejected: {program.rule}, line {program.line}" if program.rule else "accepted"
        data: dict[str, Any] = {"source": program.source}
        try:
            accepted, found, line = evaluator.call(_job, program.source)
            data["line"] = line
        except AssayError as error:
            accepted, found = program.rule is not None, f"{type(error).__name__}: {error}"
        yield Check(
            group="programs",
            name=program.name,
            passed=accepted == (program.rule is None),
            expected=expected,
            found=found,
            data=data,
        )
