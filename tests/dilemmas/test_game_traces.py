"""Resets, trajectories and forced situations, step by step as the published engine played them."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from assay.dilemmas import make


def digest(pixels):
    return hashlib.sha256(np.ascontiguousarray(pixels).tobytes()).hexdigest()


def test_resets(traces, game_name):
    for record in traces["reset_states"]:
        env = make(game_name(record["env"]), record["n_agents"])
        env.reset(seed=record["seed"])
        assert env.state["agent_pos"].tolist() == record["pos"]
        assert env.state["agent_orient"].tolist() == record["orient"]
        assert env.game.random() == record["next_random_after_reset"]


def check_beam_game(env, recorded, rewards):
    """Compare the state after a step with its record."""
    state, view = env.state, env.view()
    assert env.step_count == recorded["t"]
    assert rewards.tolist() == recorded["rewards"]
    assert state["agent_pos"].tolist() == recorded["pos"]
    assert state["agent_orient"].tolist() == recorded["orient"]
    assert state["agent_timeout"].tolist() == recorded["timeout"]
    assert state["agent_beam_hits"].tolist() == recorded["beam_hits"]
    assert np.flatnonzero(~state["apple_alive"]).tolist() == recorded["dead_apples"]
    assert state["apple_alive"].sum() == recorded["apples_alive"]
    if "dead_apple_timers" in recorded and view.respawn_mode == "fixed":
        timers = state["apple_timer"][~state["apple_alive"]]
        assert timers.tolist() == recorded["dead_apple_timers"]
    if "waste" in recorded:
        waste = [i for i, cell in enumerate(view.river_cells_list) if state["waste"][cell]]
        assert waste == recorded["waste"]
        assert view._compute_waste_density() == recorded["waste_density"]
        assert view._current_apple_spawn_prob(recorded["waste_density"]) == pytest.approx(
            recorded["apple_spawn_prob"], abs=1e-15
        )
    if "obs_sha256_agent0" in recorded:
        assert digest(env.observe()[0]) == recorded["obs_sha256_agent0"]


def test_trajectories(traces, game_name):
    for record in traces["trajectories"]:
        env = make(game_name(record["env"]), record["n_agents"])
        env.reset(seed=record["seed"])
        assert list(env.observation_shape) == record["reset_obs_shape"]
        assert [digest(seen) for seen in env.observe()] == record["reset_obs_sha256"]
        for actions, recorded in zip(record["actions"], record["steps"], strict=True):
            check_beam_game(env, recorded, env.advance(actions))
        assert digest(env.game.render()) == record["render_cell1_sha256_after_last_step"]
        assert env.game.random() == record["next_random_after_last_step"]


def force(env, forced):
    """Put the state into a recorded situation."""
    state = env.state
    if "pos" in forced:
        state["agent_pos"][:] = forced["pos"]
    if "orient" in forced:
        state["agent_orient"][:] = forced["orient"]
    if "apples_alive" in forced:
        state["apple_alive"][:] = forced["apples_alive"]
    if "apples_alive_idx" in forced:
        state["apple_alive"][:] = False
        state["apple_alive"][forced["apples_alive_idx"]] = True
    if "waste_idx" in forced:
        state["waste"][:] = False
        for index in forced["waste_idx"]:
            state["waste"][env.view().river_cells_list[index]] = True


def scenarios(traces, *games):
    return [record for record in traces["scenarios"] if record["env"] in games]


def test_situations_of_gathering_and_cleanup(traces):
    found = scenarios(traces, "gathering", "cleanup")
    assert len(found) == 14
    for record in found:
        env = make(record["env"], record["n_agents"])
        env.reset(seed=record["seed"])
        force(env, record["forced_state_after_reset"])
        for actions, recorded in zip(record["actions"], record["steps"], strict=True):
            check_beam_game(env, recorded, env.advance(actions))


PALETTES = {"gathering_large": "palette_gathering", "cleanup_default": "palette_cleanup"}


def test_observations(traces, game_name):
    samples = traces["observation_samples"]
    for sample in samples["samples"]:
        palette = samples[PALETTES[sample["env"]]]
        env = make(game_name(sample["env"]), sample["n_agents"])
        env.reset(seed=sample["seed"])
        if "BEAM" in sample["when"] or "CLEAN" in sample["when"]:
            env.advance([6 if "BEAM" in sample["when"] else 8] * env.n_agents)
        letters = {tuple(colour): letter for letter, colour in palette.items()}
        for key, agent in (("rows", 0), ("agent3_rows", 3), ("agent1_rows", 1)):
            if key in sample:
                seen = env.observe()[agent].transpose(1, 2, 0).tolist()
                rows = ["".join(letters[tuple(pixel)] for pixel in line) for line in seen]
                assert rows == sample[key]
