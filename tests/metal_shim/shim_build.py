"""Builds ``_native`` with the Metal backend on the shim, and a package directory that has it."""

from __future__ import annotations

import functools
import hashlib
import os
import platform
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
NATIVE = ROOT / "native"

WARNINGS = ["-Wall", "-Wextra", "-Wshadow", "-Werror"]
# Apple's ABI for Objective-C, in the object files of this system.
OBJECTIVE_C = ["-x", "objective-c++", "-fobjc-runtime=macosx-14.0", "-fblocks"]
ARC = [*OBJECTIVE_C, "-fobjc-arc"]
# Not the check of vptr: it asks the system whether memory can be read, which the threads of the CPU
# device behind the shim must not do.
SANITIZERS = [
    "-fsanitize=address,undefined",
    "-fno-sanitize=vptr",
    "-fno-sanitize-recover=undefined",
]

SIGNALS = ("segv", "sigbus", "sigfpe", "sigill", "sigtrap", "abort")
ASAN_OFF = ("detect_leaks", "use_sigaltstack", *(f"handle_{signal}" for signal in SIGNALS))

Edit = Callable[[str], str]


def missing() -> str | None:
    """What keeps the shim from being built here; None where nothing does."""
    if sys.platform != "linux" or platform.machine() != "x86_64":
        return "the Objective-C runtime of the Metal shim is for Linux on x86-64"
    if _clang() is None:
        return "the Metal shim needs clang++ with AddressSanitizer: apt-get install clang"
    try:
        import pybind11  # noqa: F401
    except ImportError:
        return "the Metal shim needs pybind11: pip install '.[test]'"
    return None


@functools.cache
def _clang() -> str | None:
    names = ["clang++", *(f"clang++-{version}" for version in range(22, 13, -1))]
    found = (path for path in map(shutil.which, names) if path)
    return next((path for path in found if _sanitizer(path).is_file()), None)


def _sanitizer(clang: str) -> Path:
    names = ["libclang_rt.asan-x86_64.so", "libclang_rt.asan.so"]
    asked = (
        subprocess.run(
            [clang, f"-print-file-name={name}"], capture_output=True, text=True, check=True
        ).stdout.strip()
        for name in names
    )
    return next((Path(path) for path in asked if os.path.isabs(path)), Path("absent"))


@dataclass(frozen=True)
class Unit:
    """One source file and the options it is compiled with."""

    source: Path
    options: tuple[str, ...]


def _units() -> Iterable[Unit]:
    import pybind11

    python = [f"-isystem{sysconfig.get_path('include')}", f"-isystem{pybind11.get_include()}"]
    cxx = ["-std=c++17", f"-I{NATIVE}", "-O0", "-fPIC"]
    checked = [*cxx, "-g", *SANITIZERS, *WARNINGS]
    headers = [f"-I{HERE / 'include'}", f"-I{HERE / 'runtime_include'}"]
    for source in sorted((NATIVE / "metal").glob("*.mm")):
        yield Unit(source, (*checked, *ARC, *headers, "-Wpedantic", "-fvisibility=hidden"))
    for source in sorted((NATIVE / "metal").glob("*.cpp")):
        if source.stem != "no_metal":
            yield Unit(source, (*checked, "-fvisibility=hidden"))
    # What the shim consists of, and the rest of the module: without sanitizers, as they do not know
    # the stacks that the CPU device makes for its threads.
    unused = ["-Wno-unused-parameter"]
    for source in sorted((HERE / "shim").glob("*.mm")):
        counting = OBJECTIVE_C if source.stem == "root_object" else ARC
        yield Unit(source, (*checked, *counting, *headers, *unused))
    for name in ("compiler.cpp", "no_games.cpp"):
        yield Unit(HERE / "shim" / name, (*cxx, *python, "-fvisibility=hidden"))
    yield Unit(HERE / "shim" / "host_memory.cpp", (*cxx,))
    for source in sorted((HERE / "runtime").glob("*.cpp")):
        yield Unit(source, (*cxx, "-g", *WARNINGS))
    yield Unit(HERE / "runtime" / "image.c", ("-x", "c", "-fPIC"))
    yield Unit(HERE / "runtime" / "message_send.S", ("-fPIC",))
    for source in [*sorted(NATIVE.glob("*.cpp")), *sorted((NATIVE / "cpu").glob("*.cpp"))]:
        if source.stem != "no_cpu":
            yield Unit(source, (*cxx, *python, "-fvisibility=hidden"))


