"""The Metal backend on Linux: built once, run in processes that start with AddressSanitizer."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

HERE = Path(__file__).resolve().parent

if os.environ.get("ASSAY_TEST_DEVICE") != "metal":
    collect_ignore = ["inside"]  # for the processes that have the backend


def _load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, HERE / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def declarations() -> ModuleType:
    """The module that reads the hand-written headers."""
    return _load("declarations")


@pytest.fixture(scope="session")
def builder() -> Any:
    """Builds the module, or variants with planted mistakes; skips where that is impossible."""
    shim_build = _load("shim_build")
    reason = shim_build.missing()
    if reason is not None:
        pytest.skip(reason)
    from assay.paths import cache_directory

    return shim_build.Builder(cache_directory("metal-shim"))


@pytest.fixture(scope="session")
def run_python(builder: Any) -> Callable[..., subprocess.CompletedProcess[str]]:
    """``run_python(arguments, edits=None, **environment)``: a Python with the backend."""

    def run(
        arguments: list[str],
        edits: Mapping[str, Callable[[str], str]] | None = None,
        **environment: str,
    ) -> subprocess.CompletedProcess[str]:
        paths = {"PYTHONPATH": f"{builder.package(edits)}:{HERE}", "ASSAY_TEST_DEVICE": "metal"}
        return subprocess.run(
            [sys.executable, *arguments],
            capture_output=True,
            text=True,
            check=False,
            timeout=900,
            env=os.environ | builder.environment | paths | environment,
        )

    return run
