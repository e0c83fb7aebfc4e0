"""Gives the runs of a sweep to whoever executes them, within the limits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, wait
from typing import Any

from assay.sweeps.executors import Place
from assay.sweeps.plan import Limits, RunPlan

INTERVAL = 0.5  # Seconds between two looks at what is under way.

Finish = Callable[[RunPlan, BaseException | None], None]


class Schedule:
    """Runs that wait, and runs that are under way.

    Args:
        waiting: In the order in which they are begun, as far as the limits allow it.
        job: Executes a run; called with the plan where it is executed.
        device_of: Name of the device that a run measures on; None where it needs none.
    """

    def __init__(
        self,
        waiting: Sequence[RunPlan],
        limits: Limits,
        place: Place,
        job: Callable[[RunPlan], Any],
        device_of: Callable[[RunPlan], str | None],
    ) -> None:
        self.waiting = list(waiting)
        self.under_way: dict[Future, RunPlan] = {}
        self._limits, self._place, self._job, self._device_of = limits, place, job, device_of

    def work(self, finished: Finish, tick: Callable[[], None]) -> None:
        """Execute everything.

        Args:
            finished: Hears of each run that ended, with the exception where it failed.
            tick: Called at short intervals.

        Raises:
            AssayError: Nothing can be executed any more.
        """
        while self.waiting or self.under_way:
            self._fill()
            tick()
            done, _ = wait(self.under_way, timeout=INTERVAL, return_when=FIRST_COMPLETED)
            # Before the results: what a lost connection cancelled has not failed.
            self._place.check()
            for future in done:
                finished(self.under_way.pop(future), _failure(future))
        tick()

    def _fill(self) -> None:
        for plan in list(self.waiting):
            if self._limits.runs is not None and len(self.under_way) >= self._limits.runs:
                return
            limit = self._limits.of(plan.provider)
            same = sum(other.provider == plan.provider for other in self.under_way.values())
            if limit is None or same < limit:
                self.waiting.remove(plan)
                future = self._place.submit(self._device_of(plan), self._job, plan)
                self.under_way[future] = plan


def _failure(future: Future) -> BaseException | None:
    try:
        return future.exception()
    except CancelledError as error:
        return error
