"""The published attacks: they work on a naive evaluator as recorded, and not on ours."""

from __future__ import annotations

import numpy as np
import pytest

from assay.dilemmas.attacks import ATTACKS, HONEST, attack_source, run_attack
from assay.dilemmas.metrics import metrics
from assay.dilemmas.naive import naive_episode
from assay.dilemmas.policies import policy_source
from assay.dilemmas.selfplay import Arena, Match, PolicyFailed

MATCH = Match("cleanup", 10)
VICTIMS = {"greedy_bfs": "greedy", "p3_waste_adaptive": "waste_adaptive"}


@pytest.fixture(scope="module")
def arena():
    with Arena() as arena:
        yield arena


@pytest.mark.parametrize("attack", [HONEST, *ATTACKS])
@pytest.mark.parametrize("recorded_name", VICTIMS)
def test_the_naive_evaluator_is_beaten_as_recorded(traces, attack, recorded_name):
    (recorded,) = [
        one
        for one in traces["attacks"]
        if (one["attack_by_agent0"], one["victims"]) == (attack, recorded_name)
    ]
    honest = policy_source(VICTIMS[recorded_name])
    first = honest if attack == HONEST else attack_source(attack)
    episode = naive_episode(MATCH, [first, *[honest] * 9], recorded["seed"])
    assert episode.totals.tolist() == recorded["totals"]
    found = metrics(episode)
    assert found.efficiency == pytest.approx(recorded["efficiency"], abs=1e-9)
    assert found.equality_published == pytest.approx(recorded["equality"], abs=1e-9)
    assert found.sustainability == pytest.approx(recorded["sustainability"], abs=1e-9)
    assert found.peace == pytest.approx(recorded["peace"], abs=1e-9)
    assert found.maximin == recorded["maximin"]


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_confined_attack_is_worth_what_it_is_without_its_writes(arena, attack):
    result = run_attack(arena, MATCH, attack, "greedy", 42)
    harmless = attack_source(attack).replace("        attack(env, agent_id)", "        pass")
    honest = policy_source("greedy")
    (without,) = arena.play(MATCH, [harmless, honest], [0] + [1] * 9, [42], check=False)
    assert np.array_equal(result.hardened.totals, without.totals)
    assert result.hardened.totals[0] <= 17 < result.naive.totals[0]
    assert result.stopped_by.startswith("static check: line ")
    with pytest.raises(PolicyFailed, match="cannot be written to"):
        arena.play(MATCH, [attack_source(attack), honest], [0] + [1] * 9, [42])
