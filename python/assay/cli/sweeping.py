"""``assay sweep``: all runs of a file, shown in a table while they work."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from assay.cli.errors import FAILED, INTERRUPTED, complain
from assay.cli.sweep_run import Job, device_of, request_of
from assay.cli.sweep_table import SweepTable
from assay.errors import AssayError
from assay.names import UsageError
from assay.sweeps import plan as files
from assay.sweeps.executors import Here, Place, cluster
from assay.sweeps.jobs import Folder, Stopped
from assay.sweeps.plan import Limits, RunPlan
from assay.sweeps.schedule import Schedule


@dataclass(frozen=True)
class SweepRequest:
    """What ``assay sweep`` was asked for. ``folder`` None: runs/NAME-OF-THE-FILE."""

    file: Path
    folder: Path | None
    scheduler: str | None
    retry_failed: bool

    @property
    def directory(self) -> Path:
        """The folder of the sweep, as all machines see it."""
        return (self.folder or Path("runs") / self.file.stem).resolve()


def run_sweep(request: SweepRequest, as_json: bool) -> int:
    """Execute what is not finished; the exit code."""
    sweep = files.read_sweep(request.file)
    plans = files.plans(sweep, request.file.resolve().parent)
    limits = files.limits(sweep, request.scheduler is not None)
    folder = Folder(request.directory)
    devices = {plan.name: _checked(plan, folder, request.scheduler) for plan in plans}
    limits = _with_local_models(limits, plans, folder)
    job = Job(folder, folder.prepare())
    waiting = [plan for plan in plans if not _is_done(plan, folder, request.retry_failed)]
    table = SweepTable(folder, plans, as_json)
    with table, _place(request.scheduler) as place:
        schedule = Schedule(waiting, limits, place, job, lambda plan: devices[plan.name])
        try:
            _work(schedule, folder, table)
        except KeyboardInterrupt:
            folder.stop()
            table.close()
            complain(
                f"Interrupted. What is finished in {folder.path} is kept, and every run stays "
                "resumable: repeat the command."
            )
            return INTERRUPTED
    failed = [plan for plan in plans if folder.failure(plan.name) is not None]
    table.conclude()
    return FAILED if failed else 0


def _work(schedule: Schedule, folder: Folder, table: SweepTable) -> None:
    def finished(plan: RunPlan, error: BaseException | None) -> None:
        if isinstance(error, Stopped):
            return
        if error is None:
            folder.succeed(plan.name)
        else:
            folder.fail(plan.name, _reason(error))
        table.finished(plan)

    schedule.work(finished, lambda: table.update(list(schedule.under_way.values())))


def _reason(error: BaseException) -> str:
    text = str(error).strip() or "no reason given"
    return text if isinstance(error, AssayError) else f"{type(error).__name__}: {text}"


def _checked(plan: RunPlan, folder: Folder, scheduler: str | None) -> str | None:
    """The device that a run names, once its options are known to be right."""
    request = request_of(plan, folder.run(plan.name))
    device = device_of(request)
    if scheduler is not None and device is None and hasattr(request.options, "device"):
        raise UsageError(
            f'{plan.name}: on a cluster, the file has to name the device (device = "metal" under '
            "[options]), because results from different devices cannot be compared"
        )
    return device


def _with_local_models(limits: Limits, plans: Sequence[RunPlan], folder: Folder) -> Limits:
    """The limits, with one run at a time of a model that works on this machine itself."""
    own = {}
    for plan in plans:
        request = request_of(plan, folder.run(plan.name))
        if plan.model in request.domain.models(plan.problem, request.options, plan.seed):
            own[plan.provider] = 1
    return Limits(limits.runs, {**own, **limits.by_provider})


def _is_done(plan: RunPlan, folder: Folder, retry_failed: bool) -> bool:
    """Whether there is nothing to do for a run: it is complete, or failed and is left so."""
    if folder.failure(plan.name) is not None:
        return not retry_failed
    state = folder.state(plan.name)
    if state is None or not state.finished:
        return False
    iterations = request_of(plan, folder.run(plan.name)).search.iterations
    return state.iterations >= iterations


@contextmanager
def _place(scheduler: str | None) -> Iterator[Place]:
    if scheduler is None:
        yield Here()
        return
    with cluster(scheduler) as place:
        yield place
