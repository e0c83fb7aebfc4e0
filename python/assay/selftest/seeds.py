"""Every task's seed at all its sizes: correct, timed, and how stable the times are."""

from __future__ import annotations

from collections.abc import Iterator

from assay.kernels.evaluator import Evaluator
from assay.kernels.folder import load_task, task_names
from assay.selftest.report import Check


def checks(evaluator: Evaluator, quick: bool) -> Iterator[Check]:
    """One check per task, with the verdict, and all samples of every size."""
    for name in task_names():
        task = load_task(name)
        labels = [*task.spec.sizes, *(size.label for size in task.held_out.sizes)]
        if quick:
            labels = labels[:1]
        result = evaluator.evaluate(task, task.seed, labels, file=f"{name} seed")
        diagnostics = "\n".join(finding.message for finding in result.diagnostics)
        yield Check(
            group="seeds",
            name=name,
            passed=result.verdict == "ok",
            expected="ok",
            found="\n".join(filter(None, [result.verdict, result.fail_reason, diagnostics])),
            data={"sizes": [size.model_dump(mode="json") for size in result.sizes]},
        )
