from __future__ import annotations

import ast

import pytest

from assay.dilemmas.extract import extract_policy
from assay.dilemmas.parameter_search import ParameterSearch
from assay.dilemmas.policies import policy_source
from assay.dilemmas.static_check import violations
from assay.models.base import Prompt

SOURCE = (
    "PAIRS = ((50, 6), (1, 0))\nCOST = 0.5\nname = 3\n\ndef policy(env, agent_id):\n    return 7\n"
)


def proposal(iteration, parent=SOURCE, seed=0, tried=()):
    reply = ParameterSearch(seed).complete(Prompt("", "", parent, iteration, tried))
    return extract_policy(reply.text), reply.text


def constants(source):
    tree = ast.parse(source)
    return {node.targets[0].id: ast.literal_eval(node.value) for node in tree.body[:3]}


@pytest.mark.parametrize("iteration", range(1, 30))
def test_numbers_in_capitals_change_and_nothing_else(iteration):
    found = constants(proposal(iteration)[0])
    assert found != constants(SOURCE)
    assert found["name"] == 3 and [len(pair) for pair in found["PAIRS"]] == [2, 2]
    assert all(type(n) is int and n >= 0 for pair in found["PAIRS"] for n in pair)
    assert type(found["COST"]) is float and found["COST"] > 0


def test_the_reply_tells_what_was_changed():
    source, text = proposal(3)
    before, after = constants(SOURCE), constants(source)
    for name in ("PAIRS", "COST"):
        assert (f"{name} " in text.partition("```")[0]) == (before[name] != after[name])


def test_a_resumed_run_continues_as_if_it_had_never_stopped():
    assert proposal(5) == proposal(5)
    assert proposal(5) != proposal(6) != proposal(6, seed=1)


def test_what_was_tried_is_not_tried_again():
    source = "N = 1\n\ndef policy(env, agent_id):\n    return N\n"
    tried = [source.strip()]
    first, _ = proposal(1, source)
    again, _ = proposal(1, source, tried=(f"{first}\n",))
    assert again != first and again not in tried


def test_a_policy_without_numbers_is_left_alone():
    source = "def policy(env, agent_id):\n    return 7\n"
    found, text = proposal(1, source)
    assert found == source.strip() and "no number to change" in text


@pytest.mark.parametrize("name", ["waste_adaptive", "threshold", "zones"])
def test_hand_written_policies_stay_policies(name):
    for iteration in range(1, 6):
        assert violations(proposal(iteration, policy_source(name))[0]) == []
