"""What code that broke out of a kernel might try, as jobs for a worker; each tells the outcome."""

import ctypes
import os
import signal
import socket
import subprocess
import tempfile
import threading
from pathlib import Path


def _outcome(function):
    try:
        return function()
    except (OSError, subprocess.SubprocessError) as error:
        return type(error).__name__


def read(device, report, path):
    return _outcome(Path(path).read_text)


def read_by_library(device, report, path):
    """As through a corrupted function pointer: the C library's own open."""
    library = ctypes.CDLL(None, use_errno=True)
    opened = library.open(os.fsencode(path), os.O_RDONLY)
    return os.strerror(ctypes.get_errno()) if opened < 0 else os.read(opened, 1000).decode()


def read_in_thread(device, report, path):
    found = []
    thread = threading.Thread(target=lambda: found.append(read(device, report, path)))
    thread.start()
    thread.join()
    return found[0]


def read_by_program(device, report, path):
    """By the compiler, the one program that a worker may start."""
    from assay.msl import toolchain

    command = [toolchain.zig(), "clang", "-E", "-x", "c", path]
    return _outcome(lambda: subprocess.run(command, capture_output=True, text=True).stdout)


def write(device, report, path):
    return _outcome(lambda: Path(path).write_text("written"))


def names(device, report, path):
    return _outcome(lambda: os.listdir(path))


def connect(device, report, kind):
    return _outcome(lambda: socket.socket(getattr(socket, kind)).close())


def send_signal(device, report, process):
    return _outcome(lambda: os.kill(process, signal.SIGTERM))


def environment(device, report):
    return dict(os.environ)


def temporary(device, report):
    with tempfile.NamedTemporaryFile() as file:
        return file.name
