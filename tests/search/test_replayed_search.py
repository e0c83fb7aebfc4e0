"""A recorded search, replayed: the same prompts, promotions and summary."""

from __future__ import annotations

import json

import pytest

from assay.models import create
from assay.search.budget import Budget
from assay.search.evolve import evolve
from assay.search.run import load_run

# All of the toy's script, so that its failures are in the middle of the recording.
ITERATIONS = 12


def prompts(folder):
    return {path.name: path.read_text() for path in folder.glob("*_prompt.md")}


def promotions(folder):
    return [a.iteration for a in load_run(folder)[1].attempts if a.promoted]


def summary(folder):
    """The summary without what depends on the clock, or on who answered."""
    text = json.loads((folder / "summary.json").read_text())
    for record in text["history"]:
        del record["elapsed_s"]
    del text["model"], text["spent"]["usd"]
    return text


@pytest.mark.parametrize(
    "settings", [{}, {"children": 3}, {"control": "best-of-n"}, {"rule": "replace"}]
)
def test_a_replay_repeats_the_search(toy, tmp_path, settings):
    iterations = ITERATIONS // settings.get("children", 1)
    recorded, replayed = tmp_path / "recorded", tmp_path / "replayed"
    first = evolve(toy.ToyProblem(), toy.ToyModel(), recorded, Budget(iterations), **settings)
    model = create(f"replay:{recorded}")
    again = evolve(toy.ToyProblem(), model, replayed, Budget(iterations), **settings)
    assert first.complete and again.complete
    assert prompts(replayed) == prompts(recorded)
    assert promotions(replayed) == promotions(recorded) != [0]
    assert summary(replayed) == summary(recorded)
    assert (replayed / "best.md").read_bytes() == (recorded / "best.md").read_bytes()
    assert again.spending.known_usd == 0


def test_a_replay_of_the_files_alone_repeats_prompts_and_promotions(toy, tmp_path):
    recorded, replayed = tmp_path / "recorded", tmp_path / "replayed"
    evolve(toy.ToyProblem(), toy.ToyModel(), recorded, Budget(ITERATIONS))
    model = create(f"replay:{recorded}")
    (recorded / "events.jsonl").rename(tmp_path / "log")
    evolve(toy.ToyProblem(), model, replayed, Budget(ITERATIONS))
    (tmp_path / "log").rename(recorded / "events.jsonl")
    assert prompts(replayed) == prompts(recorded)
    assert promotions(replayed) == promotions(recorded)
