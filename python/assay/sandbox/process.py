"""The parent's side of the sandbox."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from assay.errors import AssayError
from assay.sandbox import _wire, macos
from assay.sandbox.limits import Limits
from assay.words import exit_in_words

START_LIMIT = 60.0  # Seconds for the fork server's imports.
ANSWER_LIMIT = 30.0  # Seconds for one fork or one end of a process.
_LONGEST_ANSWER = 1 << 16
_THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


class SandboxError(AssayError):
    """The sandbox itself does not work; no code of a stranger is to blame."""


class Process:
    """A confined process. Use it as a context manager: it ends with the block.

    Attributes:
        connection: Socket to the code in it.
    """

    def __init__(self, sandbox: Sandbox, pid: int, connection: socket.socket) -> None:
        self.connection = connection
        self._sandbox = sandbox
        self._pid = pid
        self._code: int | None = None

    def __enter__(self) -> Process:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def end(self) -> str:
        """End it unless it ended by itself; how it ended, in words."""
        if self._code is None:
            self._code = self._sandbox._end(self._pid)
            self.connection.close()
        return exit_in_words(self._code)


class Sandbox:
    """Makes confined processes. Use it as a context manager.

    Args:
        preload: Modules to import once, in the fork server; what runs in the processes has to be
            in one of them, because a confined process cannot read files.
        limits: Of each process.
    """

    def __init__(self, preload: Sequence[str], limits: Limits | None = None) -> None:
        self._preload = tuple(preload)
        self._limits = limits or Limits()
        self._server: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._confinement = ""
        self._lock = threading.Lock()

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def confinement(self) -> str:
        """What keeps its processes away from files, network and other processes."""
        with self._lock:
            self._start()
        return self._confinement

    def start(self, target: str, payload: bytes) -> Process:
        """Run ``target`` (``module:function``) in a process of its own.

        The function is called with the socket to the parent and with ``payload``.

        Raises:
            SandboxError: The fork server does not work.
        """
        ours, theirs = socket.socketpair()
        request = {"target": target, "limits": asdict(self._limits)}
        try:
            with theirs:
                pid = self._ask(request, [theirs.fileno()])
        except SandboxError:
            ours.close()
            raise
        process = Process(self, pid, ours)
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            # A process that is gone already is found out by whoever talks to it.
            _wire.send(ours, payload)
        return process

    def close(self) -> None:
        """End the fork server and all processes."""
        server, self._server = self._server, None
        if self._control is not None:
            self._control.close()
            self._control = None
        if server is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(server.pid, signal.SIGKILL)
            server.wait()

    def _end(self, pid: int) -> int:
        if self._server is None:
            return -signal.SIGKILL
        return self._ask({"end": pid})

    def _ask(self, request: dict[str, Any], descriptors: list[int] | None = None) -> int:
        with self._lock:
            self._start()
            assert self._control is not None
            try:
                _wire.send_json(self._control, request, descriptors)
                return int(json.loads(_wire.receive(self._control, _LONGEST_ANSWER)))
            except (OSError, EOFError, ValueError) as error:
                self.close()
                raise SandboxError(f"the fork server does not answer: {error}") from error

    def _start(self) -> None:
        if self._server is not None:
            return
        ours, theirs = socket.socketpair()
        with theirs, tempfile.TemporaryFile() as errors:
            self._server = subprocess.Popen(
                [*_command(), str(theirs.fileno()), *self._preload],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                pass_fds=(theirs.fileno(),),
                start_new_session=True,
                # Threads of a linear-algebra library would not survive a fork.
                env={**os.environ, **dict.fromkeys(_THREADS, "1")},
            )
            theirs.close()
            self._control = ours
            ours.settimeout(START_LIMIT)
            try:
                self._confinement = json.loads(_wire.receive(ours, _LONGEST_ANSWER))
            except (OSError, EOFError, ValueError) as error:
                self.close()
                errors.seek(0)
                text = errors.read()[-4000:].decode(errors="replace")
                raise SandboxError(f"the fork server does not start: {error}\n{text}") from error
            ours.settimeout(ANSWER_LIMIT)


def _command() -> list[str]:
    command = [sys.executable, "-m", "assay.sandbox._server"]
    return macos.command(command) if sys.platform == "darwin" else command
