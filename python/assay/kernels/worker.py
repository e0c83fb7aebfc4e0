"""A process in which candidates are compiled and run, so that whatever they do ends there.

It protects the harness against crashes, endless loops, memory exhaustion and a compiler that does
not come to an end. Where the system allows it, the process can open no files but those of Python,
this package, the caches and the task, and no sockets, and its environment holds no keys: also an
out-of-bounds write that no guard page stops reaches nothing else. ``Worker.confinement`` tells.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from multiprocessing.connection import Connection, Pipe
from pathlib import Path
from typing import IO, Any

from assay.confinement import Confinement
from assay.errors import AssayError
from assay.paths import cache_root
from assay.words import exit_in_words

GRACE = 5.0  # Seconds beyond a candidate's limit until the whole process is killed.
HARNESS_LIMIT = 900.0  # Seconds for the harness's own work between two candidates' runs.
START_LIMIT = 120.0

OpenDevice = Callable[[], Any]


class WorkerDied(AssayError):
    """The worker ended while it had a job. ``how`` names the signal or the exit code."""

    def __init__(self, how: str) -> None:
        self.how = how
        super().__init__(f"the worker process ended: {how}")


class WorkerTimeout(AssayError):
    """The worker was killed because it did not come back in time."""


class WorkerError(AssayError):
    """A job failed for a reason that is not a candidate's."""


def memory_limit() -> int:
    """Bytes of writable memory for a worker.

    The largest task needs about 2 GiB; 8 GiB leave room for compilers, and every core adds stacks
    that are reserved but not used.
    """
    return (8 << 30) + (os.cpu_count() or 1) * (512 << 20)


def open_named(name: str | None) -> Any:
    """Open a device by name, and wait until it takes work; raises DeviceError where it does not."""
    from assay.devices import device

    opened = device(name)
    if opened.name == "metal":
        from assay.kernels.readiness import wait_until_ready

        wait_until_ready(opened)
    return opened


# Variables that a worker inherits, by the beginning of their names: no keys, no tokens.
_INHERITED = (
    "PATH", "HOME", "USER", "LANG", "LC_", "TZ", "VIRTUAL_ENV", "CONDA_PREFIX", "PYTHON", "LD_",
    "DYLD_", "ASSAY_", "OMP_", "OPENBLAS_", "MKL_", "NPY_", "MTL_", "METAL_", "__CF",
)  # fmt: skip


def _environment() -> dict[str, str]:
    kept = {name: text for name, text in os.environ.items() if name.startswith(_INHERITED)}
    return {**kept, "ASSAY_CACHE": str(cache_root().absolute())}


def opener(name: str | None) -> OpenDevice:
    """Function that opens the device with this name, in whichever process."""
    return partial(open_named, name)


def _rebuilt(kind: type[Exception], text: str, fields: dict[str, Any]) -> AssayError:
    """The error that a job raised; one that nobody foresaw becomes a WorkerError."""
    if not issubclass(kind, AssayError):
        return WorkerError(f"unexpected failure in the worker process:\n{text}")
    error = kind.__new__(kind, text)
    error.__dict__.update(fields)
    return error


