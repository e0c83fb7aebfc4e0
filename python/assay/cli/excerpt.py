"""Diagnostics beside the lines of source that they are about."""

from __future__ import annotations

from collections.abc import Iterator

from rich.text import Text

from assay.kernels.results import Finding
from assay.words import printable

STYLES = {"error": "bold red", "warning": "bold yellow"}


def diagnostic_lines(finding: Finding, file: str, source: str) -> Iterator[Text]:
    """What to print about a diagnostic: place and message, the line with a caret, the hint.

    Args:
        source: The file's text; an empty one leaves the line out.
    """
    place = ":".join(str(part) for part in (file, finding.line, finding.column) if part is not None)
    yield Text.assemble(
        f"{place}: ",
        (f"{finding.severity}: ", STYLES.get(finding.severity, "")),
        finding.message,
        (f" [{finding.rule}]", "dim"),
    )
    lines = source.split("\n")
    if finding.line is not None and 0 < finding.line <= len(lines):
        yield from _excerpt(finding, printable(lines[finding.line - 1].rstrip()))
    if finding.hint:
        yield Text.assemble(("  hint: ", "bold cyan"), finding.hint)


def _excerpt(finding: Finding, line: str) -> Iterator[Text]:
    number = f"{finding.line:>6} | "
    yield Text.assemble((number, "dim"), line)
    if finding.column is not None:
        # Tabs stay, so that the caret stands below its column however wide they are.
        before = "".join("\t" if c == "\t" else " " for c in line[: finding.column - 1])
        yield Text.assemble((" " * (len(number) - 2) + "| ", "dim"), before, ("^", "bold green"))
