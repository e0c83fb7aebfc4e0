"""The fork server: imports once, then makes one confined process per request.

Started as ``python -m assay.sandbox._server FD MODULE...``. It runs no code of strangers itself. It
has a single thread, so that forking is safe, and ends with all its processes when the parent does.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib
import json
import os
import signal
import socket
import sys
from typing import Any

from assay.sandbox import _wire, macos
from assay.sandbox.limits import Limits

LONGEST_PAYLOAD = 64 << 20
_PR_SET_PDEATHSIG = 1


def _die_with_server() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _confine(connection: socket.socket) -> str:
    if sys.platform == "darwin":
        # Not from the native module: Apple's frameworks, which it loads, do not survive a fork.
        return macos.give_up()
    from assay import _native

    return _native.enter_sandbox([connection.fileno()])


def _work(connection: socket.socket, request: dict[str, Any]) -> None:
    """Life of a forked process: take the work, give up everything else, do it."""
    _die_with_server()
    for stream in (0, 1, 2):
        os.dup2(os.open(os.devnull, os.O_RDWR), stream)
    module, _, name = request["target"].partition(":")
    function = getattr(importlib.import_module(module), name)
    payload = _wire.receive(connection, LONGEST_PAYLOAD)
    Limits(**request["limits"]).apply()
    _confine(connection)
    function(connection, payload)


def _fork(control: socket.socket, descriptor: int, request: dict[str, Any]) -> int:
    pid = os.fork()
    if pid:
        os.close(descriptor)
        return pid
    try:
        control.close()
        _work(socket.socket(fileno=descriptor), request)
    finally:
        # Whatever happened: nothing of the server may run on in this process.
        os._exit(0)


def _end(pid: int) -> int:
    """End a process; its exit code, negative for a signal. That of one which ended by itself stays
    what it was."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def _serve(control: socket.socket) -> None:
    running: set[int] = set()
    while True:
        first, descriptors, _, _ = socket.recv_fds(control, _wire.LENGTH.size, 1)
        if not first:
            return
        first += _wire.receive_exactly(control, _wire.LENGTH.size - len(first))
        (count,) = _wire.LENGTH.unpack(first)
        request = json.loads(_wire.receive_exactly(control, count))
        if "target" in request:
            pid = _fork(control, descriptors[0], request)
            running.add(pid)
            _wire.send_json(control, pid)
        elif request["end"] in running:
            running.discard(request["end"])
            _wire.send_json(control, _end(request["end"]))
        else:
            raise ValueError(f"process {request['end']} is not of this server")


def _probe() -> str:
    """What confines a process here, tried in one that ends at once."""
    ours, theirs = socket.socketpair()
    pid = os.fork()
    if not pid:
        with contextlib.suppress(BaseException):
            theirs.sendall(_confine(theirs).encode())
        os._exit(0)
    theirs.close()
    text = b"".join(iter(lambda: ours.recv(4096), b""))
    os.waitpid(pid, 0)
    return text.decode() or "none: the attempt failed"


def main() -> None:
    """Serve until the parent closes the connection."""
    control = socket.socket(fileno=int(sys.argv[1]))
    control.set_inheritable(False)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for module in sys.argv[2:]:
        importlib.import_module(module)
    _wire.send_json(control, _probe())
    try:
        _serve(control)
    finally:
        # The processes are in this group, and it is nobody else's.
        os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    main()
