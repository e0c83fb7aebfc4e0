"""Checks a task folder: whether verdicts on kernels of it can be trusted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from assay.kernels.evaluator import Evaluator, Settings
from assay.kernels.folder import TaskError, TaskFolder, load_folder
from assay.kernels.lint import contents, runs
from assay.kernels.lint.findings import LintFinding, LintReport, Problem, error
from assay.kernels.lint.subject import Subject
from assay.kernels.worker import OpenDevice, opener

__all__ = ["CHECKS", "LintFinding", "LintReport", "lint_task"]

REPEATS = 5
SEED = 1
MEASURE = 3
# In order; the second part of each is what it looks at, for people.
CHECKS = {
    "folder": "the folder loads",
    "inputs": "inputs and cases depend on the seed alone",
    "reference": "the reference is deterministic, finite and shaped like the result",
    "secrets": "brief and seed give no held-out size away",
    "poison": "strict.poison names what kernels have to write",
    "work": "the work model is plausible",
    "tolerance": "the strict tolerance is not slack",
    "seed": "the seed passes, published and strictly",
    "repeats": "the seed passes on fresh strict cases, every time",
    "skipping": "a dispatch that is left out is noticed",
    "exploits": "generic cheats are caught",
}
NEEDS_SOUND_DATA = ("tolerance", "seed", "repeats", "skipping", "exploits")
NEEDS_SEED = ("repeats", "skipping", "exploits")

Check = Callable[[Subject], Iterator[Problem]]


def _functions(open_device: OpenDevice) -> dict[str, Check]:
    return {
        "inputs": contents.check_inputs,
        "reference": contents.check_reference,
        "secrets": contents.check_secrets,
        "poison": contents.check_poison,
        "work": contents.check_work,
        "tolerance": contents.check_tolerance,
        "seed": runs.check_seed,
        "repeats": runs.check_repeats,
        "skipping": partial(runs.check_skipping, open_device=open_device),
        "exploits": runs.check_exploits,
    }


def _findings(name: str, check: Check, subject: Subject) -> list[LintFinding]:
    found: list[Problem] = []
    try:
        for problem in check(subject):
            found.append(problem)
    except Exception as failure:  # A task's own code can fail in any way.
        found.append(error(f"the check failed: {type(failure).__name__}: {failure}"))
    return [LintFinding(check=name, severity=one.severity, message=one.message) for one in found]


def _blocked(name: str, broken: set[str]) -> bool:
    if name in NEEDS_SOUND_DATA and broken & {"inputs", "reference", "poison"}:
        return True
    return name in NEEDS_SEED and "seed" in broken


def _lint(
    task: TaskFolder, subject: Subject, open_device: OpenDevice, on_step: Callable[[str], None]
) -> LintReport:
    findings: list[LintFinding] = []
    ran, skipped, broken = ["folder"], [], set[str]()
    for name, check in _functions(open_device).items():
        if _blocked(name, broken):
            skipped.append(name)
            continue
        on_step(CHECKS[name])
        found = _findings(name, check, subject)
        findings += found
        ran.append(name)
        if any(one.severity == "error" for one in found):
            broken.add(name)
    return LintReport(
        task=task.name,
        path=str(task.path),
        device=subject.evaluator.device,
        checks=tuple(ran),
        skipped=tuple(skipped),
        findings=tuple(findings),
    )


def lint_task(
    path: Path | str,
    device: str | None = None,
    all_sizes: bool = False,
    repeats: int = REPEATS,
    timeout: float = 120.0,
    on_step: Callable[[str], None] = lambda step: None,
    open_device: OpenDevice | None = None,
) -> LintReport:
    """Check a task folder.

    Args:
        device: Name of the device that kernels run on; None takes the preferred one.
        all_sizes: Look at all sizes, held-out ones included, not only at the smallest.
        repeats: Number of strict verdicts that the seed has to pass beside the first.
        timeout: Seconds for compilation and runs of one kernel at one size.
        on_step: Hears what is under way.

    Raises:
        DeviceError: The device cannot be opened.
    """
    try:
        task = load_folder(path)
    except TaskError as failure:
        finding = LintFinding(check="folder", severity="error", message=str(failure))
        rest = tuple(CHECKS)[1:]
        return LintReport(
            task=None, path=str(path), checks=("folder",), skipped=rest, findings=(finding,)
        )
    sizes = task.spec.all_sizes() + task.held_out.sizes
    smallest = min(task.spec.all_sizes(), key=lambda size: size.evaluate(task.spec.work))
    with Evaluator(device, Settings(0, MEASURE, timeout), open_device) as evaluator:
        assert evaluator.device  # Opens it, so that a missing one is no finding about the task.
        chosen = sizes if all_sizes else (smallest,)
        subject = Subject(task, evaluator, chosen, SEED, repeats, on_step)
        return _lint(task, subject, open_device or opener(device), on_step)
