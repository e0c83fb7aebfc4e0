"""``assay eval``: verdicts on kernel files, as tables or as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.table import Table
from rich.text import Text

from assay.cli.confinement_note import note_confinement
from assay.cli.errors import FAILED
from assay.cli.excerpt import diagnostic_lines
from assay.cli.terminal import Output, error_text, milliseconds, number, percent, table
from assay.kernels.conditions import doubts
from assay.kernels.evaluation import Progress
from assay.kernels.evaluator import Settings
from assay.kernels.files import SEED, evaluate_files
from assay.kernels.folder import TaskFolder, load_task
from assay.kernels.results import Result, SizeResult, StrictResult


@dataclass(frozen=True)
class Request:
    """What ``assay eval`` was asked for."""

    task: str
    kernels: Sequence[str]
    device: str | None
    sizes: Sequence[str] | None
    held_out: bool
    settings: Settings
    strict: bool = False
    strict_seed: int | None = None
    tasks: Sequence[Path] = ()


def run_evaluation(request: Request, as_json: bool) -> int:
    """Judge the kernels and print each as soon as it is judged; the exit code."""
    task = load_task(request.task, request.tasks)
    every_ok = True
    note_confinement()
    with Output(progress=not as_json) as output:
        for result in _results(task, request, output):
            every_ok &= result.verdict == "ok" and (result.strict is None or result.strict.passed)
            if as_json:
                output.print_json(result.model_dump(mode="json"))
            else:
                _print(output, task, result, request.settings.measure)
    return 0 if every_ok else FAILED


def _results(task: TaskFolder, request: Request, output: Output) -> Iterator[Result]:
    def show(file: str, progress: Progress) -> None:
        output.show(f"{file}: {progress.stage}", progress.done, progress.total)

    return evaluate_files(
        task,
        request.kernels,
        request.device,
        request.sizes,
        request.held_out,
        request.settings.warmup,
        request.settings.measure,
        request.settings.timeout,
        on_progress=show,
        strict=request.strict,
        strict_seed=request.strict_seed,
    )


def _print(output: Output, task: TaskFolder, result: Result, asked: int) -> None:
    output.print(_headline(result))
    source = _source(task, result)
    for finding in result.diagnostics:
        output.print(*diagnostic_lines(finding, result.file, source))
    if any(size.error_value is not None for size in result.sizes):
        output.print(_size_table(result.sizes))
        output.print(*shortened([(size.label, len(size.samples)) for size in result.sizes], asked))
        output.print(*(f"  {line}" for line in doubts(result.sizes)))
    for size in result.sizes:
        if size.suspicious:
            output.print(Text.assemble((f"Suspicious at size {size.label}", "bold yellow"),
                                       f": {size.suspicious}"))  # fmt: skip
    if result.strict is not None:
        output.print(strict_text(result.strict))
    output.print("")


def shortened(counts: Iterable[tuple[str, int]], asked: int) -> Iterator[str]:
    """A line about the sizes with fewer timed repetitions than asked for, if there are any.

    Args:
        counts: Sizes and how often they were timed; 0 where the kernel failed before that.
    """
    few = [f"{label} {count} times" for label, count in counts if 0 < count < asked]
    if few:
        yield f"  Slow, so timed less often than {asked} times: {', '.join(few)}"


def strict_text(strict: StrictResult, label: str = "Strict verdict") -> Text:
    """The strict verdict in one line, with the seed that repeats its cases."""
    word, style = ("passed", "bold green") if strict.passed else ("FAILED", "bold red")
    note = f", {len(strict.cases)} cases" if strict.passed else f": {strict.fail_reason}"
    return Text.assemble(f"{label}: ", (word, style), f"{note} (seed {strict.seed})")


def _headline(result: Result) -> Text:
    if result.verdict == "ok":
        note = f", score {number(result.score)}"
    elif result.diagnostics:
        # The diagnostics say what happened, but not where.
        note = "".join(f" at size {size.label}" for size in result.sizes if not size.correct)
    else:
        note = f", {result.fail_reason}"
    style = "bold green" if result.verdict == "ok" else "bold red"
    where = f" ({result.task} on {result.device}): "
    return Text.assemble((result.file, "bold"), where, (result.verdict, style), note)


def _source(task: TaskFolder, result: Result) -> str:
    """The text that the diagnostics point into; empty where it cannot be had a second time."""
    if result.file == SEED:
        return task.seed
    path = Path(result.file)
    try:
        return path.read_text("utf-8-sig", errors="replace") if path.is_file() else ""
    except OSError:
        return ""


def throughput(size: SizeResult) -> str:
    """What was achieved, without the explanation that a unit may have in parentheses."""
    if size.achieved is None:
        return "-"
    unit = (size.unit or "").partition(" (")[0]
    return f"{number(size.achieved)} {unit}"


def _size_table(sizes: Sequence[SizeResult]) -> Table:
    result = table("size", "time", "throughput", "of ceiling", "of attainable", "error")
    # What was compared can be long; it wraps, so that the numbers beside it stay whole.
    result.columns[-1].no_wrap = False
    for size in sizes:
        label = f"{size.label} (held-out)" if size.held_out else size.label
        error = error_text(size.error_value, size.tolerance)
        result.add_row(
            label if size.correct else f"{label} FAILED",
            milliseconds(size.gpu_seconds),
            throughput(size),
            percent(size.fraction),
            percent(size.attainable_fraction),
            f"{size.error_kind} {error}" if size.error_value is not None else error,
        )
    return result
