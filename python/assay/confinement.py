"""Keeps the processes that handle candidates away from files and the network.

On Linux, Landlock limits the files that can be opened (kernel 5.13 and newer), and a seccomp filter
refuses sockets and what looks into other processes. Confinement belongs to a thread, and to all
threads and processes that it starts from then on. It hides the content of files; that a file exists
stays visible.
"""

from __future__ import annotations

import os
import sys
import sysconfig
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

Result = TypeVar("Result")

_LIBRARIES = (
    "/lib", "/lib32", "/lib64", "/usr/lib", "/usr/lib32", "/usr/lib64", "/usr/local/lib",
    "/nix/store", "/gnu/store", "/etc/ld.so.cache", "/etc/localtime", "/usr/share/zoneinfo",
)  # fmt: skip
_MACHINE = (
    "/proc/cpuinfo", "/proc/loadavg", "/proc/meminfo", "/proc/stat", "/sys/devices/system",
    "/dev/random", "/dev/urandom",
)  # fmt: skip
_SINKS = ("/dev/null", "/dev/zero")


@dataclass(frozen=True)
class Confinement:
    """What keeps a process away: a mechanism of the system, or ``none`` with the reason."""

    files: str
    network: str


def confine(readable: Iterable[Path | str], writable: Iterable[Path | str] = ()) -> Confinement:
    """Confine the calling thread, and what it starts from now on, for good.

    Args:
        readable: Files, and directories with everything below them, that can be read and executed.
        writable: The same, to be read and written.
    """
    from assay import _native

    read = [str(path) for path in (*readable, *_MACHINE)]
    write = [str(path) for path in (*writable, *_SINKS)]
    return Confinement(*_native.confine(read, write))


def confined(
    function: Callable[[], Result],
    readable: Iterable[Path | str],
    writable: Iterable[Path | str] = (),
) -> Result:
    """Result of a function that is called, and starts processes, in confinement.

    It should import nothing, because modules are files.
    """

    def work() -> Result:
        confine(readable, writable)
        return function()

    return _in_thread(work)


def _in_thread(function: Callable[[], Result]) -> Result:
    """Call a function that confines itself where nobody else is confined with it."""
    results: list[Result] = []
    failures: list[BaseException] = []

    def work() -> None:
        try:
            results.append(function())
        except BaseException as error:
            failures.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    if failures:
        raise failures[0]
    return results[0]


def available() -> Confinement:
    """What :func:`confine` does on this machine."""
    return _in_thread(lambda: confine(()))


def interpreter_paths() -> list[str]:
    """What Python and its packages read after the start: modules and shared libraries.

    To be asked in a process that was started with ``python -m``, which puts the working directory
    first: nothing is read there unless the path names it once more.
    """
    modules = sys.path[1:] if sys.path[:1] == [os.getcwd()] else sys.path
    standard = [sysconfig.get_path(name) for name in ("stdlib", "platstdlib")]
    libraries = [
        sysconfig.get_config_var("LIBDIR"),
        *os.environ.get("LD_LIBRARY_PATH", "").split(os.pathsep),
    ]
    return [path for path in (*modules, *standard, *libraries, *_LIBRARIES) if path]


def package_paths() -> list[Path]:
    """This package, with the parts that a development build links to."""
    package = Path(__file__).resolve().parent
    linked = [package / "tasks", package / "references", *(package / "msl" / "include").iterdir()]
    return [package, *(path.resolve() for path in linked if path.is_symlink())]
