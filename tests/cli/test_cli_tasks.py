"""Tasks outside the package: ``new-task``, ``lint-task`` and ``--tasks``."""

from __future__ import annotations

import json
import sys

import pytest

LINUX = pytest.mark.skipif(sys.platform == "darwin", reason="the CPU device needs Linux")


@pytest.fixture
def mine(assay, tmp_path):
    """A directory with a new task blur."""
    assert assay("new-task", "blur", "--into", tmp_path / "mine").exit_code == 0
    return tmp_path / "mine"


def test_new_task_says_what_to_do_next(assay, tmp_path):
    result = assay("new-task", "blur", "--into", tmp_path)
    assert result.exit_code == 0
    assert f"Wrote {tmp_path / 'blur'}" in result.stdout
    assert f"assay eval blur seed --tasks {tmp_path}" in result.stdout
    assert (tmp_path / "blur" / "task.toml").is_file()


@pytest.mark.parametrize("name", ["saxpy", "Not a name"])
def test_new_task_refuses_names(assay, tmp_path, name):
    result = assay("new-task", name, "--into", tmp_path)
    assert result.exit_code == 2
    assert name in result.stderr


def test_list_shows_tasks_of_further_directories(assay, mine, monkeypatch):
    assert "blur" not in assay("list").stdout
    assert "blur" in assay("list", "--tasks", mine).stdout
    monkeypatch.setenv("ASSAY_TASKS", str(mine))
    assert "64K_20" in assay("list").stdout


@LINUX
def test_a_task_of_ones_own_is_evaluated(assay, mine):
    result = assay("eval", "blur", "seed", "--sizes", "64K_20", "--measure", 1, "--json",
                   "--tasks", mine)  # fmt: skip
    assert result.exit_code == 0, result.stderr
    assert json.loads(result.stdout)["verdict"] == "ok"


@LINUX
def test_a_task_of_ones_own_is_searched_and_its_gate_rerun(assay, mine, tmp_path):
    options = ["--tasks", mine / "blur"]
    result = assay("evolve", "blur", "--iterations", 1, "--measure", 1, "--warmup", 0,
                   "--run", tmp_path / "run", *options)  # fmt: skip
    assert result.exit_code == 0, result.stderr
    assert (tmp_path / "run" / "gate.json").is_file()
    assert assay("gate", tmp_path / "run").exit_code == 2
    assert assay("gate", tmp_path / "run", *options).exit_code in (0, 1)


def test_wrong_directories_are_usage_errors(assay, tmp_path):
    for command in (["list"], ["eval", "saxpy", "seed"], ["evolve", "saxpy"], ["lint-task", "x"]):
        result = assay(*command, "--tasks", tmp_path / "nowhere")
        assert result.exit_code == 2
        assert "there is no directory" in result.stderr


def test_a_name_that_is_taken_names_both_folders(assay, mine):
    taken = mine / "saxpy"
    (mine / "blur").rename(taken)
    result = assay("list", "--tasks", mine)
    assert result.exit_code == 1
    assert "two tasks are called 'saxpy'" in result.stderr
    assert str(taken) in result.stderr


@LINUX
def test_lint_passes_a_new_task(assay, mine):
    result = assay("lint-task", mine / "blur", "--repeats", 1)
    assert result.exit_code == 0, result.stderr
    assert result.stdout.splitlines()[-1] == "blur: passed"
    assert "ok       exploits: generic cheats are caught" in result.stdout


@LINUX
def test_lint_shows_what_is_wrong_and_what_was_skipped(assay, mine):
    toml = mine / "blur" / "task.toml"
    toml.write_text(toml.read_text().replace('poison = ["b"]', 'poison = ["c"]'))
    result = assay("lint-task", "blur", "--tasks", mine)
    assert result.exit_code == 1
    assert "error    poison: strict.poison names 'c'" in result.stdout
    assert "skipped  exploits" in result.stdout
    assert result.stdout.splitlines()[-1] == "blur: FAILED, 1 errors, 1 warnings"
    report = json.loads(assay("lint-task", mine / "blur", "--json").stdout)
    assert report["passed"] is False
    assert {"check": "poison", "severity": "error"}.items() <= report["findings"][0].items()


def test_lint_of_a_folder_that_does_not_load(assay, tmp_path):
    (tmp_path / "task.toml").write_text("name = 1")
    result = assay("lint-task", tmp_path)
    assert result.exit_code == 1
    assert "'seed.metal' is missing" in result.stdout
    assert "skipped  seed" in result.stdout


@pytest.mark.parametrize(("target", "hint"), [("nbdy", "nbody"), ("no/where", "no directory")])
def test_lint_of_nothing_is_a_usage_error(assay, target, hint):
    result = assay("lint-task", target)
    assert result.exit_code == 2
    assert hint in result.stderr
