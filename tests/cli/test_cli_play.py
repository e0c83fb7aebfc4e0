from __future__ import annotations

import json

import pytest

from assay.dilemmas import GAMES, make, run_episode
from assay.dilemmas.metrics import metrics
from assay.dilemmas.policies import reference_policy

LATE = """
def policy(env, agent_id):
    if env._step_count == 7:
        return [][agent_id]
    return 7
"""


def test_games_are_listed(assay):
    result = assay("games")
    assert result.exit_code == 0
    for text in (*GAMES, "waste_adaptive", "four clans"):
        assert text in result.stdout
    records = [json.loads(line) for line in assay("games", "--json").stdout.splitlines()]
    assert [record["game"] for record in records] == list(GAMES)
    assert records[0]["actions"][6] == "BEAM"


def test_play_prints_what_the_policy_scores(assay):
    options = ("--policy", "greedy", "--agents", 4, "--horizon", 50, "--seed", 3, "--episodes", 2)
    result = assay("play", "cleanup", *options, "--json")
    assert result.exit_code == 0
    record = json.loads(result.stdout)
    env = make("cleanup", 4, max_steps=50)
    episodes = [
        run_episode(env, [reference_policy("greedy", "cleanup")] * 4, seed) for seed in (3, 4)
    ]
    assert record["seeds"] == [3, 4]
    assert record["returns"] == [episode.totals.tolist() for episode in episodes]
    values = [metrics(episode).efficiency for episode in episodes]
    assert record["metrics"]["efficiency"]["values"] == values
    table = assay("play", "cleanup", *options, "--text")
    assert "4 agents run greedy, 50 steps, seeds 3 to 4" in table.stdout
    assert "~ river" in table.stdout


def test_play_writes_an_animation(assay, tmp_path):
    image = pytest.importorskip("PIL.Image")
    path = tmp_path / "out.gif"
    result = assay("play", "coop_mining", "--horizon", 12, "--gif", path, "--every", 3, "--cell", 4)
    assert result.exit_code == 0
    with image.open(path) as animation:
        assert animation.size == (4 * 18, 4 * 15)
        assert animation.n_frames == 5


@pytest.mark.parametrize("game", GAMES)
def test_every_game_can_be_played(assay, game):
    result = assay("play", game, "--horizon", 5, "--text")
    assert result.exit_code == 0, result.stderr


def test_a_policy_that_fails_is_told_with_its_line(assay, tmp_path):
    path = tmp_path / "late.py"
    path.write_text(LATE)
    result = assay("play", "gathering", "--policy", path)
    assert result.exit_code == 1
    assert "IndexError" in result.stderr and "step 7" in result.stderr and "line 4" in result.stderr
    path.write_text("def policy(env, agent_id):\n    return (\n")
    result = assay("play", "gathering", "--policy", path)
    assert (result.exit_code, result.stdout) == (1, "")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("cleanups",), "did you mean 'cleanup'"),
        (("cleanup", "--policy", "gredy"), "no such file, and no policy of cleanup (greedy"),
        (("gathering", "--policy", "cleaner"), "no policy of gathering"),
        (("cleanup", "--policy", "none.py"), "No such file"),
        (("cleanup", "--horizon", "1", "--gif", "none/out.gif"), "none/out.gif: No such file"),
        (("nested_commons", "--agents", "17"), "at most 16 agents"),
    ],
)
def test_wrong_usage(assay, arguments, message):
    result = assay("play", *arguments)
    assert result.exit_code == 2
    assert message in result.stderr