class Builder:
    """Compiles into a folder and keeps what it compiled there.

    Args:
        folder: Place for object files and packages; may hold those of an earlier run.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    @property
    def environment(self) -> dict[str, str]:
        """Variables for a Python that imports the package: it has to start with the sanitizer."""
        clang = _clang()
        assert clang is not None
        libraries = [str(_sanitizer(clang)), self._run([clang, "-print-file-name=libstdc++.so.6"])]
        return {
            "LD_PRELOAD": ":".join(libraries),
            # Python itself leaks, and the CPU device handles faults of kernels.
            "ASAN_OPTIONS": ":".join(f"{name}=0" for name in ASAN_OFF),
            "UBSAN_OPTIONS": "print_stacktrace=1",
        }

    def package(self, edits: Mapping[str, Edit] | None = None) -> Path:
        """A folder for PYTHONPATH with the package ``assay`` on the shim.

        Args:
            edits: Changes to the texts of backend files, by name, for planted mistakes.

        Raises:
            subprocess.CalledProcessError: A file does not compile.
        """
        edits = edits or {}
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            objects = list(pool.map(lambda unit: self._object(unit, edits), _units()))
        key = _key(map(str, objects))
        package = self._folder / f"package-{key}"
        library = package / "assay" / f"_native{sysconfig.get_config_var('EXT_SUFFIX')}"
        if not library.exists():
            self._link(objects, library)
        return package

    def _object(self, unit: Unit, edits: Mapping[str, Edit]) -> Path:
        source = unit.source
        command = [_clang() or "", *unit.options]
        text = source.read_text(encoding="utf-8")
        if source.name in edits:
            changed = edits[source.name](text)
            assert changed != text, f"the edit changes nothing in {source.name}"
            text = changed
            source = self._folder / f"edited-{source.name}"
            source.write_text(text, encoding="utf-8")
        key = _key([*command, text, _headers(unit.source.parent)])
        target = self._folder / f"{unit.source.stem}-{key}.o"
        if not target.exists():
            partial = target.with_suffix(f".{os.getpid()}.o")
            self._run([*command, "-c", str(source), "-o", str(partial)])
            partial.replace(target)
        return target

    def _link(self, objects: Iterable[Path], library: Path) -> None:
        shutil.rmtree(library.parents[1], ignore_errors=True)
        library.parent.mkdir(parents=True)
        import assay.errors

        for path in Path(assay.errors.__file__).parent.iterdir():
            if not path.name.startswith(("_native.cpython", "__pycache__")):
                (library.parent / path.name).symlink_to(path)
        partial = library.with_suffix(".partial")
        options = ["-shared", "-shared-libsan", *SANITIZERS, "-lpthread", "-ldl"]
        self._run([_clang() or "", *map(str, objects), *options, "-o", str(partial)])
        partial.replace(library)

    @staticmethod
    def _run(command: list[str]) -> str:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise subprocess.CalledProcessError(
                done.returncode, command, done.stdout, done.stderr[-4000:]
            )
        return done.stdout.strip()


def _key(facts: Iterable[str]) -> str:
    return hashlib.sha256("\0".join(facts).encode()).hexdigest()[:16]


@functools.cache
def _headers(folder: Path) -> str:
    """A hash of the headers that files in a folder may include."""
    folders = [NATIVE, HERE] if folder.name in ("metal", "shim", "runtime") else [NATIVE]
    digest = hashlib.sha256()
    for root in folders:
        for path in sorted(root.rglob("*.h")):
            digest.update(path.read_bytes())
    return digest.hexdigest()
