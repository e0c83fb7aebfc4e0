"""The task as a problem, and kernel files as the command line hands them over."""

from __future__ import annotations

import json

import pytest

from assay.kernels.evaluator import Settings
from assay.kernels.files import choose_sizes, evaluate_files
from assay.kernels.problem import KernelProblem
from assay.names import UsageError
from assay.search.problem import Attempt, Candidate, SearchState


@pytest.fixture
def problem(fake, twice):
    settings = Settings(warmup=1, measure=3, timeout=2)
    with KernelProblem(twice, settings=settings, open_device=fake.open_device) as problem:
        yield problem


def test_it_describes_all_that_results_depend_on(problem, twice):
    facts = json.loads(json.dumps(problem.describe()))
    assert facts["task"] == "twice"
    assert facts["task_digest"] == twice.digest
    assert (facts["device"], facts["device_description"]) == ("fake", "no hardware at all")
    assert (facts["warmup"], facts["measure"], facts["timeout"]) == (1, 3, 2)
    assert facts["sizes"] == ["small", "large"]


def test_a_search_step_works_from_seed_to_prompt(problem, twice):
    seed = problem.seed()
    assert (problem.name, problem.artifact, seed.source) == ("twice", "metal", twice.seed)
    evaluation = problem.evaluate(seed)
    assert evaluation.verdict == "ok"
    assert len(evaluation.details["sizes"][0]["samples"]) == 3
    json.dumps(evaluation.details, allow_nan=False)
    first = Attempt(0, seed, evaluation, True)
    assert twice.seed.strip() in problem.prompt(SearchState(1, first, first, [first])).user
    failed = problem.evaluate(Candidate("def twice(b, grid): b[1][0] = float('nan')"))
    assert (failed.score, failed.verdict) == (None, "incorrect")
    json.dumps(failed.details, allow_nan=False)
    second = Attempt(1, Candidate("x"), failed)
    assert "not finite" in problem.prompt(SearchState(2, first, second, [first, second])).user


def test_replies_are_parsed(problem):
    assert problem.extract("```metal\nkernel void f() {}\n```").source == "kernel void f() {}\n"
    assert problem.extract("nothing") is None


def test_files_that_cannot_be_read_get_a_verdict_and_the_rest_is_judged(
    fake, twice, tmp_path, good
):
    (tmp_path / "empty.metal").write_text(" \n")
    (tmp_path / "latin.metal").write_bytes(b"// fine\n// caf\xe9\n")
    (tmp_path / "binary.metal").write_bytes(b"MTLB\0\0")
    (tmp_path / "good.metal").write_text("\ufeff" + good, encoding="utf-8")
    names = ["missing.metal", "empty.metal", "latin.metal", "binary.metal", ".", "good.metal"]
    files = [str(tmp_path / name) for name in names] + ["seed"]
    heard = []
    results = list(
        evaluate_files(
            twice, files, open_device=fake.open_device, sizes=["small"], held_out=True,
            on_progress=lambda file, event: heard.append((file, event.stage)),
        )
    )  # fmt: skip
    assert [result.file for result in results] == files
    assert [result.verdict for result in results] == ["compile_error"] * 5 + ["ok"] * 2
    reasons = [result.fail_reason for result in results]
    for reason, part in zip(
        reasons, ["no file", "empty", "0xe9 in line 2", "NUL", "directory"], strict=False
    ):
        assert part in reason
    assert all(result.diagnostics[0].rule == "file" for result in results[:5])
    assert [size.label for size in results[-1].sizes] == ["small", "middle"]
    assert heard[-3:] == [("seed", stage) for stage in ("ceilings", "small", "middle")]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"sizes": ["smal"]}, "did you mean 'small'"),
        ({"measure": 0}, "measure is 0"),
        ({"warmup": -1}, "warmup is -1"),
        ({"timeout": 0}, "timeout is 0"),
    ],
)
def test_wrong_settings_are_refused_before_anything_runs(twice, change, message):
    with pytest.raises(UsageError, match=message):
        evaluate_files(twice, ["seed"], **change)


def test_sizes_are_chosen_once_each_and_held_out_ones_come_last(twice):
    assert choose_sizes(twice, None) == ("small", "large")
    assert choose_sizes(twice, None, held_out=True) == ("small", "large", "middle")
    assert choose_sizes(twice, ["middle", "small", "small"]) == ("middle", "small")
