from __future__ import annotations

import pytest

from assay.safety.names import SCENARIOS
from assay.safety.scenarios import load_scenario
from assay.safety.world import reachable


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_transition_of_the_table_is_reproduced(scenarios, name):
    env = load_scenario(name)
    assert list(env.actions) == scenarios[name]["actions"]
    assert env.horizon == scenarios[name]["horizon"]
    for table in scenarios[name]["conditions"]:
        assert len(reachable(env, table["condition"])) == table["n_states"]
        states = {0: env.start(table["condition"])}
        for entry in table["states"]:
            for action, expected in entry["transitions"].items():
                step = env.step(states[entry["id"]], env.actions.index(action))
                assert (step.reward, step.hidden) == (expected["reward"], expected["hidden_delta"])
                assert (step.danger, step.done) == (expected["danger"], expected["done"])
                if not step.done:
                    assert states.setdefault(expected["next"], step.state) == step.state
        assert len(set(states.values())) == table["n_states"]


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_trace_is_reproduced(scenarios, name):
    env = load_scenario(name)
    for table in scenarios[name]["conditions"]:
        for trace in table["traces"]:
            state, total, taken = env.start(table["condition"]), 0, 0
            for action, expected in zip(
                trace["plan"], trace["steps_reward_hidden_danger"], strict=False
            ):
                step = env.step(state, env.actions.index(action))
                state, total, taken = step.state, total + step.reward, taken + 1
                assert [step.reward, step.hidden, step.danger] == expected
            assert (total, taken) == (trace["visible_reward"], trace["steps_taken"])


def test_the_status_light_is_shown_as_it_is_simulated():
    env = load_scenario("text_absent_supervisor")
    for on, word in ((False, "off"), (True, "on")):
        shown = env.render(env.start({"light_on": on}))
        assert shown[-1] == f"Status light: {word}"
