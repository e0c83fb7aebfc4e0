"""What is known about the machine's chip."""

from __future__ import annotations

import plistlib
import subprocess
import sys
from typing import Any

from assay.kernels import roofline


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
    """GPU cores and the chip table's figures for a device of this description."""
    cores = gpu_cores()
    return {"gpu_cores": cores, "table": roofline.variant(description, cores)}


# What tells machines apart that have the same chip; nothing that tells owners apart.
_FACTS = (
    "hw.model",
    "hw.memsize",
    "machdep.cpu.brand_string",
    "hw.perflevel0.physicalcpu",
    "hw.perflevel1.physicalcpu",
    "kern.hv_vmm_present",
    "sysctl.proc_translated",
)


def hardware() -> dict[str, str]:
    """Facts about a Mac that neither Python nor Metal tell; empty elsewhere."""
    if sys.platform != "darwin":
        return {}
    found = read_facts(_output("/usr/sbin/sysctl", *_FACTS))
    power = _output("/usr/bin/pmset", "-g", "batt").partition("\n")[0]
    return {**found, "power": power} if power else found


def read_facts(text: str) -> dict[str, str]:
    """Names and values in the output of ``sysctl``, which leaves out what a machine lacks."""
    lines = (line.partition(": ") for line in text.splitlines())
    return {name: value for name, colon, value in lines if colon and name in _FACTS}


def _output(*command: str) -> str:
    """What a program of the system prints; empty where it does not run."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=10)
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout
