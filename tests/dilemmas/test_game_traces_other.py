"""Coop Mining, Nested Commons and Production Economy as the published engine played them."""

from __future__ import annotations

import numpy as np
import pytest

from assay.dilemmas import GAMES, make, run_episode
from assay.dilemmas.metrics import metrics


def check_mining(env, recorded, rewards):
    state = env.state
    assert rewards.tolist() == recorded["rewards"]
    assert state["agent_pos"].tolist() == recorded["pos"]
    assert state["agent_orient"].tolist() == recorded.get("orient", state["agent_orient"].tolist())
    dead = np.flatnonzero(~state["ore_alive"])
    assert dead.tolist() == recorded["dead_ores"]
    assert state["ore_timer"][dead].tolist() == recorded["dead_ore_timers"]
    active = np.flatnonzero(state["gold_window_left"])
    found = [[ore, state["gold_activator"][ore], state["gold_window_left"][ore]] for ore in active]
    assert np.array(found).tolist() == recorded["activated"]


def orchard(env):
    cells = [cell for clan in env.view().orchard_cells for cell in clan]
    return [i for i, cell in enumerate(cells) if env.state["orchard_apples"][cell]]


def plaza(env):
    return [i for i, cell in enumerate(env.view().plaza_cells) if env.state["bonus_apples"][cell]]


def check_nested(env, recorded, rewards):
    state = env.state
    assert rewards.tolist() == pytest.approx(recorded["rewards"], abs=1e-9)
    assert state["agent_pos"].tolist() == recorded["pos"]
    assert state["inventory"].tolist() == recorded["inventory"]
    assert state["w_q"].tolist() == pytest.approx(recorded["w_q"], abs=1e-9)
    assert float(state["w_p"]) == pytest.approx(recorded["w_p"], abs=1e-9)
    queue = recorded.get("queue", recorded.get("travel_queue_len"))
    assert state["travel_left"].tolist() == queue
    raids = recorded.get("raid_attempted", state["raid_attempted"].tolist())
    assert state["raid_attempted"].tolist() == raids
    if "orchard_apples" in recorded:
        assert orchard(env) == recorded["orchard_apples"]
        assert plaza(env) == recorded["bonus_apples"]
    else:
        assert len(orchard(env)) == recorded["orchard_count"]
        assert len(plaza(env)) == recorded["bonus_count"]


def check_production(env, recorded, rewards):
    state = env.state
    assert env.step_count == recorded["t"]
    assert rewards.tolist() == recorded["rewards"]
    assert state["agent_pos"].tolist() == recorded["pos"]
    assert state["inventory"].tolist() == recorded["inventory"]
    assert state["has_tool"].tolist() == recorded["has_tool"]
    assert state["tool_age"].tolist() == recorded["tool_age"]
    assert state["shelter_count"] == recorded["shelter_count"]
    drops = [
        [int(r), int(c), *state["drops"][r, c].tolist()]
        for r, c in np.argwhere(state["drops"].sum(axis=2))
    ]
    assert drops == recorded["drops"]
    if "stocked" in recorded:
        assert np.flatnonzero(state["stocked"]).tolist() == recorded["stocked"]


CHECKS = {
    "coop_mining": check_mining,
    "nested_commons": check_nested,
    "production_economy": check_production,
}


def test_trajectories(traces, game_name):
    kinds = set()
    for record in traces["trajectories_extra_envs"]:
        env = make(game_name(record["env"]), record["n_agents"])
        env.reset(seed=record["seed"])
        initial = record["initial"]
        assert env.state["agent_pos"].tolist() == initial["pos"]
        if "orchard_apples" in initial:
            assert (orchard(env), plaza(env)) == (
                initial["orchard_apples"],
                initial["bonus_apples"],
            )
        for actions, recorded in zip(record["actions"], record["steps"], strict=True):
            CHECKS[env.spec.kind](env, recorded, env.advance(actions))
        kinds.add(env.spec.kind)
    assert kinds == set(CHECKS)


def force(env, forced):
    """Put the state into a recorded situation."""
    state = env.state
    for name, value in forced.items():
        if name == "drops":
            for row, column, *items in value:
                state["drops"][row, column] = items
        elif name in ("orchard", "bonus"):
            apples = state[f"{name}_apples"]
            apples[...] = False
            for row, column in value:
                apples[row, column] = True
        else:
            array = state[{"pos": "agent_pos", "orient": "agent_orient"}.get(name, name)]
            if isinstance(value, dict):
                for agent, part in value.items():
                    array[int(agent)] = part
            else:
                array[...] = value


def actions_of(record):
    if "actions" in record:
        return record["actions"]
    agents = range(record["n_agents"])
    default = record["action_default"]
    return [[row.get(str(a), default) for a in agents] for row in record["actions_sparse"]]


def test_situations(traces, game_name):
    found = [s for s in traces["scenarios"] if s["env"] not in ("gathering", "cleanup")]
    assert len(found) == 17
    for record in found:
        env = make(game_name(record["env"]), record["n_agents"])
        env.reset(seed=record["seed"])
        force(env, record["forced_state_after_reset"])
        for actions, recorded in zip(actions_of(record), record["steps"], strict=True):
            CHECKS[env.spec.kind](env, recorded, env.advance(actions))


STAND = {"coop_mining": 7, "nested_commons": 0, "production_economy": 0}
PLAYED = ("uniform_random_own_generator_seed_100+s", "always_0_or_stand")


def test_recorded_episodes(traces):
    records = [r for r in traces["policy_metrics_extra_envs"] if r["policy"] in PLAYED]
    assert len(records) == 6
    for record in records:
        for recorded in record["per_seed"][:2]:
            # The mining episodes were played by six agents on the large map.
            name = {"coop_mining": "coop_mining_large"}.get(record["env"], record["env"])
            env = make(name, len(recorded["totals"]))
            generator = np.random.default_rng(100 + recorded["seed"])
            by_chance = record["policy"] == PLAYED[0]

            def policy(view, agent, by_chance=by_chance, generator=generator, name=name):
                if by_chance:
                    return int(generator.integers(len(GAMES[name].actions)))
                return STAND[GAMES[name].kind]

            episode = run_episode(env, [policy] * env.n_agents, recorded["seed"])
            assert episode.totals.tolist() == pytest.approx(recorded["totals"], abs=1e-9)
            measured = metrics(episode)
            assert measured.equality_published == pytest.approx(recorded["equality"], abs=1e-9)
            for key in ("efficiency", "sustainability", "peace", "maximin"):
                assert getattr(measured, key) == pytest.approx(recorded[key], abs=1e-9)
