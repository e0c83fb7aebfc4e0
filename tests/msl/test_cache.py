"""What is cached between runs, and what must not go stale."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from assay import _native, msl
from assay.errors import CompileError, DeviceError, PipelineError
from assay.msl import toolchain

SOURCE = "kernel void {name}(device float *x [[buffer(0)]]) {{ x[0] = {value}; }}"


def test_an_unchanged_source_is_compiled_once(monkeypatch) -> None:
    first = msl.compile(SOURCE.format(name="once", value=1))
    monkeypatch.setattr(toolchain, "generate_code", None)
    assert msl.compile(SOURCE.format(name="once", value=1)) == first


def test_every_change_of_the_source_counts() -> None:
    paths = {msl.compile(SOURCE.format(name="two", value=v)).path for v in (1, 2)}
    assert len(paths) == 2


def test_function_constants_are_part_of_the_key() -> None:
    source = "constant int n [[function_constant(3)]];\n" + SOURCE.format(name="k", value="n")
    programs = [msl.compile(source), msl.compile(source, {3: 1}), msl.compile(source, {3: 2})]
    assert len({program.path for program in programs}) == 3
    assert [(c.name, c.index) for c in programs[0].constants] == [("n", 3)]


def test_headers_with_other_times_do_not_stale_the_precompiled_one(tmp_path) -> None:
    """As after a second installation of the same version."""
    package = tmp_path / "assay"
    shutil.copytree(
        Path(msl.__file__).parents[1],
        package,
        ignore=shutil.ignore_patterns("__pycache__", "tasks", "references"),
    )
    environment = {
        **os.environ,
        "PYTHONPATH": str(tmp_path),
        "ASSAY_CACHE": str(tmp_path / "cache"),
    }
    for value in (1, 2):
        program = f"from assay import msl; msl.compile({SOURCE.format(name='k', value=value)!r})"
        subprocess.run([sys.executable, "-c", program], check=True, env=environment, timeout=300)
        for header in (package / "msl" / "include").iterdir():
            os.utime(header, (1, 1))


def test_processes_that_start_together_share_one_precompiled_header(tmp_path, monkeypatch) -> None:
    """A compiler that runs may open only the file that it was started with."""
    monkeypatch.setenv("ASSAY_CACHE", str(tmp_path))
    toolchain._precompiled.cache_clear()
    first: list[Path] = []

    def run(arguments: list[str], **_) -> subprocess.CompletedProcess[str]:
        own = Path(arguments[-1])
        if not first:
            monkeypatch.setattr(toolchain, "run", as_another)
            first.append(toolchain._precompiled())
        own.write_text("late")
        return subprocess.CompletedProcess(arguments, 0, "", "")

    def as_another(arguments: list[str], **_) -> subprocess.CompletedProcess[str]:
        Path(arguments[-1]).write_text("early")
        return subprocess.CompletedProcess(arguments, 0, "", "")

    monkeypatch.setattr(toolchain, "run", run)
    path = toolchain._precompiled()
    assert [path] == first
    assert path.read_text() == "early"
    assert [file.name for file in path.parent.iterdir() if file.suffix != ".pch"] == []
    toolchain._precompiled.cache_clear()


def test_failures_of_the_compiler_itself_are_not_kept(monkeypatch) -> None:
    source = SOURCE.format(name="unlucky", value=time.time_ns() % 2**30)  # in no cache
    failed = subprocess.CompletedProcess([], 1, "", "out of memory")
    monkeypatch.setattr(toolchain, "generate_code", lambda *_: failed)
    with pytest.raises(CompileError, match="out of memory"):
        msl.compile(source)
    monkeypatch.undo()
    assert msl.compile(source).kernels


def test_a_compiler_that_takes_too_long(monkeypatch) -> None:
    source = SOURCE.format(
        name="slow", value=int.from_bytes(os.urandom(3), "big")
    )  # never in the cache
    monkeypatch.setattr(toolchain, "COMPILE_SECONDS", 0.001)
    source = SOURCE.format(name="slow", value=time.time_ns() % 2**30)  # in no cache
    with pytest.raises(CompileError) as caught:
        msl.compile(source)
    assert [d.rule for d in caught.value.diagnostics] == ["compile-timeout"]
    monkeypatch.undo()
    assert msl.compile(source).kernels


def test_a_missing_compiler_says_what_to_install(monkeypatch) -> None:
    toolchain.zig.cache_clear()
    monkeypatch.setattr(toolchain.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(DeviceError, match="pip install ziglang"):
        toolchain.zig()
    toolchain.zig.cache_clear()


MANY = """
template <typename T, int N, bool Both> kernel void fill(
    device T *out [[buffer(0)]], uint i [[thread_position_in_threadgroup]]) {
  if (Both) {
    threadgroup T more[2 * N];
    more[i] = T(i);
    threadgroup_barrier(metal::mem_flags::mem_threadgroup);
    out[i] = more[N - 1 - i];
  } else {
    threadgroup T some[N];
    some[i] = T(i);
    threadgroup_barrier(metal::mem_flags::mem_threadgroup);
    out[i] = some[N - 1 - i];
  }
}
#define ONE(T, N, B) template [[host_name("fill_" #T "_" #N "_" #B)]] kernel void fill<T, N, B>( \
    device T *, uint);
#define SIZES(T) ONE(T, 8, false) ONE(T, 16, false) ONE(T, 32, false) ONE(T, 32, true)
SIZES(char) SIZES(uchar) SIZES(short) SIZES(ushort) SIZES(int) SIZES(uint) SIZES(long) SIZES(ulong)
SIZES(half) SIZES(float)
"""


def test_libraries_of_many_kernels_get_code_kernel_by_kernel(run) -> None:
    library = run.device.compile(MANY)
    assert len(library.kernel_names) == 40
    pipeline = library.pipeline("fill_float_32_false")
    assert pipeline.static_threadgroup_memory_length == 128
    (out,) = run(MANY, [np.zeros(32, np.int16)], (32, 1, 1), kernel="fill_short_32_true")
    assert out.tolist() == list(range(31, -1, -1))
    with pytest.raises(PipelineError, match="fill_float_32_false"):
        library.pipeline("fill_flaot_32_false")


def test_listed_kernels_cannot_be_dispatched() -> None:
    listing = msl.compile(MANY)
    device = _native.cpu_device(lambda *_: listing)
    commands = device.command_buffer()
    commands.set_pipeline(device.compile(MANY).pipeline("fill_float_8_false"))
    commands.set_buffer(device.buffer(32), 0, 0)
    commands.dispatch_threads((8, 1, 1), (8, 1, 1))
    with pytest.raises(DeviceError, match="was only listed"):
        commands.commit()


def test_errors_in_any_of_many_kernels_are_found() -> None:
    with pytest.raises(CompileError) as caught:
        msl.compile(MANY.replace("some[i] = T(i);", "some[i] = T(i).x;"))
    assert caught.value.diagnostics[0].line == 11
