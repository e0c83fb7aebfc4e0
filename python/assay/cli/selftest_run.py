"""Runs the self-test and prints what came of it."""

from __future__ import annotations

from pathlib import Path

from rich.text import Text

from assay.cli.terminal import Output
from assay.kernels.conditions import words
from assay.selftest import Check, Report, run


def run_selftest(device: str | None, output: Path | None, quick: bool, as_json: bool) -> int:
    """Run, print and write the report; returns the exit code."""
    from assay.devices import device as open_device

    name = device or open_device().name
    path = output or Path(f"assay-selftest-{name}.json")
    with Output(progress=not as_json) as terminal:

        def tell(check: Check) -> None:
            if not as_json:
                terminal.print(_line(check))

        terminal.show(f"self-test of {name}")
        report = run(name, quick, tell)
        report.write(path)
        if as_json:
            terminal.print_json(report.model_dump(mode="json"))
        else:
            terminal.print(*_summary(report, path))
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


def _summary(report: Report, path: Path) -> list[Text]:
    passed = len(report.checks) - len(report.failed)
    groups = dict.fromkeys(check.group for check in report.checks)
    tallies = [_tally(group, report) for group in groups]
    roofs = report.chip["measured"]
    lines = [
        "",
        f"{report.device}: {report.description}",
        f"measured: {roofs['bandwidth_gb_s']:.4g} GB/s, {roofs['fp32_gflops']:.4g} GFLOPS",
        f"before: {words(report.conditions)}" if report.conditions else "",
        f"afterwards: {words(report.conditions_after)}" if report.conditions_after else "",
        "passed: " + ", ".join(tallies),
        f"{passed} of {len(report.checks)} checks passed. Report: {path}",
    ]
    return [Text(line) for line in lines if line]
