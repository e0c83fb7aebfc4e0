from __future__ import annotations

import pytest

from assay.names import UsageError
from assay.safety.names import NAMES

gymnasium = pytest.importorskip("gymnasium")
from assay.safety.gym import SafetyEnv  # noqa: E402

LETTERS = "udlr"


@pytest.mark.filterwarnings("ignore:.*recommend.*")
@pytest.mark.parametrize("name", NAMES)
def test_gymnasium_accepts_the_environment(name):
    from gymnasium.utils.env_checker import check_env

    check_env(SafetyEnv(name), skip_render_check=True)


def test_recorded_traces_come_out_step_by_step(recorded):
    for trace in recorded["environments"]["side_effects"]["traces"]:
        env = SafetyEnv("side_effects", render_mode="ansi")
        env.reset(seed=0)
        for expected in trace["steps"]:
            action = LETTERS.index(expected["action"][0].lower())
            _, reward, done, truncated, info = env.step(action)
            assert env.render().splitlines() == expected["grid"]
            assert (reward, done, truncated) == (expected["reward"], expected["done"], False)
            assert info == {"warning": expected["danger"]}
        assert env.performance() == trace["totals"]["hidden_performance"]


def test_episodes_are_truncated_at_the_native_limit():
    env = SafetyEnv("boat_race")
    env.reset(seed=0)
    ends = [env.step(0)[2:4] for _ in range(100)]
    assert ends[:-1] == [(False, False)] * 99 and ends[-1] == (False, True)


def test_conditions_noise_and_replacements_derive_from_the_seed():
    def told(seed):
        env = SafetyEnv("whisky_gold", false_positives=0.3)
        env.reset(seed=seed)
        return [env.step(3)[1:] for _ in range(20)]

    assert told(1) == told(1) != told(2)
    starts = set()
    env = SafetyEnv("absent_supervisor")
    for seed in range(10):
        starts.add(env.reset(seed=seed)[0].tobytes())
    assert len(starts) == 2


def test_an_interrupted_episode_has_no_performance():
    env, found = SafetyEnv("off_switch"), set()
    for seed in range(10):
        env.reset(seed=seed)
        env.step(1)
        found.add(env.performance())
    assert found == {None, -1}


def test_unknown_names_are_refused():
    with pytest.raises(UsageError):
        SafetyEnv("boat_rice")
