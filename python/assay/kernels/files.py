"""Judges kernel files one after the other, for the command line."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from assay.errors import Diagnostic
from assay.kernels.evaluation import Progress
from assay.kernels.evaluator import Evaluator, Settings
from assay.kernels.folder import TaskFolder
from assay.kernels.results import Result, unique
from assay.kernels.worker import OpenDevice
from assay.names import UsageError, unknown
from assay.sources import SourceFileError, read_source_file

SEED = "seed"


def read_source(task: TaskFolder, file: str) -> str:
    """Source of a kernel file; the word ``seed`` means the task's own kernel.

    Raises:
        SourceFileError: There is no such file, or it holds no text.
    """
    return task.seed if file == SEED else read_source_file(file)


def choose_sizes(
    task: TaskFolder, sizes: Sequence[str] | None, held_out: bool = False
) -> tuple[str, ...]:
    """Labels to evaluate: the named ones or all in-distribution ones, then the held-out ones.

    Raises:
        UsageError: A label does not exist.
    """
    chosen = list(task.spec.sizes if sizes is None else sizes)
    hidden = [size.label for size in task.held_out.sizes]
    valid = [*task.spec.sizes, *hidden]
    for label in chosen:
        if label not in valid:
            raise unknown(f"size of {task.name}", label, valid)
    return tuple(dict.fromkeys(chosen + (hidden if held_out else [])))


def _settings(warmup: int, measure: int, timeout: float) -> Settings:
    if warmup < 0:
        raise UsageError(f"warmup is {warmup}; it must be 0 or more")
    if measure < 1:
        raise UsageError(f"measure is {measure}; it must be 1 or more")
    if not timeout > 0:
        raise UsageError(f"timeout is {timeout}; it must be more than 0 seconds")
    return Settings(warmup, measure, timeout)


def _rejected(task: TaskFolder, file: str, device: str, reason: str) -> Result:
    return Result(
        file=file,
        task=task.name,
        device=device,
        verdict="compile_error",
        diagnostics=unique([Diagnostic(reason, rule="file")]),
        fail_reason=reason,
    )


def evaluate_files(
    task: TaskFolder,
    files: Sequence[str],
    device: str | None = None,
    sizes: Sequence[str] | None = None,
    held_out: bool = False,
    warmup: int = 3,
    measure: int = 10,
    timeout: float = 60.0,
    on_progress: Callable[[str, Progress], None] = lambda file, progress: None,
    open_device: OpenDevice | None = None,
    strict: bool = False,
    strict_seed: int | None = None,
) -> Iterator[Result]:
    """Judge each file in turn; a file that cannot be read gets a verdict as well.

    Args:
        files: Paths, or the word ``seed``.
        sizes: Labels; None takes all in-distribution sizes.
        held_out: Evaluate the held-out sizes too, after the others.
        warmup, measure: Repetitions per size, fewer for slow kernels; see ``Plan.fitted``.
        timeout: Seconds for compilation and the first run at a size, as of ``Settings``.
        strict: Judge files whose verdict is ``ok`` strictly as well.
        strict_seed: Repeats the private cases of an earlier result.

    Raises:
        UsageError: A size or a number is not valid; raised before anything is evaluated.
        DeviceError: The device cannot be opened.
    """
    labels = choose_sizes(task, sizes, held_out)
    settings = _settings(warmup, measure, timeout)
    if strict_seed is not None and strict_seed < 0:
        raise UsageError(f"the seed of the strict verdict is {strict_seed}; it must be 0 or more")

    def judged() -> Iterator[Result]:
        with Evaluator(device, settings, open_device) as evaluator:
            for file in files:
                try:
                    source = read_source(task, file)
                except SourceFileError as error:
                    yield _rejected(task, file, evaluator.device, str(error))
                    continue
                heard = partial(on_progress, file)
                yield evaluator.evaluate(task, source, labels, file, heard, strict, strict_seed)

    return judged()
