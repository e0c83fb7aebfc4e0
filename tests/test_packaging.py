"""What an installation consists of."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import PackageNotFoundError, distribution, entry_points
from importlib.resources import files

import pytest

import assay
from assay.kernels.folder import FILES, task_names


@pytest.fixture
def installed():
    try:
        return distribution("metal-assay")
    except PackageNotFoundError:
        pytest.skip("metal-assay is not installed; the tests run on the working tree")


def test_the_console_command_is_the_command_line(installed):
    [entry] = [entry for entry in entry_points(group="console_scripts") if entry.name == "assay"]
    from assay.cli import main

    assert entry.load() is main


def test_the_version_is_that_of_the_distribution(installed):
    assert assay.__version__ == installed.version


def test_the_extras_are_declared(installed):
    extras = set(installed.metadata.get_all("Provides-Extra"))
    assert {"test", "dask", "gym", "gepa", "dev"} <= extras


def test_the_package_is_typed_and_carries_tasks_and_tables():
    package = files("assay")
    assert (package / "py.typed").is_file()
    assert (package / "_native.pyi").is_file()
    assert (package / "references" / "chips.toml").is_file()
    assert (package / "dilemmas" / "maps" / "cleanup.txt").is_file()
    assert (package / "dilemmas" / "policies" / "greedy.py").is_file()
    assert {"heat2d", "nbody", "saxpy"} <= set(task_names())
    for name in task_names():
        for file in FILES:
            assert (package / "tasks" / name / file).is_file()


def test_python_m_assay_is_the_command():
    result = subprocess.run(
        [sys.executable, "-m", "assay", "list"], capture_output=True, text=True, check=True
    )
    assert "nbody" in result.stdout
