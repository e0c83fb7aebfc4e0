"""Where runs are executed: threads of this process, or the workers of a Dask cluster."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from typing import Any, Protocol

from assay.errors import AssayError
from assay.names import UsageError


class Place(Protocol):
    """Executes jobs."""

    def submit(self, device: str | None, function: Callable[..., Any], *arguments: Any) -> Future:
        """Execute a job where the device is; None where any place will do."""

    def check(self) -> None:
        """Raise AssayError where jobs can no longer be executed."""


class _Threads(Executor):
    """One thread per job. Threads that are under way do not keep the process alive."""

    def submit(self, function: Callable[..., Any], /, *arguments: Any, **named: Any) -> Future:
        future: Future = Future()

        def work() -> None:
            try:
                future.set_result(function(*arguments, **named))
            except BaseException as error:
                future.set_exception(error)

        future.set_running_or_notify_cancel()
        threading.Thread(target=work, daemon=True).start()
        return future


class Here:
    """This machine."""

    def __init__(self) -> None:
        self._threads = _Threads()

    def submit(self, device: str | None, function: Callable[..., Any], *arguments: Any) -> Future:
        return self._threads.submit(function, *arguments)

    def check(self) -> None:
        pass


class Cluster:
    """The workers of a Dask scheduler. A job goes to a worker with a resource named as its device.

    A job whose worker dies is given to another one, which continues the run.
    """

    def __init__(self, client: Any, address: str) -> None:
        self._client, self._address = client, address
        self._executors: dict[str | None, Any] = {}

    def submit(self, device: str | None, function: Callable[..., Any], *arguments: Any) -> Future:
        if device not in self._executors:
            resources = {"resources": {device: 1}} if device else {}
            # Impure: a job that failed is really executed again.
            self._executors[device] = self._client.get_executor(pure=False, **resources)
        return self._executors[device].submit(function, *arguments)

    def check(self) -> None:
        if self._client.status != "running":
            raise AssayError(
                f"the connection to the scheduler {self._address} is lost; what is finished is "
                "kept: repeat the command once the scheduler is back"
            )


@contextmanager
def cluster(address: str) -> Iterator[Cluster]:
    """Connect to a Dask scheduler.

    Raises:
        UsageError: distributed is not installed.
        AssayError: There is no scheduler at that address.
    """
    try:
        from distributed import Client
    except ImportError as error:
        raise UsageError("--scheduler needs Dask: pip install 'metal-assay[dask]'") from error
    # What is lost is told here, in one line.
    for logger in ("distributed", "distributed.client"):
        logging.getLogger(logger).setLevel(logging.CRITICAL)
    try:
        client = Client(address, timeout=10, set_as_default=False)
    except (OSError, ValueError) as error:
        raise AssayError(f"no Dask scheduler answers at {address}: {error}") from error
    try:
        yield Cluster(client, address)
    finally:
        client.close(timeout=2)
