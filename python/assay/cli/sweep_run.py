"""One run of a sweep, executed in this process or on a worker of a cluster."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from assay.cli.domains import find
from assay.cli.evolution import Request, search
from assay.cli.search_options import CostOptions, ModelOptions, SearchOptions
from assay.errors import AssayError
from assay.models.base import Model
from assay.names import UsageError, unknown
from assay.search.errors import RunInUseError
from assay.search.files import reason_of
from assay.search.observer import Observer
from assay.sweeps.jobs import Folder, exclusive
from assay.sweeps.plan import RunPlan

# What the sweep sets itself, or what makes no sense in one.
RESERVED = ("model", "seed", "run", "estimate")
PATIENCE = 2.0  # Seconds between two attempts at a run that another process still has open.

# Methods that take time on the device, see Problem and ComparingProblem.
_MEASURING = ("evaluate", "gate", "compare")


def request_of(plan: RunPlan, folder: Path) -> Request:
    """What ``assay evolve`` would be asked for.

    Raises:
        UsageError: There is no such problem, or an option is unknown or wrong.
    """
    domain = find(plan.problem, plan.tasks)
    groups = (SearchOptions, CostOptions, ModelOptions, domain.options)
    _require_known(plan, groups)
    values = {**plan.options, "model": plan.model, "seed": plan.seed, "run": folder}
    method, costs, model, own = (_parsed(plan, group, values) for group in groups)
    return Request(domain, plan.problem, method, costs, model, own, tasks=plan.tasks)


def _require_known(plan: RunPlan, groups: Sequence[type]) -> None:
    names = [field.name for group in groups for field in fields(group)]
    valid = [name for name in names if name not in RESERVED]
    for name in plan.options:
        if name not in valid:
            raise unknown(f"option of {plan.problem}", name, valid)


def _parsed(plan: RunPlan, group: type, values: Mapping[str, Any]) -> Any:
    own = {field.name: values[field.name] for field in fields(group) if field.name in values}
    try:
        return TypeAdapter(group).validate_python(own)
    except ValidationError as error:
        raise UsageError(f"the options of {plan.name}: {reason_of(error)}") from error


def device_of(request: Request) -> str | None:
    """The device that a run asks for by name; None where it names or needs none."""
    return getattr(request.options, "device", None)


@dataclass(frozen=True)
class Job:
    """Executes runs of a sweep. It is pickled and sent to the workers of a cluster.

    Attributes:
        mark: What the sweep's folder is recognised by.
    """

    folder: Folder
    mark: str

    def __call__(self, plan: RunPlan) -> None:
        """Search, or continue the search, until the run is complete.

        Raises:
            AssayError: The run failed; it stays resumable.
        """
        self.folder.require(self.mark)
        request = request_of(plan, self.folder.run(plan.name))
        while True:
            self.folder.check()
            try:
                return self._search(request)
            except RunInUseError:
                # A process that was given up as lost is still at work; it ends sooner or later.
                time.sleep(PATIENCE)

    def _search(self, request: Request) -> None:
        outcome = search(request, _Stoppable(self.folder), lambda stage: None, _measure_alone)
        if outcome.error is not None:
            raise AssayError(outcome.error)


class _Stoppable(Observer):
    """Ends a run before its next call where the sweep is interrupted."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder

    def prompting(self, iteration: int) -> None:
        self._folder.check()

    def evaluating(self, iteration: int) -> None:
        self._folder.check()


def _measure_alone(problem: Any, model: Model) -> None:
    """Let a problem that is timed measure when nothing else of a sweep works on this machine."""
    if not getattr(problem, "times", False):
        return
    device = str(problem.describe().get("device"))
    for name in _MEASURING:
        if hasattr(problem, name):
            setattr(problem, name, _under(lambda: exclusive(device), getattr(problem, name)))
    if not getattr(model, "is_remote", False):
        model.complete = _under(lambda: exclusive(device), model.complete)  # type: ignore[method-assign]


def _under(
    lock: Callable[[], AbstractContextManager[None]], method: Callable[..., Any]
) -> Callable[..., Any]:
    """The method, called while the lock is held."""

    def call(*arguments: Any, **named: Any) -> Any:
        with lock():
            return method(*arguments, **named)

    return call
