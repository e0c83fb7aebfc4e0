"""The worker process: opens a device and runs jobs until its parent goes away.

Started as ``python -m assay.kernels._worker_main FD MEMORY``; requests and answers are pickled on
the socket FD. Standard input is a pipe that nobody writes to: it ends when the parent is gone.
Before anything else the process confines itself to Python, this package, the caches, a temporary
directory and the directories that the parent names first.
"""

from __future__ import annotations

import os
import resource
import signal
import sys
import tempfile
import threading
import traceback
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from assay.confinement import Confinement, confine, interpreter_paths, package_paths
from assay.errors import AssayError
from assay.paths import cache_root


class _Reporter:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def limit(self, seconds: float | None) -> None:
        self._connection.send(("limit", seconds))

    def progress(self, event: object) -> None:
        self._connection.send(("progress", event))


def _die_with_parent() -> None:
    """Kill this process group, compilers included, when the parent ends in whatever way."""

    def watch() -> None:
        while os.read(0, 1):
            pass
        os.killpg(0, signal.SIGKILL)

    threading.Thread(target=watch, daemon=True).start()


def _limit_resources(memory: int) -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if memory and sys.platform == "linux":
        # Not RLIMIT_AS: guard pages take address space, but no memory.
        resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))


def _portable(error: Exception) -> tuple[type[Exception], str, dict[str, Any]]:
    """An error as type, text and fields: pickle would call its class with the text alone."""
    if isinstance(error, AssayError):
        return type(error), str(error), vars(error)
    return Exception, traceback.format_exc(), {}


def _answer(connection: Connection, device: Any, request: Any) -> bool:
    """Run one job; whether the process may take another."""
    function, arguments = request
    try:
        result = function(device, _Reporter(connection), *arguments)
    except Exception as error:
        connection.send(("failed", _portable(error)))
        return True
    tainted = bool(getattr(result, "tainted", False))
    connection.send(("result", (result, tainted)))
    return not tainted


def _confine(readable: list[str]) -> Confinement:
    """Has to come before any thread is started: those that run already stay free."""
    root = cache_root()
    root.mkdir(parents=True, exist_ok=True)
    paths: list[Path | str] = [*interpreter_paths(), *package_paths(), *readable]
    return confine(paths, [root, tempfile.gettempdir()])


def main() -> None:
    """Serve jobs until the parent closes the connection."""
    descriptor, memory = int(sys.argv[1]), int(sys.argv[2])
    os.set_inheritable(descriptor, False)
    _limit_resources(memory)
    connection = Connection(descriptor)
    confinement = _confine(connection.recv())
    _die_with_parent()
    try:
        open_device = connection.recv()
        device = open_device()
    except Exception as error:
        connection.send(("failed", _portable(error)))
        return
    connection.send(("ready", (device.name, device.description, confinement)))
    while True:
        try:
            request = connection.recv()
        except EOFError:
            break
        if not _answer(connection, device, request):
            break
    # Threads of a faulted kernel may hang for ever; a normal exit would wait for them.
    os._exit(0)


if __name__ == "__main__":
    main()
