"""Whole episodes of hand-written policies, agent by agent and metric by metric."""

from __future__ import annotations

import numpy as np
import pytest

from assay.dilemmas import make, run_episode
from assay.dilemmas.metrics import metrics
from assay.dilemmas.policies import (
    add_reference_actions,
    policy_names,
    policy_source,
    reference_policy,
)
from assay.dilemmas.selfplay import Arena, Match
from assay.names import UsageError

POLICIES = {
    "coop_zones": "zones",
    "exploit": "exploitative",
    "collector": "greedy",
    "cleaner": "cleaner",
    "p3_waste_adaptive": "waste_adaptive",
}
CONSTANT = {"always_beam": 6, "always_clean": 8, "stand": 7}
SLOW = ("cleaner", "p3_waste_adaptive")
METRICS = {
    "efficiency": "efficiency",
    "equality": "equality_published",
    "sustainability": "sustainability",
    "peace": "peace",
    "maximin": "maximin",
}


def policy_of(env, name):
    if name in CONSTANT:
        return lambda view, agent: CONSTANT[name]
    if name.startswith("random"):
        return lambda view, agent: env.game.integers(8)
    return reference_policy(POLICIES[name], env.spec.kind)


def check(record, game_name, seeds):
    env = make(game_name(record["env"]), record["n_agents"])
    for recorded in record["per_seed"][:seeds]:
        policy = policy_of(env, record["policy"])
        episode = run_episode(env, [policy] * env.n_agents, recorded["seed"])
        assert episode.totals.tolist() == recorded["totals"]
        measured = metrics(episode)
        for name, attribute in METRICS.items():
            assert getattr(measured, attribute) == pytest.approx(recorded[name], abs=1e-9)


def test_recorded_episodes(traces, game_name):
    for record in traces["policy_metrics"]:
        check(record, game_name, 1 if record["policy"] in SLOW else 2)


@pytest.mark.slow
def test_all_recorded_episodes(traces, game_name):
    for record in traces["policy_metrics"]:
        check(record, game_name, None)


EVALUATION_SEEDS = range(9999, 10004)


def test_the_evaluation_of_the_cleanup_learner(traces):
    rows = traces["q_learning"]["cleanup_script_baseline_rows"]
    for name, reference in (("threshold", "threshold"), ("collector", "greedy")):
        env = make("cleanup", 10)
        episodes = [
            run_episode(env, [reference_policy(reference, "cleanup")] * 10, seed)
            for seed in EVALUATION_SEEDS
        ]
        recorded = rows[name]
        assert mean(episode.totals.sum() for episode in episodes) == recorded["avg_team_reward"]
        assert mean(e.events["cleans"].sum() for e in episodes) == recorded["avg_cleans"]
        waste = mean(e.series["waste_density"].mean() for e in episodes)
        assert waste == pytest.approx(recorded["avg_waste"], abs=1e-9)
        for metric, value in recorded["metrics"].items():
            found = mean(getattr(metrics(e), METRICS[metric]) for e in episodes)
            assert found == pytest.approx(value, abs=1e-9)


def test_two_policies_among_eight_random_ones(traces):
    rows = traces["q_learning"]["gathering_script_baseline_rows_and_corrected"]
    for key, name, parameters in (
        ("2x_bfs_plus_8_random_seeds9999-10003", "greedy", {}),
        ("2x_coop_plus_8_random_seeds9999-10003", "zones", {"AGENTS": (0, 1)}),
        ("2x_exploit_plus_8_random_seeds9999-10003", "exploitative", {}),
    ):
        env = make("gathering_large", 10)
        found = []
        for seed in EVALUATION_SEEDS:
            chosen = reference_policy(name, "gathering", **parameters)
            by_chance = [lambda view, agent, env=env: env.game.integers(8)] * 8
            found.append(metrics(run_episode(env, [chosen, chosen, *by_chance], seed)))
        for metric in ("efficiency", "equality", "sustainability", "peace"):
            value = mean(getattr(one, METRICS[metric]) for one in found)
            assert value == pytest.approx(rows[key][metric], abs=1e-9)


