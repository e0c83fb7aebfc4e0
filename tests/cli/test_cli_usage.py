"""Wrong usage: exit code 2, nothing on standard output, and a message that helps."""

from __future__ import annotations

import sys

import pytest

from assay.kernels.folder import task_names

NBODY_SIZES = "256_10, 1024_10, 2048_10"


def check(result, *words):
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    assert "Traceback" not in result.stderr
    for word in words:
        assert word in result.stderr


@pytest.mark.parametrize("command", [("eval", "nbdy", "seed"), ("evolve", "nbdy")])
def test_an_unknown_task(assay, command):
    check(assay(*command), "'nbdy'", "did you mean 'nbody'?", ", ".join(task_names()))


def test_an_unknown_size(assay):
    result = assay("eval", "nbody", "seed", "--sizes", "256_10,1042_10")
    check(result, "'1042_10'", "did you mean '1024_10'?", NBODY_SIZES)


@pytest.mark.parametrize("sizes", ["", "256_10,"])
def test_an_empty_size(assay, sizes):
    check(assay("eval", "nbody", "seed", "--sizes", sizes), NBODY_SIZES)


@pytest.mark.parametrize("command", [("eval", "nbody", "seed"), ("evolve", "nbody")])
def test_an_unknown_device(assay, command, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    check(assay(*command, "--device", "cpuu"), "'cpuu'", "metal, cpu", "'cpu'?")
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(sys.platform == "darwin", reason="Macs have Metal")
def test_an_absent_device(assay):
    for command in (("eval", "nbody", "seed"), ("evolve", "nbody"), ("lint-task", "nbody")):
        check(assay(*command, "--device", "metal"), "macOS", "--device cpu")


def test_an_unknown_model(assay):
    check(
        assay("evolve", "nbody", "--model", "autotun"),
        "'autotun'",
        "did you mean 'autotune'?",
        "anthropic:NAME, openai:NAME, google:NAME, replay:DIR, autotune",
    )


@pytest.mark.parametrize(
    ("model", "variable"),
    [
        ("anthropic:claude-sonnet-4-6", "ANTHROPIC_API_KEY"),
        ("openai:gpt-5", "OPENAI_API_KEY"),
        ("google:gemini-2.5-pro", "GEMINI_API_KEY"),
    ],
)
def test_a_missing_key(assay, monkeypatch, model, variable):
    for name in ("ANTHROPIC_API_KEY", "OPENAI_API_KEY", "GEMINI_API_KEY", "GOOGLE_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    check(assay("evolve", "nbody", "--model", model), f"set {variable}")


@pytest.mark.parametrize(
    "options",
    [
        ("--timeout", "0"),
        ("--timeout", "nan"),
        ("--timeout", "1e9"),
        ("--timeout", "soon"),
        ("--measure", "0"),
        ("--warmup", "-1"),
    ],
)
def test_a_number_out_of_range(assay, options):
    check(assay("eval", "nbody", "seed", *options), options[0])
    check(assay("evolve", "nbody", *options), options[0])


@pytest.mark.parametrize(
    ("option", "value"),
    [("--base-url", "http://localhost:1"), ("--effort", "high"), ("--max-output-tokens", 100)],
)
def test_an_option_that_the_model_ignores(assay, tmp_path, option, value):
    (tmp_path / "01_response.md").write_text("No.")
    run = ("--run", tmp_path / "run")
    for model in ("autotune", f"replay:{tmp_path}"):
        result = assay("evolve", "nbody", "--model", model, option, value, *run)
        check(result, f"model '{model}' takes no {option}; leave it out")
    assert not (tmp_path / "run").exists()


def test_an_unknown_verdict_to_promote_by(assay):
    check(assay("evolve", "nbody", "--promote", "strictly"), "--promote", "published", "strict")


def test_missing_arguments(assay):
    check(assay("eval", "nbody"), "KERNEL")
    check(assay("evolve"), "PROBLEM")


def test_a_folder_that_is_no_run(assay, tmp_path):
    check(assay("gate", tmp_path), "run.json")
    check(assay("gate", tmp_path / "absent"), "run.json")
    (tmp_path / "thesis.txt").write_text("precious")
    if sys.platform != "darwin":
        check(assay("evolve", "nbody", "--run", tmp_path), "thesis.txt", "--run")
