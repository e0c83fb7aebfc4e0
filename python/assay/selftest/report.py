"""The record of a self-test: one JSON file that can be attached to a report."""

from __future__ import annotations

import os
import platform
import sys
from datetime import datetime, timezone
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

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
        properties, conditions: What the system tells about the device, and its state at the start.
        conditions_after: Its state at the end.
        chip: GPU cores, and ceilings of the table and as measured.
    """

    device: str
    description: str = ""
    assay: str = Field(default_factory=_assay_version)
    python: str = sys.version
    system: str = Field(default_factory=platform.platform)
    machine: str = Field(default_factory=platform.machine)
    processors: int | None = Field(default_factory=os.cpu_count)
    started: str = Field(default_factory=lambda: datetime.now(timezone.utc).isoformat())
    properties: dict[str, str] = {}
    conditions: dict[str, str] = {}
    conditions_after: dict[str, str] = {}
    chip: dict[str, Any] = {}
    checks: list[Check] = []

    @property
    def failed(self) -> list[Check]:
        """The checks that did not pass."""
        return [check for check in self.checks if not check.passed]

    def write(self, path: Path) -> None:
        """Write the report as strict JSON, in one step."""
        partial = path.with_name(path.name + ".partial")
        partial.write_text(self.model_dump_json(indent=1) + "\n", encoding="utf-8")
        os.replace(partial, path)
