"""What is cached between runs, and what must not go stale."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from assay import msl
from assay.errors import CompileError, DeviceError
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
        subprocess.run([sys.executable, "-c", program], check=True, env=environment, timeout=60)
        for header in (package / "msl" / "include").iterdir():
            os.utime(header, (1, 1))


def test_a_compiler_that_takes_too_long(monkeypatch) -> None:
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