def mean(values):
    return float(np.mean(list(values)))


def test_recorded_actions_of_policies(traces, game_name):
    names = {"greedy_bfs": "greedy", "coop": "zones", "cleaner": "cleaner"}
    checked = 0
    for record in traces["trajectories"]:
        name = record["name"].split(":")[1]
        if name not in names:
            continue
        env = make(game_name(record["env"]), record["n_agents"], max_steps=len(record["actions"]))
        policy = reference_policy(names[name], env.spec.kind)
        episode = run_episode(env, [policy] * env.n_agents, record["seed"])
        assert episode.actions.tolist() == record["actions"]
        checked += 1
    assert checked == 4


@pytest.mark.parametrize("kind", ["gathering", "cleanup", "coop_mining", "nested_commons"])
def test_policies_do_the_same_in_a_confined_process(kind):
    with Arena() as arena:
        for name in policy_names(kind):
            match = Match(kind, 4, 40)
            [confined] = arena.self_play(match, policy_source(name), [3])
            env = make(kind, 4, max_steps=40)
            trusted = run_episode(env, [reference_policy(name, kind)] * 4, 3)
            assert (confined.actions == trusted.actions).all()


@pytest.mark.parametrize("name", ["greedy", "exploitative"])
@pytest.mark.parametrize("game", ["gathering_small", "commons", "cleanup_small"])
def test_policies_may_call_these_policies(game, name):
    caller = f"def policy(env, agent_id):\n    return {name}_action(env, agent_id)\n"
    with Arena() as arena:
        called, itself = (
            arena.self_play(Match(game, 3, 60), source, [5])[0]
            for source in (caller, policy_source(name))
        )
    assert (called.actions == itself.actions).all()


def test_a_policy_that_is_called_has_no_more_names_than_its_caller():
    names = {"__builtins__": {}}
    add_reference_actions(names, "cleanup")
    for name in ("greedy_action", "exploitative_action"):
        assert names[name].__globals__["__builtins__"] == {}
    add_reference_actions(mining := {}, "coop_mining")
    assert not mining


def test_a_parameter_changes_a_policy():
    env = make("cleanup", 5, max_steps=50)
    never = reference_policy("threshold", "cleanup", TOLERATED=1.0)
    assert run_episode(env, [never] * 5, 0).events["cleans"].sum() == 0


def test_what_does_not_exist_is_named():
    with pytest.raises(UsageError, match="did you mean 'greedy'"):
        policy_source("gredy")
    with pytest.raises(UsageError, match="Valid: greedy, exploitative, zones, idle, random"):
        reference_policy("cleaner", "gathering")
    with pytest.raises(UsageError, match="no parameter SPEED"):
        reference_policy("greedy", "cleanup", SPEED=1)


def test_the_random_policy_repeats_itself_and_differs_between_agents():
    def actions(seed):
        env = make("gathering_large", 4, max_steps=40)
        return run_episode(env, [reference_policy("random", "gathering")] * 4, seed).actions

    assert (actions(0) == actions(0)).all()
    assert (actions(0) != actions(1)).any()
    assert len({tuple(column) for column in actions(0).T.tolist()}) == 4


def efficiency(game, agents, name):
    env = make(game, agents)
    policy = reference_policy(name, env.spec.kind)
    return metrics(run_episode(env, [policy] * agents, 0)).efficiency


def test_doing_nothing_pays_what_the_published_engine_paid():
    assert efficiency("nested_commons", 16, "idle") == pytest.approx(1.6, abs=1e-9)
    assert efficiency("coop_mining", 4, "idle") == 0


def test_the_miner_earns_more_than_chance():
    # 0.337 is what random actions earn in the recorded episodes.
    assert efficiency("coop_mining_large", 6, "miner") > 2 * 0.337


def test_policies_are_listed_by_kind():
    assert "cleaner" in policy_names("cleanup")
    assert "cleaner" not in policy_names("gathering")
