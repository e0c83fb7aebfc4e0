"""Reports on runs: one self-contained page, and figures as files.

A domain contributes with ``DomainPart``: facts, and sections of HTML and figures.
"""

from assay.report import numbers, theme
from assay.report.record import RunRecord, Step, load_record, run_folders
from assay.report.sections import DomainPart, Fact, Figure, Section, badge, paragraph, table

__all__ = [
    "DomainPart",
    "Fact",
    "Figure",
    "RunRecord",
    "Section",
    "Step",
    "badge",
    "load_record",
    "numbers",
    "paragraph",
    "run_folders",
    "table",
    "theme",
]
