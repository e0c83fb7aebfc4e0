"""What the tests run in confined processes; each answers with a line on the socket."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys

ATTEMPTS = {
    "read a file": lambda: os.open("/etc/passwd", os.O_RDONLY),
    "list a folder": lambda: os.listdir("/"),
    "write a file": lambda: os.open("/tmp/assay-escape", os.O_WRONLY | os.O_CREAT),
    "open a socket": lambda: socket.socket(),
    "fork": os.fork,
    "run a program": lambda: subprocess.run(["true"]),
    "replace the program": lambda: os.execv("/bin/true", ["true"]),
    "kill the parent": lambda: os.kill(os.getppid(), signal.SIGTERM),
    "trace the parent": lambda: os.open(f"/proc/{os.getppid()}/mem", os.O_RDONLY),
    "use another descriptor": lambda: os.write(9, b"x"),
    "raise a limit": lambda: __import__("resource").setrlimit(0, (1, 1)),
}


def attempts(connection: socket.socket, payload: bytes) -> None:
    """Try what must not work; tell what each attempt came to."""
    found = {}
    for name, attempt in ATTEMPTS.items():
        try:
            attempt()
            found[name] = "worked"
        except Exception as error:
            found[name] = type(error).__name__
    connection.sendall(json.dumps(found).encode())


def echo(connection: socket.socket, payload: bytes) -> None:
    connection.sendall(payload)


def state(connection: socket.socket, payload: bytes) -> None:
    """Whether an earlier process left something behind, and leave something behind."""
    seen = hasattr(sys, "left_behind")
    sys.left_behind = True  # type: ignore[attr-defined]
    connection.sendall(str(seen).encode())


def spin(connection: socket.socket, payload: bytes) -> None:
    connection.sendall(b"spinning")
    while True:
        pass


def allocate(connection: socket.socket, payload: bytes) -> None:
    try:
        bytearray(10 << 30)
        connection.sendall(b"got it")
    except MemoryError:
        connection.sendall(b"MemoryError")


def leave(connection: socket.socket, payload: bytes) -> None:
    os._exit(7)


def crash(connection: socket.socket, payload: bytes) -> None:
    import ctypes

    ctypes.string_at(0)


def fail(connection: socket.socket, payload: bytes) -> None:
    raise ValueError("nobody hears this")
