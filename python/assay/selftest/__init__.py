"""Exercises a device from end to end and says what works: the first thing to run on a new machine.

from assay.selftest import run
report = run("metal")
"""

from __future__ import annotations

from assay.selftest.report import Check, Report
from assay.selftest.session import run

__all__ = ["Check", "Report", "run"]
