"""Ceilings that throughput is compared with: Apple's from a table, the CPU device's measured."""

from __future__ import annotations

import hashlib
import os
import re
import sys
import tempfile
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError

from assay.kernels import microbenchmarks
from assay.paths import cache_directory

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

CHIPS = Path(__file__).resolve().parents[1] / "references" / "chips.toml"
# Working sets of the bandwidth curve, bytes; the last is beyond the caches of large servers.
WORKING_SETS = tuple(1 << exponent for exponent in (15, 17, 19, 21, 23, 25, 27, 29))


class Ceilings(BaseModel):
    """Roofs of a device.

    Attributes:
        bandwidth_gb_s: Memory bandwidth, 10⁹ bytes per second.
        fp32_gflops: Single-precision throughput, 10⁹ flop per second.
        source: Where the numbers are from, for example ``measured``.
        curve: Measured bandwidths of working sets, as (bytes, GB/s); empty where not measured.
        launch_seconds: Measured cost of one dispatch; None where not measured.
    """

    model_config = ConfigDict(frozen=True)

    bandwidth_gb_s: float
    fp32_gflops: float
    source: str
    curve: tuple[tuple[int, float], ...] = ()
    launch_seconds: float | None = None

    def of(self, kind: str) -> float:
        """The roof for a task's ``ceiling``: ``bandwidth`` or ``fp32``."""
        return {"bandwidth": self.bandwidth_gb_s, "fp32": self.fp32_gflops}[kind]

    def attainable_seconds(
        self, kind: str, work: float, working_set: int, dispatches: int
    ) -> float | None:
        """Shortest time for some work, given where its data fit and how often it is launched.

        Args:
            kind: ``bandwidth`` (``work`` in bytes) or ``fp32`` (in flop).
            working_set: Bytes of all buffers together.

        Returns:
            Seconds; None where the device was not measured.
        """
        if not self.curve or self.launch_seconds is None:
            return None
        roof = self.of(kind)
        if kind == "bandwidth":
            sizes, speeds = zip(*self.curve, strict=True)
            roof = float(np.interp(np.log(working_set), np.log(sizes), speeds))
        return work / roof / 1e9 + dispatches * self.launch_seconds


@lru_cache(maxsize=1)
def _table() -> Mapping[str, Any]:
    return tomllib.loads(CHIPS.read_text(encoding="utf-8"))


def is_listed(device: Any) -> bool:
    """Whether the chip table has the device.

    An M5 Max is no M5: a name that goes on with the word for a larger chip is another one's.
    """
    return device.name == "metal" and any(
        re.search(rf"{re.escape(name)}(?! (?:Pro|Max|Ultra)\b)", device.description)
        for name in _table()["chips"]
    )


def chip(description: str) -> Ceilings:
    """Published ceilings of an Apple chip, found as the published suite finds them.

    The longest name that occurs in ``description`` counts; without one, the published fallback
    does. ``source`` tells.
    """
    table = _table()
    names = sorted((name for name in table["chips"] if name in description), key=len)
    if names:
        entry, source = table["chips"][names[-1]], f"chips.toml: {names[-1]}"
    else:
        entry, source = table["fallback"], f"chips.toml: fallback, '{description}' is not listed"
    return Ceilings(
        bandwidth_gb_s=entry["bandwidth_gb_s"], fp32_gflops=entry["fp32_gflops"], source=source
    )


def variant(description: str, gpu_cores: int | None) -> dict[str, float] | None:
    """Roofs of a chip's variant with so many GPU cores, which the published scores do not use.

    Args:
        description: The chip's name, for example ``Apple M1 Pro``.

    Returns:
        ``bandwidth_gb_s`` and ``fp32_gflops``; None where the table does not have the variant.
    """
    entry = _table()["chips"].get(description)
    if entry is None or gpu_cores not in entry["gpu_cores"]:
        return None
    by_cores = entry.get("bandwidth_by_cores", {})
    return {
        "bandwidth_gb_s": float(by_cores.get(str(gpu_cores), entry["bandwidth_gb_s"])),
        "fp32_gflops": entry["fp32_gflops"] * gpu_cores / entry["cores"],
    }


def _file(device: Any) -> Path:
    programs = Path(microbenchmarks.__file__).read_text(encoding="utf-8")
    facts = [device.name, device.description, programs, str(WORKING_SETS)]
    key = hashlib.sha256("\0".join(facts).encode()).hexdigest()[:16]
    return cache_directory("roofline") / f"{device.name}-{key}.json"


def _measured(device: Any) -> Ceilings:
    launch = microbenchmarks.launch_seconds(device)
    curve = microbenchmarks.bandwidth_curve(device, WORKING_SETS, launch)
    return Ceilings(
        bandwidth_gb_s=curve[-1][1],
        fp32_gflops=microbenchmarks.multiply_add_rate(device),
        source="measured",
        curve=tuple(curve),
        launch_seconds=launch,
    )


def measure(device: Any) -> Ceilings:
    """Measure a device's ceilings now and store them for this machine; takes some seconds."""
    measured = _measured(device)
    path = _file(device)
    with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False) as file:
        file.write(measured.model_dump_json(indent=2))
    os.replace(file.name, path)
    return measured


def confirm(device: Any, roofs: Ceilings) -> Ceilings:
    """The better of measured ceilings and of those measured now, once per process and not stored.

    A machine that was busy when its ceilings were measured reaches more later.
    """
    now = _measured_now(device)
    curve = tuple(
        (size, max(a, b)) for (size, a), (_, b) in zip(roofs.curve, now.curve, strict=True)
    )
    return roofs.model_copy(
        update={
            "bandwidth_gb_s": max(roofs.bandwidth_gb_s, now.bandwidth_gb_s),
            "fp32_gflops": max(roofs.fp32_gflops, now.fp32_gflops),
            "curve": curve,
            "launch_seconds": min(roofs.launch_seconds or 0.0, now.launch_seconds or 0.0),
        }
    )


_measured_now = lru_cache(maxsize=1)(_measured)


def stored(device: Any) -> Ceilings | None:
    """Ceilings measured earlier on this machine, or None."""
    try:
        return Ceilings.model_validate_json(_file(device).read_text(encoding="utf-8"))
    except (OSError, ValidationError):
        return None


def ceilings(device: Any) -> Ceilings:
    """Ceilings of a device: those of listed chips from the table, others measured on first need."""
    if is_listed(device):
        return chip(device.description)
    return stored(device) or measure(device)
