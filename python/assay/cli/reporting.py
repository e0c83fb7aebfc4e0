"""``assay report``: the page and the figures of runs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from assay.cli.domains import domain_of
from assay.cli.terminal import Output
from assay.names import UsageError
from assay.report import DomainPart, RunRecord, load_record, run_folders
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
