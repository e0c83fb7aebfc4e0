from __future__ import annotations

import re

import pytest

COMMANDS = [
    "list", "devices", "eval", "evolve", "prompt", "gate", "sweep", "reference", "new-task",
    "lint-task", "compile", "report", "watch", "export", "import", "games", "play", "attacks",
    "compare", "selftest",
]  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_every_command_has_examples_of_it(assay, command):
    result = assay(command, "--help")
    assert result.exit_code == 0
    examples = result.stdout.partition("Example")[2].partition("Options:")[0]
    assert re.search(rf"^\s+(\w+=\S+ )?assay {command}", examples, re.MULTILINE)


def test_the_help_names_every_command(assay):
    result = assay("--help")
    assert result.exit_code == 0
    assert "assay evolve nbody" in result.stdout
    listed = result.stdout.partition("Commands:")[2].split("\n")
    assert [line.split()[0] for line in listed if line.strip()] == COMMANDS


def test_every_option_is_explained(assay):
    for command in COMMANDS:
        options = assay(command, "--help").stdout.partition("Options:\n")[2]
        # An option without a text ends its line with its own name.
        assert not re.search(r"^ +--\S+( [A-Z,]+)?$\n +--", options, re.MULTILINE), command


def test_the_version_is_printed(assay):
    result = assay("--version")
    assert result.exit_code == 0
    assert re.match(r"assay(, not installed| \d+\.\d+\.\d+\S*)\n", result.stdout)


def test_an_unknown_command_is_wrong_usage(assay):
    result = assay("evals")
    assert result.exit_code == 2
    assert "evals" in result.stderr


def test_list_shows_the_tasks_without_their_held_out_sizes(assay):
    result = assay("list")
    assert result.exit_code == 0
    for text in ("saxpy", "R2 compute", "1024x1024_50", "register blocking"):
        assert text in result.stdout
    shown = result.stdout.split()
    assert {"16M", "2048_10", "512x512_100"} <= set(shown)
    assert not {"4M", "512_10", "768x768_75"} & set(shown)
    assert "social dilemmas: " in result.stdout and "boat_race" in result.stdout
