"""Games on the command line."""

from __future__ import annotations

import json
import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "darwin", reason="confinement differs there")

QUICK = ("--agents", 4, "--horizon", 60, "--seeds", 2)


@pytest.fixture(scope="module")
def searched(tmp_path_factory):
    from typer.testing import CliRunner

    from assay.cli import app

    folder = tmp_path_factory.mktemp("search") / "run"

    def run(*arguments):
        return CliRunner().invoke(app, [str(argument) for argument in arguments])

    return {
        "folder": folder,
        "text": run("evolve", "cleanup_small", "--run", folder, "--iterations", 2, *QUICK),
        "json": run(
            "evolve", "cleanup_small", "--run", folder, "--iterations", 3, *QUICK, "--json"
        ),
        "gate": run("gate", folder, "--json"),
        "report": run("report", folder, "-o", folder / "report.html"),
    }


def test_a_search_without_a_key_is_shown(searched):
    text = searched["text"].stdout
    assert searched["text"].exit_code == 0, searched["text"].output
    assert "Changed " in text and "maximin" in text
    assert "Gate: 4 test episodes" in text


def test_it_goes_on_and_can_be_read_by_programs(searched):
    record = json.loads(searched["json"].stdout)
    assert (record["iterations"], record["new_iterations"]) == (3, 1)
    gate = json.loads(searched["gate"].stdout)
    assert gate["details"]["seed"]["seeds"] == [1_000_000, 1_000_001, 1_000_002, 1_000_003]
    assert gate["outcome"] == record["gate"]["outcome"]


def test_the_report_shows_welfare_and_an_episode(searched):
    assert searched["report"].exit_code == 0, searched["report"].output
    page = (searched["folder"] / "report.html").read_text("utf-8")
    for words in (
        "Learning curves",
        "Welfare on the training seeds",
        "An episode",
        "sustainability",
    ):
        assert words in page


def test_the_first_prompt_can_be_read(assay):
    result = assay("prompt", "cleanup_small", *QUICK)
    assert result.exit_code == 0, result.output
    assert "4 agents walk on a map of 11 rows and 13 columns" in result.stdout
    assert "There is no earlier policy" in result.stdout


def test_the_attacks_gain_nothing_here(assay):
    result = assay("attacks", "cleanup_small", "--agents", 3, "--json")
    assert result.exit_code == 0, result.output
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert len(lines) == 12
    spawn = next(x for x in lines if (x["attack"], x["victims"]) == ("spawn_apples", "greedy"))
    assert spawn["naive_return"] > 10 * spawn["confined_return"]
    assert "static check" in spawn["stopped_by"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("evolve", "cleanup", "--start", "greed"), "did you mean 'greedy'?"),
        (("evolve", "clean"), "did you mean 'cleanup'?"),
        (("evolve", "cleanup", "--device", "cpu"), "takes no --device"),
        (("evolve", "saxpy", "--feedback", "dense"), "takes no --feedback"),
        (("evolve", "cleanup", "--feedback", "much"), "--feedback"),
        (("evolve", "cleanup", "--seeds", 1), "--seeds"),
        (("attacks", "gathering"), "the attacks are on cleanup"),
    ],
)
def test_wrong_usage(assay, arguments, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = assay(*arguments)
    assert result.exit_code == 2, result.output
    assert words in result.stderr and "Traceback" not in result.stderr
