"""Evaluations as the parent process sees them: whatever happens in the worker is a result."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

from assay.errors import Diagnostic
from assay.kernels import roofline, settling
from assay.kernels.conditions import conditions
from assay.kernels.evaluation import Job, Outcome, Progress, StrictlyChecked, evaluate
from assay.kernels.faults import Failure
from assay.kernels.folder import TaskFolder
from assay.kernels.gate import (
    INCUMBENT,
    SEED,
    Comparison,
    Duel,
    SeedFailed,
    SizeComparison,
    compare,
    failed,
)
from assay.kernels.harness import Plan
from assay.kernels.promotion import incumbent_failed, promotion_turns
from assay.kernels.results import (
    Result,
    SizeResult,
    StrictCase,
    StrictResult,
    Verdict,
    score,
    unique,
)
from assay.kernels.roofline import Ceilings
from assay.kernels.strict import Run, StrictJob, fresh_seed, interrupted, judge
from assay.kernels.worker import OpenDevice, Worker, WorkerDied, WorkerTimeout, opener
from assay.search.problem import Turns

OnProgress = Callable[[Progress], None]


def _ignore(_: Progress) -> None:
    pass


@dataclass(frozen=True)
class Settings:
    """How candidates are measured.

    Attributes:
        warmup, measure: Repetitions per size, as of ``Plan``. With warm-up, it goes on until times
            have settled.
        timeout: Seconds for compilation and the first run at a size together; the runs that follow
            get as much again, or more where the first one makes them expect more.
    """

    warmup: int = 3
    measure: int = 10
    timeout: float = 60.0

    @property
    def plan(self) -> Plan:
        """The repetitions per size."""
        return Plan(self.warmup, self.measure, settling.SECONDS if self.warmup else 0.0)


@dataclass
class _Heard:
    """What a worker reported before it finished or ended."""

    on_progress: OnProgress
    sizes: list[SizeResult] = field(default_factory=list)
    compared: list[SizeComparison] = field(default_factory=list)
    cases: list[StrictCase] = field(default_factory=list)
    checked: list[StrictlyChecked] = field(default_factory=list)
    run: Run | None = None
    roofs: Ceilings | None = None
    stage: str = "compile"

    def __call__(self, event: object) -> None:
        if isinstance(event, SizeResult):
            self.sizes.append(event)
        elif isinstance(event, SizeComparison):
            self.compared.append(event)
        elif isinstance(event, StrictCase):
            self.cases.append(event)
        elif isinstance(event, Run):
            self.run = event
        elif isinstance(event, StrictlyChecked):
            self.checked.append(event)
        elif isinstance(event, Ceilings):
            self.roofs = event
        elif isinstance(event, Progress):
            self.stage = event.stage
            self.on_progress(event)

    def where(self, message: str) -> str:
        """``message`` with the stage that it struck."""
        if self.stage == "compile":
            return f"{message} during compilation"
        return f"{message} at size {self.stage}"

    def lost(self, task: TaskFolder, verdict: Verdict, reason: str) -> Comparison:
        """Comparison of which the worker did not see the end."""
        hidden = {size.label for size in task.held_out.sizes}
        return failed(self.compared, self.stage, self.stage in hidden, verdict, reason)


class Evaluator:
    """Compiles and measures candidates on one device, in a worker process that it replaces as
    often as candidates wreck it.

    Without a name the device is Metal where the machine has it, else the processor. ``open_device``
    replaces the opening by name; it has to be picklable.
    """

    def __init__(
        self,
        device: str | None = None,
        settings: Settings | None = None,
        open_device: OpenDevice | None = None,
    ) -> None:
        self.settings = settings or Settings()
        self._worker = Worker(open_device or opener(device))

    def __enter__(self) -> Evaluator:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the worker process."""
        self._worker.close()

    @property
    def device(self) -> str:
        """Name of the device; starts the worker if needed.

        Raises:
            DeviceError: The device cannot be opened.
        """
        if not self._worker.device_name:
            self._worker.start()
        return self._worker.device_name

    @property
    def description(self) -> str:
        """The device in words; raises as ``device`` does."""
        if not self._worker.device_name:
            self._worker.start()
        return self._worker.device_description

    def ceilings(self, refresh: bool = False) -> Ceilings:
        """The device's ceilings; ``refresh`` measures them anew where they are measured."""
        function = _refreshed_ceilings if refresh else _ceilings
        return self._worker.call(function)

    def measured_ceilings(self) -> Ceilings:
        """The device's ceilings, measured now, also where the chip table's are used."""
        return self._worker.call(_measured_ceilings)

    def facts(self) -> tuple[dict[str, str], dict[str, str]]:
        """What the system tells about the device, and the state that it is in right now."""
        return self._worker.call(_facts)

    def call(self, job: Callable[..., Any], *arguments: object) -> Any:
        """``job(device, reporter, *arguments)`` in the worker process; both have to be picklable.

        Raises:
            AssayError: The worker died, or what the job raised.
        """
        return self._worker.call(job, *arguments)

    def evaluate(
        self,
        task: TaskFolder,
        source: str,
        sizes: Sequence[str] | None = None,
        file: str = "candidate",
        on_progress: OnProgress = _ignore,
        strict: bool = False,
        strict_seed: int | None = None,
    ) -> Result:
        """Judge a candidate at the given sizes (labels), or at all in-distribution ones.

        Args:
            strict: Judge it strictly as well if its verdict is ``ok``; that changes nothing else.
            strict_seed: Repeats the private cases of an earlier result; None draws new ones.

        Raises:
            AssayError: Something that is not the candidate's fault.
        """
        labels = tuple(task.spec.sizes if sizes is None else sizes)
        job = Job(task.path, source, labels, self.settings.plan, self.settings.timeout, strict)
        heard = _Heard(on_progress)
        try:
            outcome = self._worker.call(evaluate, job, on_progress=heard, readable=task.path)
        except WorkerDied as error:
            outcome = self._lost("crash", heard.where(f"crash: {error.how}"))
        except WorkerTimeout:
            reason = heard.where(f"timeout: no end within {self.settings.timeout:g} s")
            outcome = self._lost("timeout", reason)
        if outcome.verdict != "ok" and heard.stage in labels:
            heard.sizes = _with_failure(task, heard, outcome)
        result = self._result(task, file, outcome, heard)
        if not strict or result.verdict != "ok":
            return result
        found = self._strict(task, source, heard, on_progress=on_progress, seed=strict_seed)
        return result.model_copy(update={"strict": found})

    def _strict(
        self,
        task: TaskFolder,
        source: str,
        published: _Heard,
        on_progress: OnProgress,
        contestant: int = 0,
        seed: int | None = None,
    ) -> StrictResult:
        """The strict verdict: on the results of the published run, then on runs of its own."""
        seed = fresh_seed() if seed is None else seed
        sizes = [one.case for one in published.checked if one.contestant == contestant]
        right = [case.label for case in sizes if case.correct and case.label in task.spec.sizes]
        job = StrictJob(task.path, source, seed, self.settings.timeout, tuple(right))
        heard = _Heard(on_progress)
        on_progress(Progress("strict", len(task.spec.sizes), len(task.spec.sizes)))
        try:
            found = self._worker.call(judge, job, on_progress=heard, readable=task.path)
        except WorkerDied as error:
            failure = Failure("crash", f"crash: {error.how}")
            found = interrupted(task, job, heard.cases, heard.run, failure)
        except WorkerTimeout:
            failure = Failure("timeout", f"timeout: no end within {self.settings.timeout:g} s")
            found = interrupted(task, job, heard.cases, heard.run, failure)
        return StrictResult.of(seed, [*sizes, *found.cases])

    @staticmethod
    def _lost(verdict: Verdict, reason: str) -> Outcome:
        return Outcome(verdict, reason, (Diagnostic(reason, rule=verdict),))

    def _result(self, task: TaskFolder, file: str, outcome: Outcome, heard: _Heard) -> Result:
        fractions = [size.fraction for size in heard.sizes if not size.held_out]
        return Result(
            file=file,
            task=task.name,
            device=self.device,
            verdict=outcome.verdict,
            diagnostics=unique(outcome.diagnostics),
            score=score(fractions) if outcome.verdict == "ok" else None,
            fail_reason=outcome.fail_reason,
            sizes=tuple(heard.sizes),
            ceiling_source=heard.roofs.source if heard.roofs else None,
        )

    def compare(
        self, task: TaskFolder, seed: str, incumbent: str, on_progress: OnProgress = _ignore
    ) -> Comparison:
        """Measure two sources in turns at every size, held-out ones included, and judge both
        strictly.

        Raises:
            AssayError: Something that is not the incumbent's fault.
        """
        job = Duel(task.path, seed, incumbent, self.settings.plan, self.settings.timeout)
        heard = _Heard(on_progress)
        comparison = self._compare(task, job, heard)
        verdicts = {"seed_strict": self._strict(task, seed, heard, on_progress, SEED)}
        if comparison.verdict == "ok":
            found = self._strict(task, incumbent, heard, on_progress, INCUMBENT)
            verdicts["incumbent_strict"] = found
        return comparison.model_copy(update=verdicts)

    def turns(
        self, task: TaskFolder, first: str, second: str, on_progress: OnProgress = _ignore
    ) -> Turns:
        """Measure two sources in turns at the in-distribution sizes, and nothing else.

        Returns:
            For each size, how many times as fast the second was in each turn, and the times of
            both; no ratios where one of them failed.
        """
        settings = self.settings
        job = Duel(task.path, first, second, settings.plan, settings.timeout, held_out=False)
        try:
            comparison = self._compare(task, job, _Heard(on_progress))
        except SeedFailed as error:
            return incumbent_failed(error)
        return promotion_turns(comparison)

    def _compare(self, task: TaskFolder, job: Duel, heard: _Heard) -> Comparison:
        try:
            return self._worker.call(compare, job, on_progress=heard, readable=task.path)
        except WorkerDied as error:
            return heard.lost(task, "crash", heard.where(f"crash: {error.how}"))
        except WorkerTimeout:
            reason = heard.where(f"timeout: no end within {self.settings.timeout:g} s")
            return heard.lost(task, "timeout", reason)


def _with_failure(task: TaskFolder, heard: _Heard, outcome: Outcome) -> list[SizeResult]:
    """The sizes heard of, ending with the failed one also where the worker could not report it."""
    label = heard.stage
    if any(size.label == label for size in heard.sizes):
        return heard.sizes
    failed = SizeResult(
        label=label,
        held_out=task.size(label)[1],
        correct=False,
        error_kind=outcome.verdict,
        unit=task.spec.unit,
    )
    return [*heard.sizes, failed]


def _ceilings(device: object, _: object) -> Ceilings:
    return roofline.ceilings(device)


def _measured_ceilings(device: object, _: object) -> Ceilings:
    return roofline.measure(device)


def _facts(device: Any, _: object) -> tuple[dict[str, str], dict[str, str]]:
    return device.properties, conditions(device)


def _refreshed_ceilings(device: object, _: object) -> Ceilings:
    return roofline.ceilings(device) if roofline.is_listed(device) else roofline.measure(device)
