"""The compiler behind the CPU device: clang and lld from the ``ziglang`` wheel."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import importlib.util
import os
import platform
import resource
import subprocess
import tempfile
import uuid
from collections.abc import Sequence
from pathlib import Path

from assay.confinement import confined
from assay.errors import CompileError, DeviceError, Diagnostic
from assay.paths import cache_directory

INCLUDE = Path(__file__).parent / "include"
COMPILE_SECONDS = 30.0
# Of one run of the compiler: memory that it writes to, and the length of a file, in bytes.
_LIMITS = (
    (resource.RLIMIT_DATA, 6 << 30),
    (resource.RLIMIT_FSIZE, 256 << 20),
    (resource.RLIMIT_CORE, 0),
)

_LANGUAGE = (
    "-std=c++17",
    "-nostdinc",
    "-nostdinc++",
    "-fno-exceptions",
    "-fno-rtti",
    "-fsigned-char",
    "-Wno-everything",
    # Nothing may run when the code is loaded, which happens outside of what confines kernels.
    "-Werror=global-constructors",
    "-Werror=vla",
    "-Werror=return-mismatch",
    "-Werror=c++11-narrowing",
    "-fno-lax-vector-conversions",
    "-fno-caret-diagnostics",
    "-fno-color-diagnostics",
    "-fno-crash-diagnostics",
    "-fdeclspec",  # for properties
    "-ferror-limit=40",
    "-ftemplate-depth=256",
    "-fbracket-depth=512",
    "-fconstexpr-steps=2000000",
)
# Metal's default is fast math, but it still tells NaN and infinity apart.
_ARITHMETIC = (
    "-O3",
    "-ffast-math",
    "-fno-finite-math-only",
    "-fno-math-errno",
    "-fdenormal-fp-math=preserve-sign",
    # Each operation on half and bfloat rounds its result.
    "-Xclang",
    "-ffloat16-excess-precision=none",
    "-Xclang",
    "-fbfloat16-excess-precision=none",
)
_CODE = (
    "-fPIC",
    "-fno-stack-protector",
    "-fstack-clash-protection",  # a large frame must not step over the guard below a stack
    "-fno-semantic-interposition",
    "-fvisibility=hidden",
    "-fno-builtin-strlen",  # which a loop up to a zero would become
    "-fno-builtin-wcslen",
    "-fno-finite-loops",  # an endless loop has to hang, as on a GPU, not to vanish
    "-gline-tables-only",
)
# Nothing converts between address spaces, and clang refuses some of what Metal allows.
_STRICT = ("-DASSAY_STRICT_ADDRESS_SPACES=1", "-fsyntax-only")
_LATER = ("-std=c++23",)


@functools.lru_cache(maxsize=1)
def zig() -> str:
    """Path of the ``zig`` executable.

    Raises:
        DeviceError: The ``ziglang`` package is not installed.
    """
    spec = importlib.util.find_spec("ziglang")
    if spec is None or spec.origin is None:
        raise DeviceError(
            "unavailable",
            "the CPU device needs the compiler in the package 'ziglang', which is not installed; "
            "run: pip install ziglang==0.17.0",
        )
    return str(Path(spec.origin).parent / "zig")


def target_flags() -> tuple[str, ...]:
    """Flags that select this machine's processor, or the one that ASSAY_MSL_CPU names."""
    machine = platform.machine()
    processor = os.environ.get("ASSAY_MSL_CPU", "native")
    if machine in ("aarch64", "arm64"):
        return ("--target=aarch64-linux-gnu", f"-mcpu={processor}")
    return ("--target=x86_64-linux-gnu", f"-march={processor}", "-mprefer-vector-width=512")


def run(
    arguments: list[str],
    text: str | None = None,
    timeout: float | None = None,
    cwd: str | None = None,
    readable: Sequence[Path] = (),
    writable: Sequence[Path] = (),
) -> subprocess.CompletedProcess[str]:
    """Run one zig sub-command, for at most ``timeout`` or else COMPILE_SECONDS.

    Besides the compiler's own files it can open only what is ``readable`` or ``writable``, where
    the system can enforce that: a source must not include whatever the user can read.

    Raises:
        CompileError: The compiler did not end in time (rule ``compile-timeout``).
    """
    timeout = timeout or COMPILE_SECONDS

    def work() -> subprocess.CompletedProcess[str]:
        return _communicate([zig(), *arguments], text, timeout, cwd)

    try:
        return confined(work, (Path(zig()).parent, *_headers(), *readable), writable)
    except subprocess.TimeoutExpired:
        message = f"the compiler did not finish within {timeout:g} s"
        hint = "make templates, macros and unrolled loops smaller"
        raise CompileError([Diagnostic(message, rule="compile-timeout", hint=hint)]) from None


def _communicate(
    command: list[str], text: str | None, timeout: float, cwd: str | None
) -> subprocess.CompletedProcess[str]:
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="replace",
        cwd=cwd,
    ) as process:
        # In time: it has not read the source yet.
        for kind, limit in _LIMITS:
            resource.prlimit(process.pid, kind, (limit, limit))
        try:
            output, errors = process.communicate(text, timeout)
        except BaseException:
            process.kill()
            raise
    return subprocess.CompletedProcess(command, process.returncode, output, errors)


