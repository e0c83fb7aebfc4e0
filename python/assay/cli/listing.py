"""``assay list`` and ``assay devices``: what there is to choose from."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.text import Text

from assay.cli.domains import DOMAINS
from assay.cli.domains.kernels import Kernels
from assay.cli.terminal import Output, number, table
from assay.errors import DeviceError
from assay.kernels import roofline
from assay.kernels.conditions import conditions, disturbances, words
from assay.kernels.evaluator import Evaluator
from assay.kernels.folder import load_task, task_names
from assay.kernels.roofline import Ceilings


def print_tasks(tasks: Iterable[Path] = ()) -> None:
    """Print the tasks, with those in further directories, and their in-distribution sizes."""
    rows = table("task", "regime", "sizes", "lever")
    for column in rows.columns:
        column.justify, column.no_wrap = "left", False
    for name in task_names(tasks):
        spec = load_task(name, tasks).spec
        rows.add_row(name, spec.regime, "\n".join(spec.sizes), spec.lever)
    with Output() as output:
        output.print(rows, "", *_other_problems())


def _other_problems() -> list[str]:
    """What can be searched besides kernel tasks, one line per domain."""
    return [
        f"{domain.kind}: {', '.join(domain.problems())}"
        for domain in DOMAINS
        if domain.name != Kernels.name
    ]


@dataclass(frozen=True)
class Entry:
    """A device as ``assay devices`` shows it; ceilings are None until they are measured.

    ``bandwidth_curve`` holds pairs of working set in bytes and GB/s, smallest first.
    ``measured_…`` stand beside ceilings that are from a table. ``conditions`` is the state that the
    device is in, as far as the system tells.
    ``confinement`` says what keeps candidates away, each a mechanism or ``none`` with the reason:
    threads that run kernels from system calls, their process and the compiler from files and from
    the network.
    """

    name: str
    available: bool
    reason: str | None = None
    description: str | None = None
    cores: int | None = None
    bandwidth_gb_s: float | None = None
    fp32_gflops: float | None = None
    ceiling_source: str | None = None
    bandwidth_curve: tuple[tuple[int, float], ...] = ()
    launch_seconds: float | None = None
    measured_bandwidth_gb_s: float | None = None
    measured_fp32_gflops: float | None = None
    conditions: dict[str, str] | None = None
    confinement: dict[str, str] | None = None


def print_devices(measure: bool, as_json: bool) -> None:
    """Print the devices, after measuring the ceilings of those that are available if asked to."""
    from assay.devices import device_names

    with Output(progress=not as_json) as output:
        for name in device_names():
            entry = _entry(name, measure, output)
            if as_json:
                output.print_json(asdict(entry))
            else:
                output.print(*_lines(entry))


def _entry(name: str, measure: bool, output: Output) -> Entry:
    from assay.confinement import available
    from assay.devices import device

    try:
        opened = device(name)
    except DeviceError as error:
        return Entry(name, False, reason=error.message)
    table_counts, measured = roofline.is_listed(opened), None
    if measure:
        output.show(f"{name}: measuring ceilings")
        with Evaluator(name) as evaluator:
            measured = evaluator.measured_ceilings()
        # Scores use the chip table's, as published; what was measured stands beside it.
        ceilings: Ceilings | None = roofline.chip(opened.description) if table_counts else measured
    else:
        # A chip table needs no measurement; what is measured is not measured just for a list.
        ceilings = roofline.ceilings(opened) if table_counts else roofline.stored(opened)
    return Entry(
        name,
        True,
        description=opened.description,
        cores=len(os.sched_getaffinity(0)) if name == "cpu" else None,
        bandwidth_gb_s=ceilings.bandwidth_gb_s if ceilings else None,
        fp32_gflops=ceilings.fp32_gflops if ceilings else None,
        ceiling_source=ceilings.source if ceilings else None,
        bandwidth_curve=(measured or ceilings).curve if ceilings else (),
        launch_seconds=(measured or ceilings).launch_seconds if ceilings else None,
        measured_bandwidth_gb_s=measured.bandwidth_gb_s if measured and table_counts else None,
        measured_fp32_gflops=measured.fp32_gflops if measured and table_counts else None,
        conditions=conditions(opened),
        confinement={"system_calls": opened.confinement, **asdict(available())},
    )


def _lines(entry: Entry) -> list[Text]:
    if not entry.available:
        return [Text.assemble((entry.name, "bold"), f": not available: {entry.reason}")]
    lines = [Text.assemble((entry.name, "bold"), f": {entry.description}")]
    if entry.bandwidth_gb_s is None or entry.fp32_gflops is None:
        lines.append(Text("  ceilings: not measured yet; run 'assay devices --measure'"))
    else:
        lines.append(
            Text(
                f"  ceilings: {number(entry.bandwidth_gb_s)} GB/s, "
                f"{number(entry.fp32_gflops)} GFLOPS ({entry.ceiling_source})"
            )
        )
    if entry.measured_fp32_gflops is not None:
        speed = number(entry.measured_bandwidth_gb_s)
        lines.append(Text(f"  measured: {speed} GB/s, {number(entry.measured_fp32_gflops)} GFLOPS"))
    if entry.conditions:
        lines.append(Text(f"  state: {words(entry.conditions)}"))
        doubts = disturbances(entry.conditions, entry.conditions)
        if doubts:
            doubt = f"  times measured now are doubtful: {', '.join(doubts)}"
            lines.append(Text(doubt, "bold yellow"))
    if entry.bandwidth_curve:
        speeds = ", ".join(f"{_bytes(size)} {speed:.3g}" for size, speed in entry.bandwidth_curve)
        lines.append(Text(f"  bandwidth by working set: {speeds} GB/s"))
    if entry.launch_seconds is not None:
        lines.append(Text(f"  launch: {entry.launch_seconds * 1e6:.3g} µs per dispatch"))
    if entry.confinement is not None:
        parts = (f"{what.replace('_', ' ')}: {how}" for what, how in entry.confinement.items())
        lines.append(Text(f"  confinement: {', '.join(parts)}"))
    return lines


def _bytes(count: int) -> str:
    return f"{count >> 20} MiB" if count >= 1 << 20 else f"{count >> 10} KiB"
