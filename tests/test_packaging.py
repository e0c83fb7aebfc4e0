"""What an installation consists of."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from importlib.metadata import PackageNotFoundError, distribution, entry_points
from importlib.resources import files
from pathlib import Path

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


def run(*command: object, **options: object) -> str:
    done = subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, check=False, **options
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.slow
def test_the_source_distribution_builds_a_wheel_that_needs_no_compiler(tmp_path):
    """Needs the package index: pip fetches what the build and the program depend on."""
    pytest.importorskip("scikit_build_core")
    build = "import sys; from scikit_build_core.build import build_sdist; build_sdist(sys.argv[1])"
    run(sys.executable, "-c", build, tmp_path, cwd=Path(__file__).resolve().parents[1])
    [source] = tmp_path.glob("*.tar.gz")
    venv.create(tmp_path / "venv", with_pip=True)
    programs = tmp_path / "venv" / "bin"
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    run(programs / "pip", "wheel", "--no-deps", "-w", tmp_path, source, env=environment)
    [wheel] = tmp_path.glob("*.whl")
    run(programs / "pip", "install", wheel, env=environment)
    bare = {"PATH": str(programs), "HOME": str(tmp_path)}  # there is no compiler in it
    search = (programs / "assay", "evolve", "nbody", "--iterations", "2", "--run", tmp_path / "run")
    assert "Gate: " in run(*search, env=bare, cwd=tmp_path)
    assert (tmp_path / "run" / "gate.json").is_file()
