"""Requests for candidates: one after the other, or several in flight while others are judged."""

from __future__ import annotations

import contextlib
import threading
import time
from concurrent.futures import Future, wait
from dataclasses import dataclass

from assay.models.base import Model, ModelError, Prompt
from assay.search.errors import RunFolderError
from assay.search.events import Prompted, Replied
from assay.search.run import Run


@dataclass(frozen=True)
class FailedCall:
    """A request without a reply, and the seconds that it took."""

    error: ModelError
    elapsed_s: float


class Calls:
    """The requests of one process. Each reply is logged the moment it is there.

    Args:
        model: Who is asked; by several threads at once where ``start`` is used.
        run: Gets the events.
    """

    def __init__(self, model: Model, run: Run) -> None:
        self._model = model
        self._run = run
        self._in_flight: dict[int, Future[FailedCall | None]] = {}

    def __contains__(self, number: int) -> bool:
        return number in self._in_flight

    @property
    def unanswered(self) -> int:
        """Calls in flight."""
        return sum(not future.done() for future in self._in_flight.values())

    def ask(self, number: int, prompt: Prompt) -> FailedCall | None:
        """Ask for candidate ``number`` and wait; None where the reply is in the run."""
        self._announce(number, prompt)
        return self._call(number, prompt)

    def start(self, number: int, prompt: Prompt) -> None:
        """Ask for candidate ``number`` in a thread of its own."""
        self._announce(number, prompt)
        future: Future[FailedCall | None] = Future()
        self._in_flight[number] = future

        def call() -> None:
            try:
                future.set_result(self._call(number, prompt))
            except BaseException as error:
                future.set_exception(error)

        # A daemon: Ctrl-C must not wait for a provider.
        threading.Thread(target=call, name=f"assay-candidate-{number}", daemon=True).start()

    def take(self, number: int) -> FailedCall | None:
        """Wait for a request that was started; as ``ask``."""
        return self._in_flight.pop(number).result()

    def settle(self) -> None:
        """Wait for all requests in flight, so that no reply is lost."""
        wait(list(self._in_flight.values()))

    def _announce(self, number: int, prompt: Prompt) -> None:
        system = prompt.system if prompt.system != self._run.state.system else None
        self._run.record(Prompted(iteration=number, user=prompt.user, system=system))

    def _call(self, number: int, prompt: Prompt) -> FailedCall | None:
        start = time.perf_counter()
        try:
            reply = self._model.complete(prompt)
        except ModelError as error:
            return FailedCall(error, time.perf_counter() - start)
        elapsed = time.perf_counter() - start
        # Where the run was interrupted meanwhile, nobody waits for the reply any more.
        with contextlib.suppress(RunFolderError):
            self._run.record(Replied(iteration=number, reply=reply, elapsed_s=elapsed))
        return None