class Worker:
    """A worker process that is started on first use and replaced after it ended."""

    def __init__(self, open_device: OpenDevice, memory: int | None = None) -> None:
        self._open_device = open_device
        self._readable: list[str] = []
        self._scratch: tempfile.TemporaryDirectory[str] | None = None
        self._memory = memory_limit() if memory is None else memory
        self._process: subprocess.Popen[bytes] | None = None
        self._connection: Connection | None = None
        self._errors: IO[bytes] | None = None
        self.device_name = ""
        self.device_description = ""
        self.confinement: Confinement | None = None

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def pid(self) -> int | None:
        """Process id while a process is running."""
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Start the process and open the device in it, unless it is there already.

        Raises:
            AssayError: The device cannot be opened.
        """
        if self._process is not None and self._process.poll() is None:
            return
        self.close()
        self._launch()
        assert self._connection is not None
        try:
            self._connection.send(self._readable)
            self._connection.send(self._open_device)
            facts = self._await(START_LIMIT, lambda event: None)
        except (WorkerDied, WorkerTimeout, BrokenPipeError) as error:
            raise WorkerError(f"the worker process did not start: {error}") from error
        self.device_name, self.device_description, self.confinement = facts

    def _launch(self) -> None:
        ours, theirs = Pipe()
        self._scratch = tempfile.TemporaryDirectory(
            prefix="assay-worker-", ignore_cleanup_errors=True
        )
        with theirs:
            descriptor = theirs.fileno()
            command = [sys.executable, "-m", "assay.kernels._worker_main"]
            self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - lives with the process
            self._process = subprocess.Popen(
                [*command, str(descriptor), str(self._memory)],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=self._errors,
                pass_fds=(descriptor,),
                start_new_session=True,
                env={**_environment(), "TMPDIR": self._scratch.name},
            )
        self._connection = ours

    def call(
        self,
        function: Callable[..., Any],
        *arguments: object,
        on_progress: Callable[[Any], None] = lambda event: None,
        readable: Path | None = None,
    ) -> Any:
        """Run ``function(device, report, *arguments)`` in the worker.

        Args:
            readable: A directory whose files the function reads.

        Raises:
            WorkerDied: The process crashed or was killed.
            WorkerTimeout: A candidate did not come back within its limit.
            AssayError: What the function raised.
        """
        if readable is not None and str(readable) not in self._readable:
            self._readable.append(str(readable))
            self.close()  # a process cannot be given more than it started with
        self.start()
        assert self._connection is not None
        try:
            self._connection.send((function, arguments))
            return self._await(HARNESS_LIMIT, on_progress)
        except BrokenPipeError as error:
            self.kill()
            raise WorkerDied("connection lost") from error

    def _await(self, seconds: float, on_progress: Callable[[Any], None]) -> Any:
        assert self._connection is not None
        deadline = time.monotonic() + seconds
        try:
            while True:
                if not self._connection.poll(max(0.0, deadline - time.monotonic())):
                    raise WorkerTimeout("no answer within the time limit; the worker was killed")
                kind, content = self._connection.recv()
                if kind == "limit":
                    limit = HARNESS_LIMIT if content is None else content + GRACE
                    deadline = time.monotonic() + limit
                elif kind == "progress":
                    on_progress(content)
                elif kind == "failed":
                    raise _rebuilt(*content)
                else:
                    return self._accept(kind, content)
        except (EOFError, ConnectionResetError) as error:
            raise WorkerDied(self._cause()) from error
        except WorkerTimeout:
            self.kill()
            raise
        except AssayError:
            raise
        except BaseException:
            # Interrupted, or the caller's own callback failed: the job must not run on unseen.
            self.kill()
            raise

    def _accept(self, kind: str, content: Any) -> Any:
        if kind == "ready":
            return content
        result, tainted = content
        if tainted:
            self.kill()
        return result

    def _cause(self) -> str:
        assert self._process is not None
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=5)
        code = self._process.poll()
        text = self._last_words()
        self.kill()
        how = "connection lost" if code is None else exit_in_words(code)
        if code == -signal.SIGKILL:
            how += " (out of memory?)"
        return f"{how}: {text}" if text else how

    def _last_words(self) -> str:
        if self._errors is None:
            return ""
        self._errors.seek(0)
        lines = self._errors.read()[-4000:].decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else ""

    def kill(self) -> None:
        """End the process and everything that it started, now."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        self.close()

    def close(self) -> None:
        """End the process; a later call starts another one."""
        process, self._process = self._process, None
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        if process is not None:
            if process.stdin is not None:
                process.stdin.close()
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        if self._errors is not None:
            self._errors.close()
            self._errors = None
        if self._scratch is not None:
            self._scratch.cleanup()
            self._scratch = None
