"""What policies, which strangers write, can reach from the processes that they run in."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator

from assay.kernels.evaluator import Evaluator
from assay.sandbox import Sandbox
from assay.selftest.case import Case
from assay.selftest.report import Check

NAME = "what a policy's process can reach"
SECONDS = 30.0


def _write(path: str) -> None:
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT))
    os.unlink(path)


def _fork() -> None:
    if not os.fork():
        os._exit(0)


ATTEMPTS: dict[str, Callable[[int], object]] = {
    "read a file": lambda parent: os.open("/etc/hosts", os.O_RDONLY),
    "list a folder": lambda parent: os.listdir("/"),
    "write a file": lambda parent: _write("/tmp/assay-selftest"),
    "open a socket": lambda parent: socket.socket(),
    "signal the parent": lambda parent: os.kill(parent, signal.SIGCONT),
    "fork": lambda parent: _fork(),
    "run a program": lambda parent: subprocess.run(["/usr/bin/true"], check=True),
    "replace the program": lambda parent: os.execv("/bin/sh", ["sh", "-c", ":"]),
}


def attempt(connection: socket.socket, payload: bytes) -> None:
    """Try what must not work, and send a line for each attempt that came to something."""
    for name, function in ATTEMPTS.items():
        try:
            function(int(payload))
        except Exception:
            continue
        connection.sendall(f"{name}\n".encode())
    connection.sendall(b"the end\n")


def cases(quick: bool) -> list[Case]:
    """One process that tries what must not work."""
    return [Case(NAME, _judge)]


def _judge(evaluator: Evaluator) -> Iterator[Check]:
    with Sandbox([__name__]) as sandbox:
        mechanism = sandbox.confinement
        with sandbox.start(f"{__name__}:attempt", str(os.getpid()).encode()) as process:
            process.connection.settimeout(SECONDS)
            *worked, last = _lines(process.connection) or [""]
    if last != "the end":
        worked.append(f"the process ended early, after {last!r}")
    yield Check(
        group="confinement",
        name=NAME,
        passed=not worked,
        expected="nothing works",
        found=f"{mechanism}: " + (", ".join(worked) or "nothing works"),
        data={"attempts": list(ATTEMPTS), "worked": worked},
    )


def _lines(connection: socket.socket) -> list[str]:
    return b"".join(iter(lambda: connection.recv(4096), b"")).decode().splitlines()
