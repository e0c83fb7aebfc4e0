"""What confines processes on macOS: a profile for the fork server, and limits for what it forks.

The profile is in the language of ``sandbox-exec``, where the last rule that matches an operation
counts. It has to let the fork server start: ``sandbox-exec`` itself runs Python under it.
"""

from __future__ import annotations

import ctypes
import os
import resource
import sys
from collections.abc import Iterable
from pathlib import Path

SANDBOX_EXEC = "/usr/bin/sandbox-exec"


def profile(programs: Iterable[str]) -> str:
    """No network, no files to write, no signals to others; only these programs can be run."""
    allowed = " ".join(f"(literal {_quoted(program)})" for program in programs)
    return "".join(
        [
            "(version 1)(allow default)(deny network*)",
            '(deny file-write*)(allow file-write* (literal "/dev/null"))',
            f"(deny process-exec*)(allow process-exec* {allowed})",
            "(deny signal)(allow signal (target same-sandbox))",
        ]
    )


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def interpreters() -> list[str]:
    """The files that are executed when this Python is started; profiles compare resolved paths.

    The program of a framework build starts another one, which is part of an application bundle.
    """
    bundled = Path(sys.base_prefix, "Resources", "Python.app", "Contents", "MacOS", "Python")
    base = getattr(sys, "_base_executable", sys.executable)
    return list(dict.fromkeys(os.path.realpath(path) for path in (sys.executable, base, bundled)))


def command(arguments: list[str]) -> list[str]:
    """The command that runs another one, which starts this Python, under the profile."""
    return [SANDBOX_EXEC, "-p", profile(interpreters()), *arguments]


def give_up() -> str:
    """Give up descriptors and processes that the calling process does not have yet, for good.

    The profile leaves reading and forking to the fork server, which needs them. Without descriptors
    nothing can be opened: no file, no folder, no socket.

    Returns:
        What confines the process, or ``none`` with the reason.
    """
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
    is_confined = ctypes.CDLL(None).sandbox_check(os.getpid(), None, 0)
    return "sandbox-exec" if is_confined else "none: sandbox-exec has no effect"
