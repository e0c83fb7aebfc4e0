"""The state a device is in while it is measured, and what of it makes times doubtful."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

PROCESSORS = Path("/sys/devices/system/cpu")
# Drivers whose "powersave" follows the load; elsewhere it means the lowest frequency.
ADAPTIVE = ("intel_pstate", "amd-pstate-epp")
BUSY = 1.5  # Load average per processor, of which the measured kernel causes up to 1.


class Measured(Protocol):
    """The times of one size."""

    @property
    def label(self) -> str: ...
    @property
    def disturbances(self) -> tuple[str, ...]: ...


def conditions(device: Any) -> dict[str, str]:
    """The state of a device right now, as far as the system tells.

    Metal: ``thermal_state``, ``low_power_mode``. CPU device on Linux: ``governor``,
    ``load_average`` of the last minute, ``processors`` that may be used, ``throttle_events`` since
    the machine started.
    """
    if device.name == "cpu":
        return _processor()
    return dict(getattr(device, "conditions", {}))


def _processor() -> dict[str, str]:
    found = {"processors": str(_usable())}
    governors = sorted(set(_read(PROCESSORS.glob("cpu[0-9]*/cpufreq/scaling_governor"))))
    if governors:
        driver = next(_read(PROCESSORS.glob("cpu[0-9]*/cpufreq/scaling_driver")), "")
        found["governor"] = " and ".join(governors) + (f" ({driver})" if driver else "")
    throttled = list(_read(PROCESSORS.glob("cpu[0-9]*/thermal_throttle/core_throttle_count")))
    if throttled:
        found["throttle_events"] = str(sum(int(count) for count in throttled if count.isdigit()))
    with contextlib.suppress(OSError):
        found["load_average"] = f"{os.getloadavg()[0]:.2f}"
    return found


def _usable() -> int:
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def _read(paths: Iterable[Path]) -> Iterator[str]:
    for path in paths:
        try:
            yield path.read_text(encoding="utf-8").strip()
        except OSError:
            continue


def disturbances(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[str, ...]:
    """What was not as it should be at the beginning or the end of a measurement, in words."""
    found = [words for state in (before, after) for words in _disturbances(state)]
    events = int(after.get("throttle_events", 0)) - int(before.get("throttle_events", 0))
    if events > 0:
        found.append(f"the processor was throttled {events} times")
    return tuple(dict.fromkeys(found))


def _disturbances(state: Mapping[str, str]) -> Iterator[str]:
    thermal = state.get("thermal_state", "nominal")
    if thermal != "nominal":
        yield f"thermal state {thermal}"
    if state.get("low_power_mode") == "on":
        yield "low-power mode"
    governor = state.get("governor", "")
    if governor.startswith("powersave") and not any(name in governor for name in ADAPTIVE):
        yield "frequency governor powersave"
    load, processors = float(state.get("load_average", 0)), int(state.get("processors", 1))
    if load > BUSY * processors:
        yield f"load above {BUSY * processors:g} on {processors} processors"


def doubts(sizes: Iterable[Measured]) -> Iterator[str]:
    """A line for each thing that makes times doubtful, with the sizes at which it does."""
    places: dict[str, list[str]] = {}
    for size in sizes:
        for what in size.disturbances:
            places.setdefault(what, []).append(size.label)
    for what, labels in places.items():
        yield f"Times are doubtful, {what}: {', '.join(labels)}"


def words(state: Mapping[str, str]) -> str:
    """A state in one line."""
    return ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in state.items())
