"""``assay new-task`` and ``assay lint-task``: a task folder is made, and is checked."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from rich.text import Text

from assay.cli.errors import FAILED
from assay.cli.terminal import Output
from assay.kernels.folder import task_paths
from assay.kernels.lint import CHECKS, LintReport, lint_task
from assay.kernels.scaffold import new_task
from assay.names import UsageError, unknown


def make_task(name: str, into: Path) -> None:
    """Write a new task folder and say what to do with it."""
    folder = new_task(name, into)
    with Output() as output:
        output.print(
            f"Wrote {folder}. It works as it is; change it, and try it out:",
            f"  assay lint-task {folder}",
            f"  assay eval {name} seed --tasks {into}",
        )


def lint(
    task: str,
    device: str | None,
    all_sizes: bool,
    repeats: int,
    tasks: Iterable[Path],
    as_json: bool,
) -> int:
    """Check a task and print the findings; the exit code."""
    path = _folder(task, tasks)
    with Output(progress=not as_json) as output:
        report = lint_task(path, device, all_sizes, repeats, on_step=output.show)
        if as_json:
            output.print_json(report.model_dump(mode="json"))
        else:
            output.print(*_lines(report))
    return 0 if report.passed else FAILED


def _folder(task: str, tasks: Iterable[Path]) -> Path:
    if Path(task).is_dir():
        return Path(task)
    paths = task_paths(tasks)
    if task in paths:
        return paths[task]
    if "/" in task:
        raise UsageError(f"there is no directory '{task}'", task)
    raise unknown("directory or task", task, sorted(paths))


def _lines(report: LintReport) -> Iterable[Text]:
    for name, meaning in CHECKS.items():
        findings = report.of(name)
        if name in report.skipped:
            yield Text.assemble(("skipped  ", "dim"), f"{name}: {meaning}")
        elif not findings:
            yield Text.assemble(("ok       ", "bold green"), f"{name}: {meaning}")
        for finding in findings:
            style = "bold red" if finding.severity == "error" else "bold yellow"
            yield Text.assemble((f"{finding.severity:<9}", style), f"{name}: {finding.message}")
    errors = sum(one.severity == "error" for one in report.findings)
    warnings = len(report.findings) - errors
    word, style = ("passed", "bold green") if report.passed else ("FAILED", "bold red")
    counts = f", {errors} errors, {warnings} warnings" if report.findings else ""
    yield Text.assemble(f"{report.task or report.path}: ", (word, style), counts)
