"""What is known about the machine's chip."""

from __future__ import annotations

import plistlib
import subprocess
import sys
from typing import Any

from assay.kernels import roofline
from assay.kernels.evaluator import Evaluator


def gpu_cores() -> int | None:
    """Cores of an Apple GPU, from the registry of devices; None where there is none.

    Metal itself does not tell the number.
    """
    if sys.platform != "darwin":
        return None
    command = ["ioreg", "-a", "-r", "-d", "1", "-c", "AGXAccelerator"]
    try:
        done = subprocess.run(command, capture_output=True, check=True, timeout=10)
    except (OSError, subprocess.SubprocessError):
        return None
    return read_gpu_cores(done.stdout)


def read_gpu_cores(text: bytes) -> int | None:
    """Cores that the output of ``ioreg -a`` names."""
    try:
        entries = plistlib.loads(text)
    except (plistlib.InvalidFileException, ValueError):
        return None
    cores = (entry.get("gpu-core-count") for entry in entries)
    return next((count for count in cores if isinstance(count, int)), None)


def chip(description: str) -> dict[str, Any]:
    """GPU cores and the chip table's ceilings for a device of this description."""
    cores = gpu_cores()
    found: dict[str, Any] = {"gpu_cores": cores}
    if "Apple" in description:
        found["table"] = roofline.chip(description).model_dump(mode="json")
        found["variant"] = roofline.variant(description, cores)
    return found


def measured(evaluator: Evaluator) -> dict[str, Any]:
    """Ceilings measured on the device now."""
    return evaluator.measured_ceilings().model_dump(mode="json")
