"""Names of models, options, and what importing the package costs."""

from __future__ import annotations

import subprocess
import sys

import pytest

from assay.models import ModelError, ScriptedModel, create, valid_names

FORMS = ["anthropic:NAME", "openai:NAME", "google:NAME", "replay:DIR"]
EXTRA = {"autotune": lambda: ScriptedModel(lambda prompt: "kernel", name="autotune")}


def error(name, **options):
    with pytest.raises(ModelError) as caught:
        create(name, **options)
    assert caught.value.kind == "configuration"
    return str(caught.value)


def test_valid_names():
    assert valid_names() == FORMS
    assert valid_names(EXTRA) == [*FORMS, "autotune"]


@pytest.mark.parametrize(
    ("name", "suggestion"),
    [
        ("claude-sonnet-4-6", "anthropic:claude-sonnet-4-6"),
        ("gpt-5.5", "openai:gpt-5.5"),
        ("chatgpt-4o-latest", "openai:chatgpt-4o-latest"),
        ("o3", "openai:o3"),
        ("gemini-3.1-pro", "google:gemini-3.1-pro"),
        ("gemma-3", "google:gemma-3"),
        ("antropic:claude-opus-5", "anthropic:claude-opus-5"),
        ("OpenAI:gpt-5", "openai:gpt-5"),
        ("repaly:runs/x", "replay:runs/x"),
        ("googel", "google:NAME"),
        ("autotun", "autotune"),
        ("Autotuner", "autotune"),
    ],
)
def test_unknown_name_gets_the_nearest_and_the_valid_ones(name, suggestion):
    message = error(name, extra=EXTRA)
    assert f"unknown model {name!r}; did you mean {suggestion!r}?" in message
    assert all(form in message for form in [*FORMS, "autotune"])


@pytest.mark.parametrize("option", ["base_url", "effort", "max_output_tokens"])
def test_options_that_a_model_ignores_are_refused(tmp_path, option):
    (tmp_path / "01_response.md").write_text("reply")
    value = {"base_url": "http://localhost", "effort": "low", "max_output_tokens": 5}[option]
    flag = f"--{option.replace('_', '-')}"
    for name in ("autotune", f"replay:{tmp_path}"):
        assert f"takes no {flag}" in error(name, extra=EXTRA, **{option: value})
        assert create(name, extra=EXTRA).name == name


@pytest.mark.parametrize("name", ["", "xyz", ":", ":gpt-5"])
def test_unknown_name_without_a_near_one(name):
    message = error(name, extra=EXTRA)
    assert "did you mean" not in message
    assert all(form in message for form in [*FORMS, "autotune"])


@pytest.mark.parametrize("name", ["anthropic", "openai:", "google: ", "replay:"])
def test_missing_name(name):
    message = error(name)
    assert "lacks the" in message and all(form in message for form in FORMS)


def test_extra_model():
    assert create("autotune", extra=EXTRA).name == "autotune"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"base_url": "localhost:8000"}, "http://"),
        ({"timeout": 0}, "timeout 0"),
        ({"timeout": float("nan")}, "timeout nan"),
        ({"timeout": float("inf")}, "timeout inf"),
        ({"max_output_tokens": 0}, "token limit 0"),
    ],
)
def test_invalid_option(options, words):
    assert words in error("openai:gpt-5.5", **options)


def test_importing_loads_no_sdk():
    code = "import sys, assay.models; print('\\n'.join(sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in run.stdout.split()}
    assert not loaded & {"anthropic", "openai", "google", "httpx", "httpx2", "pydantic", "numpy"}