@functools.lru_cache(maxsize=1)
def _headers() -> tuple[Path, ...]:
    """The standard library, and what a development build links to."""
    return (INCLUDE, *(path.resolve() for path in INCLUDE.iterdir() if path.is_symlink()))


def preprocess(
    text: str, flags: Sequence[str] = (), include: Sequence[Path] = ()
) -> subprocess.CompletedProcess[str]:
    """Expand the macros of a source given as text; line markers name ``<stdin>``.

    ``include`` are directories to search for headers.
    """
    arguments = ["clang", "-x", "c++", "-E", "-undef", *_LANGUAGE]
    arguments += ["-imacros", str(INCLUDE / "metal_macros.h"), *flags]
    arguments += [flag for directory in include for flag in ("-I", str(directory))]
    with tempfile.TemporaryDirectory() as empty:
        return run([*arguments, "-"], text, cwd=empty, readable=(Path(empty), *include))


def empty_headers(names: frozenset[str]) -> Path:
    """A directory with Metal's headers, which are built in, for headers of the user to include."""
    digest = hashlib.sha256(" ".join(sorted(names)).encode()).hexdigest()[:16]
    folder = cache_directory("msl") / f"headers-{digest}"
    if folder.exists():
        return folder
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        made = Path(scratch) / "headers"
        for name in names:
            (made / name).parent.mkdir(parents=True, exist_ok=True)
            (made / name).touch()
        with contextlib.suppress(OSError):  # another process was faster
            made.rename(folder)
    return folder


def check_syntax(text: str, later: bool = False) -> subprocess.CompletedProcess[str]:
    """Check translated source with the address spaces of Metal, without making code.

    ``later`` is for source in the language that has parameters for the objects of methods.
    """
    language = (*_STRICT, *(_LATER if later else ()))
    header = _precompiled(*language)
    flags = [*_compile_flags(), *language]
    return run(["clang", *flags, "-include-pch", str(header), "-"], text, readable=[header])


def generate_code(text: str, output: Path, later: bool = False) -> subprocess.CompletedProcess[str]:
    """Compile translated source to a shared object at ``output``.

    The error output names every function that the source does not define, as warnings. ``later`` is
    as that of ``check_syntax``.
    """
    language = (*_lenient(), *(_LATER if later else ()))
    header = _precompiled(*language)
    unlinked = output.with_suffix(".o")
    flags = [*_compile_flags(), *language, "-include-pch", str(header), "-c", "-"]
    result = run(
        ["clang", *flags, "-o", str(unlinked)], text, readable=[header], writable=[output.parent]
    )
    if result.returncode == 0:
        link = ["ld.lld", "-shared", "-z", "defs", "--warn-unresolved-symbols"]
        result = run([*link, str(unlinked), "-o", str(output)], writable=[output.parent])
        unlinked.unlink()
    return result


@functools.lru_cache(maxsize=1)
def fingerprint() -> str:
    """Digest of everything but the source that generated code depends on."""
    digest = hashlib.sha256(" ".join((*_compile_flags(), _processor())).encode())
    for path in sorted(Path(__file__).parent.rglob("*")):
        if path.suffix in (".py", ".h") or path.parent == INCLUDE:
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _compile_flags() -> tuple[str, ...]:
    include = ("-isystem", str(INCLUDE))
    return (*target_flags(), "-x", "c++", *_LANGUAGE, *_ARITHMETIC, *_CODE, *include)


def _lenient() -> tuple[str, ...]:
    """Flags for address spaces that only tell overloads apart; see assay_language.h."""
    triple = target_flags()[0].partition("=")[2]
    # Without the second triple clang crashes on a bfloat, whose name it takes from the host.
    return tuple(
        f for word in ("-fsycl-is-device", "-aux-triple", triple) for f in ("-Xclang", word)
    )


def _processor() -> str:
    """What ``-march=native`` means here."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    wanted = ("model name", "flags", "Features", "CPU part")
    return "\n".join(sorted({line for line in lines if line.startswith(wanted)}))


@functools.lru_cache(maxsize=4)
def _precompiled(*flags: str) -> Path:
    """The standard library as a precompiled header, made once per machine.

    The file appears whole, because clang crashes on a half-written one, and is never replaced,
    because compilers that run may open only the file that they were started with. Its name depends
    on where the headers lie, because clang looks them up there.
    """
    facts = " ".join((fingerprint(), str(INCLUDE), *flags))
    name = hashlib.sha256(facts.encode()).hexdigest()[:24]
    path = cache_directory("msl") / f"stdlib-{name}.pch"
    if not path.exists():
        temporary = path.with_suffix(f".{uuid.uuid4().hex}.tmp")
        result = run(
            [
                "clang",
                *_compile_flags(),
                *(flag for flag in flags if flag != "-fsyntax-only"),
                "-x",
                "c++-header",
                # What the library itself uses of its templates, not again for each program.
                "-fpch-instantiate-templates",
                # A reinstalled package has the same headers with other times.
                "-Xclang",
                "-fno-pch-timestamp",
                str(INCLUDE / "metal_stdlib"),
                "-o",
                str(temporary),
            ],
            timeout=120.0,
            writable=[path.parent],
        )
        if result.returncode != 0:
            raise DeviceError(
                "unavailable", f"the standard library failed to compile:\n{result.stderr}"
            )
        with contextlib.suppress(FileExistsError):  # another process or thread was faster
            os.link(temporary, path)
        temporary.unlink()
    return path
