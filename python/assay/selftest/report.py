"""The record of a self-test: one JSON file that can be attached to a report."""

from __future__ import annotations

import json
import os
import platform
import sys
from datetime import datetime, timezone
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, Field


def _assay_version() -> str:
    try:
        return version("metal-assay")
    except PackageNotFoundError:
        return "not installed"


class Check(BaseModel):
    """One thing that was tried.

    Attributes:
        group: Part of the self-test, for example ``seeds``.
        name: What was tried.
        passed: Whether it did what it should.
        expected: What should have happened, where it is not obvious.
        found: What happened, in words; Apple's own text where there is any.
        data: Numbers, for example all samples of a timing.
        seconds: Wall-clock time it took.
    """

    group: str
    name: str
    passed: bool
    expected: str = ""
    found: str = ""
    data: dict[str, Any] = {}
    seconds: float = 0.0


class Report(BaseModel):
    """A self-test of one device on one machine.

    Attributes:
        ended: How: ``complete``; ``out of time``, which leaves the rest out; ``interrupted`` by the
            user; or ``unfinished`` where the process or the machine broke down.
        left_out: Checks that were not made, as ``group: name``.
        hardware: Model, processor cores, memory and the like, as far as the system tells.
        properties, conditions: What the system tells about the device, and its state at the start.
        conditions_after: Its state at the end.
        chip: GPU cores, and ceilings of the table and as measured.
        agreement: How far the device's compiler and the CPU front end agree, see ``programs``.
    """

    device: str
    description: str = ""
    ended: Literal["complete", "out of time", "interrupted", "unfinished"] = "unfinished"
    assay: str = Field(default_factory=_assay_version)
    python: str = sys.version
    system: str = Field(default_factory=platform.platform)
    machine: str = Field(default_factory=platform.machine)
    processors: int | None = Field(default_factory=os.cpu_count)
    started: str = Field(default_factory=lambda: datetime.now(timezone.utc).isoformat())
    seconds: float = 0.0
    hardware: dict[str, str] = {}
    properties: dict[str, str] = {}
    conditions: dict[str, str] = {}
    conditions_after: dict[str, str] = {}
    chip: dict[str, Any] = {}
    agreement: dict[str, Any] = {}
    left_out: list[str] = []
    checks: list[Check] = []

    @property
    def failed(self) -> list[Check]:
        """The checks that did not pass."""
        return [check for check in self.checks if not check.passed]

    def json_text(self, indent: int | None = None) -> str:
        """Strict JSON, in which the user's home directory is ``~``."""
        text = self.model_dump_json(indent=indent)
        home = json.dumps(str(Path.home()), ensure_ascii=False)[1:-1]
        return text.replace(home, "~") if len(home) > 1 else text

    def write(self, path: Path) -> None:
        """Write the report, in one step."""
        partial = path.with_name(path.name + ".partial")
        partial.write_text(self.json_text(indent=1) + "\n", encoding="utf-8")
        os.replace(partial, path)
