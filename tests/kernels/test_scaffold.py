"""New task folders."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from assay.kernels.folder import load_folder
from assay.kernels.lint import lint_task
from assay.kernels.prompts import brief
from assay.kernels.scaffold import TEMPLATE, new_task
from assay.kernels.spec import Size
from assay.kernels.task_roots import FILES
from assay.names import UsageError


@pytest.mark.parametrize(("name", "kind"), [("blur", "Blur"), ("my_2nd_filter", "My2ndFilter")])
def test_a_new_folder_is_a_task_of_its_own_name(tmp_path, name, kind):
    task = load_folder(new_task(name, tmp_path / "deep" / "down"))
    assert task.path == (tmp_path / "deep" / "down" / name).resolve()
    assert (task.name, type(task.implementation).__name__) == (name, kind)
    assert list(task.spec.kernels) == [f"{name}_step"]
    for file in FILES:
        text = (task.path / file).read_text()
        assert "mytask" not in text.lower()
        assert max(map(len, text.splitlines())) <= 100
    assert f"# Task: {name}" in brief(task.spec)


def test_declarations_stay_aligned(tmp_path):
    for name in ("ab", "a_rather_long_name"):
        lines = (new_task(name, tmp_path) / "seed.metal").read_text().splitlines()
        [first] = [i for i, line in enumerate(lines) if line.startswith("kernel void")]
        column = lines[first].index("(") + 1
        for line in lines[first + 1 : first + 5]:
            assert len(line) - len(line.lstrip()) == column


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("saxpy", "there is a task 'saxpy' already"),
        ("Blur", "small letters"),
        ("2blur", "a letter first"),
        ("", "cannot name a task"),
        ("a/b", "cannot name a task"),
        ("none", "cannot name a task"),
        ("x" * 41, "at most 40"),
    ],
)
def test_names_that_cannot_be_are_refused(tmp_path, name, message):
    with pytest.raises(UsageError, match=message):
        new_task(name, tmp_path)
    assert not list(tmp_path.iterdir())


def test_nothing_is_overwritten(tmp_path):
    folder = new_task("blur", tmp_path)
    (folder / "seed.metal").write_text("mine")
    with pytest.raises(UsageError, match="exists already; nothing was written"):
        new_task("blur", tmp_path)
    assert (folder / "seed.metal").read_text() == "mine"


def test_the_reference_averages_as_a_sum_of_shifted_lines_does():
    task, u0 = load_folder(TEMPLATE), np.random.default_rng(1).uniform(-1, 1, 101)
    u0 = u0.astype(np.float32)
    size = Size("any", {"n": 101, "steps": 1, "weight": 0.3})
    result = task.reference({"u0": u0}, size)
    expected = np.convolve(u0, [0.3, 0.4, 0.3], "same")
    assert np.abs(result[1:-1] - expected[1:-1]).max() < 3e-7
    assert result[[0, -1]].tolist() == u0[[0, -1]].tolist()


@pytest.mark.skipif(sys.platform == "darwin", reason="the CPU device needs Linux")
def test_a_new_task_passes_lint_at_all_sizes(tmp_path, roomy_ceilings):
    report = lint_task(new_task("blur", tmp_path), "cpu", all_sizes=True, repeats=2)
    assert report.findings == ()
    assert report.passed and not report.skipped
