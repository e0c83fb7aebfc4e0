"""Every task's seed at all its sizes: correct, timed, and how stable the times are."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import zip_longest

from assay.kernels.evaluator import Evaluator
from assay.kernels.folder import TaskFolder, load_task, task_names
from assay.selftest.case import Case
from assay.selftest.report import Check


def cases(quick: bool) -> list[Case]:
    """One case per task and size: first the smallest of all tasks, then the next ones."""
    tasks = [load_task(name) for name in task_names()]
    rounds = list(zip_longest(*(_sizes(task) for task in tasks)))
    return [
        Case(f"{task.name} {label}", partial(_judge, task, label))
        for labels in rounds[: 1 if quick else None]
        for task, label in zip(tasks, labels, strict=True)
        if label is not None
    ]


def _sizes(task: TaskFolder) -> list[str]:
    return [*task.spec.sizes, *(size.label for size in task.held_out.sizes)]


def _judge(task: TaskFolder, label: str, evaluator: Evaluator) -> Iterator[Check]:
    """The verdict, with all samples."""
    result = evaluator.evaluate(task, task.seed, [label], file=f"{task.name} seed")
    diagnostics = "\n".join(finding.message for finding in result.diagnostics)
    yield Check(
        group="seeds",
        name=f"{task.name} {label}",
        passed=result.verdict == "ok",
        expected="ok",
        found="\n".join(filter(None, [result.verdict, result.fail_reason, diagnostics])),
        data={"sizes": [size.model_dump(mode="json") for size in result.sizes]},
    )
