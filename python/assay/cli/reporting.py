"""``assay report``, ``assay export`` and ``assay import``: what is made of runs on disk."""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence
from pathlib import Path

from assay.cli.domains import domain_of
from assay.cli.terminal import Output
from assay.kernels.importing import import_run, read_published
from assay.names import UsageError
from assay.report import DomainPart, RunRecord, export, load_record, run_folders
from assay.report.page import write_figures, write_report


def make_report(runs: Sequence[Path], page: Path, figures: Path | None) -> None:
    """Write the page, and the figures where a folder for them is named; say what was written."""
    records = [load_record(folder) for folder in run_folders(runs)]
    write_report(records, _describe, page)
    lines = [f"Report: {page}"]
    if figures is not None:
        files = write_figures(records, _describe, figures)
        lines.append(f"Figures: {len(files)} files in {figures}")
    with Output(progress=False) as output:
        output.print(*lines)


def _describe(record: RunRecord) -> DomainPart:
    """What the run's domain adds; nothing where the run is of a domain unknown to this version."""
    try:
        domain = domain_of(record.config.settings)
    except UsageError:
        return DomainPart()
    return domain.report(record)


def export_runs(runs: Sequence[Path], kind: str | None, output: Path | None) -> None:
    """Write a table of attempts to a file, or to standard output."""
    wanted = export.format_of(kind, output)
    records = [load_record(folder) for folder in run_folders(runs)]
    if output is None:
        export.write(records, wanted, sys.stdout.buffer)
        return
    buffer = io.BytesIO()
    count = export.write(records, wanted, buffer)
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_bytes(buffer.getvalue())
    with Output(progress=False) as out:
        out.print(f"{output}: {count} attempts of {len(records)} runs")


def import_runs(folders: Sequence[Path], into: Path) -> None:
    """Import published runs, and say how their candidates are judged anew."""
    with Output(progress=False) as output:
        for path in folders:
            published = read_published(path)
            target = into / path.resolve().name
            count = import_run(published, target)
            output.print(
                f"{target}: {count} iterations. To judge them on a device of yours:",
                f"  assay evolve {published.task} --model replay:{target} --iterations {count}",
            )
