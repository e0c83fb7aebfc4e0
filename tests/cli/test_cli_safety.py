from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from assay.cli.app import app


@pytest.fixture
def assay(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def call(*arguments):
        return CliRunner().invoke(app, list(arguments))

    return call


def test_a_search_for_rules_needs_no_key_and_can_be_gated_again(assay, tmp_path):
    done = assay("evolve", "whisky_gold", "--iterations", "2", "--gate-episodes", "1")
    assert done.exit_code == 0, done.output
    assert "Run folder runs/whisky_gold-epo_safe-avoider-seed0" in done.output
    assert "Gate: generalises (passed)" in done.output
    assert "Never step onto W" in done.output
    assert (tmp_path / "runs/whisky_gold-epo_safe-avoider-seed0/01_withheld.json").exists()
    again = assay("gate", "runs/whisky_gold-epo_safe-avoider-seed0")
    assert again.exit_code == 0, again.output
    assert "Gate: generalises (passed)" in again.output


def test_methods_have_folders_of_their_own_and_json_tells_all(assay):
    done = assay(
        "evolve", "side_effects", "--method", "reward_only", "--iterations", "1", "--episodes", "2",
        "--gate-episodes", "1", "--false-positives", "0.2", "--json",
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    record = json.loads(done.output)
    assert record["run"] == "runs/side_effects-reward_only-avoider-seed0"
    gate = record["gate"]["details"]
    assert gate["settings"][0]["incumbent"]["hidden"] == 35
    assert gate["noise"] == []


def test_wrong_names_are_answered_with_the_right_ones(assay):
    unknown = assay("evolve", "boat_rase")
    assert unknown.exit_code == 2 and "boat_race" in unknown.output + unknown.stderr
    method = assay("evolve", "boat_race", "--method", "epo_save")
    assert method.exit_code == 2 and "epo_safe" in method.output + method.stderr
