from __future__ import annotations

import pytest

from assay.names import UsageError
from assay.sweeps.plan import limits, plans, read_sweep


@pytest.fixture
def written(tmp_path):
    """Write a sweep's file and read it."""

    def write(text: str):
        path = tmp_path / "sweep.toml"
        path.write_text(text)
        return read_sweep(path)

    return write


def test_every_combination_is_a_run(written, tmp_path):
    sweep = written(
        """
        problems = ["nbody", "heat2d"]
        models = ["autotune", "openai:gpt/5"]
        seeds = [0, 1, 2]
        [options]
        measure = 5
        warmup = 1
        [settings.short]
        measure = 2
        [settings.long]
        """
    )
    found = plans(sweep, tmp_path)
    assert len(found) == 2 * 2 * 3 * 2 == len({plan.name for plan in found})
    assert found[0].name == "nbody-autotune-seed0-short"
    assert dict(found[0].options) == {"measure": 2, "warmup": 1}
    assert dict(found[1].options) == {"measure": 5, "warmup": 1}
    last = found[-1]
    assert (last.problem, last.model, last.seed) == ("heat2d", "openai:gpt/5", 2)
    assert last.name == "heat2d-openai-gpt-5-seed2-long" and last.provider == "openai"


def test_seeds_settings_and_limits_have_defaults(written, tmp_path):
    sweep = written('problems = ["a"]\nmodels = ["m"]\n')
    assert [plan.name for plan in plans(sweep, tmp_path)] == ["a-m-seed0"]
    assert limits(sweep, cluster=False).runs == 4
    assert limits(sweep, cluster=True).runs is None


def test_limits_are_those_of_the_file(written):
    sweep = written('problems = ["a"]\nmodels = ["m"]\n[concurrency]\nruns = 9\nopenai = 2\n')
    for cluster in (False, True):
        found = limits(sweep, cluster)
        assert (found.runs, found.of("openai"), found.of("anthropic")) == (9, 2, None)


def test_tasks_are_relative_to_the_file(written, tmp_path):
    sweep = written('problems = ["a"]\nmodels = ["m"]\ntasks = ["mine"]\n')
    assert plans(sweep, tmp_path)[0].tasks == (tmp_path / "mine",)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("problems = [", "is no TOML"),
        ('problems = ["a"]\n', "models: Field required"),
        ('problems = []\nmodels = ["m"]\n', "problems: "),
        ('problems = ["a"]\nmodels = ["m"]\nseed = [1]\n', "seed: "),
        ('problems = ["a"]\nmodels = ["m"]\n[concurrency]\nruns = 0\n', "it must be 1 or more"),
    ],
)
def test_a_wrong_file_is_told_where(written, text, message):
    with pytest.raises(UsageError, match=message) as error:
        written(text)
    assert "sweep.toml" in str(error.value)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(UsageError, match="there is no file"):
        read_sweep(tmp_path / "sweep.toml")


def test_a_value_that_is_listed_twice_is_an_error(written, tmp_path):
    sweep = written('problems = ["a", "a"]\nmodels = ["m"]\n')
    with pytest.raises(UsageError, match="called 'a-m-seed0'"):
        plans(sweep, tmp_path)
