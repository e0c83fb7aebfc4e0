"""Runs the self-test and prints what came of it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from rich.text import Text

from assay.cli.errors import INTERRUPTED
from assay.cli.terminal import Output
from assay.kernels.conditions import words
from assay.selftest import Check, Report, run

MOST_NAMES = 5


def run_selftest(
    device: str | None, output: Path | None, quick: bool, minutes: float | None, as_json: bool
) -> int:
    """Run, print and write the report; returns the exit code."""
    from assay.devices import device as open_device

    name = device or open_device().name
    path = output or Path(f"assay-selftest-{name}.json")
    with Output(progress=not as_json) as terminal:

        def tell(report: Report, check: Check) -> None:
            report.write(path)  # at once: what is tested may take the machine down
            if not as_json:
                terminal.print(_line(check))

        terminal.show(f"self-test of {name}")
        report = run(name, quick, minutes, tell)
        report.write(path)
        if as_json:
            terminal.print_text(report.json_text())
        else:
            terminal.print(*_summary(report, path))
    if report.ended == "interrupted":
        return INTERRUPTED
    return 1 if report.failed else 0


def _line(check: Check) -> Text:
    mark, style = ("ok", "green") if check.passed else ("FAILED", "bold red")
    line = Text.assemble((f"{mark:6}", style), f" {check.group}: {check.name}")
    if not check.passed:
        line.append(f"\n       expected: {check.expected}\n       found: {check.found}")
    return line


def _tally(group: str, report: Report) -> str:
    passed = [check.passed for check in report.checks if check.group == group]
    return f"{group} {sum(passed)} of {len(passed)}"


def _left_out(report: Report) -> str:
    counts = Counter(name.partition(":")[0] for name in report.left_out)
    return ", ".join(f"{group} {count}" for group, count in counts.items())


def _names(names: list[str]) -> str:
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return ", ".join(names[:MOST_NAMES]) + more


def _agreement(report: Report) -> list[str]:
    found = report.agreement
    if not found["programs"]:
        return []
    lines = [f"compilers agree on {found['agree']} of {found['programs']} programs"]
    for who, names in (
        ("only the CPU front end accepts", found["only_front_end_accepts"]),
        (f"only {report.device} accepts", found["only_device_accepts"]),
        ("rejected for different lines", found["other_line"]),
    ):
        lines += [f"  {who}: {_names(names)}"] if names else []
    return lines


def _summary(report: Report, path: Path) -> list[Text]:
    passed = len(report.checks) - len(report.failed)
    groups = dict.fromkeys(check.group for check in report.checks)
    roofs = next((check.found for check in report.checks if check.group == "ceilings"), "")
    ended = "" if report.ended == "complete" else f", {report.ended}"
    lines = [
        "",
        f"{report.device}: {report.description}",
        f"measured: {roofs}" if roofs else "",
        f"before: {words(report.conditions)}" if report.conditions else "",
        f"afterwards: {words(report.conditions_after)}" if report.conditions_after else "",
        *_agreement(report),
        "passed: " + ", ".join(_tally(group, report) for group in groups),
        f"left out: {_left_out(report)}" if report.left_out else "",
        f"{passed} of {len(report.checks)} checks passed in {report.seconds:.0f} s{ended}. "
        f"Report: {path}",
    ]
    return [Text(line) for line in lines if line]
