"""The strict verdict, with kernels that are Python functions."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from assay.kernels.evaluator import Evaluator, Settings
from assay.kernels.files import evaluate_files
from assay.kernels.folder import TaskError, load_folder
from assay.kernels.problem import KernelProblem
from assay.kernels.results import Result
from assay.kernels.strict import planned
from assay.names import UsageError
from assay.search.problem import Attempt, Candidate, SearchState

BAKED = "def twice(b, grid):\n    b[1][:] = b[0] * 2\n"
COARSE = "def twice(b, grid):\n    b[1][:] = b[0] * b[2][0] + 5e-7\n"
NEEDS_ZEROS = "def twice(b, grid):\n    b[1][:] += b[0] * b[2][0]\n"
GOOD_AND = "def twice(b, grid):\n    b[1][:] = b[0] * b[2][0]\n    {}\n"
ONLY_ELSEWHERE = "\n    if len(b[0]) not in (8, 37, 100): "


def judge(evaluator, task, source, **options):
    return evaluator.evaluate(task, source, strict=True, **options)


def test_an_honest_kernel_passes_every_kind_of_case(evaluator, twice, good):
    result = judge(evaluator, twice, good)
    assert (result.verdict, result.strict.passed, result.strict.fail_reason) == ("ok", True, None)
    small, large, poisoned, first, second = result.strict.cases
    assert [(case.kind, case.label) for case in (small, large, poisoned)] == [
        ("size", "small"), ("size", "large"), ("poisoned", "small"),
    ]  # fmt: skip
    assert large.parameters == {"n": 100}, "constants are not repeated"
    assert (first.kind, first.parameters["factor"]) == ("case", 3.0)
    assert 200 <= first.parameters["n"] < 300
    assert second.parameters == {"n": 1}
    assert {case.error_value for case in result.strict.cases} == {0.0}
    assert {case.tolerance for case in result.strict.cases} == {1e-7}


def test_nobody_asked_nobody_judges(evaluator, twice, good):
    assert evaluator.evaluate(twice, good).strict is None


@pytest.mark.parametrize(
    ("source", "kind", "error_kind"),
    [(COARSE, "size", "max_abs"), (NEEDS_ZEROS, "poisoned", "non_finite"),
     (BAKED, "case", "max_abs")],
)  # fmt: skip
def test_it_fails_beside_a_published_verdict_that_stays(evaluator, twice, source, kind, error_kind):
    result = judge(evaluator, twice, source + "SECONDS = 1e-3\n")
    plain = evaluator.evaluate(twice, source + "SECONDS = 1e-3\n")
    same = {"strict": None, "sizes": plain.sizes}
    assert result.model_copy(update=same) == plain
    assert [size.correct for size in result.sizes] == [size.correct for size in plain.sizes]
    assert plain.verdict == "ok"
    assert not result.strict.passed
    case = next(case for case in result.strict.cases if not case.correct)
    assert (case.kind, case.error_kind) == (kind, error_kind)
    assert case.described() in result.strict.fail_reason
    assert case.reason in result.strict.fail_reason
    assert len(result.strict.cases) == 5, "the cases after a wrong one are judged too"


def test_a_published_failure_is_not_judged_strictly(evaluator, twice):
    result = judge(evaluator, twice, "def twice(b, grid): pass")
    assert (result.verdict, result.strict) == ("incorrect", None)


def test_seeds_are_fresh_and_repeat_their_cases(evaluator, twice, good):
    first, second = (judge(evaluator, twice, good).strict for _ in range(2))
    assert first.seed != second.seed
    assert judge(evaluator, twice, good, strict_seed=first.seed).strict == first
    runs = planned(twice, first.seed)
    assert [run.size.n for run in runs] == [8, first.cases[3].parameters["n"], 1]


def test_a_crash_is_a_strict_failure_and_keeps_the_cases_before_it(evaluator, twice, good):
    source = "import os\n" + good + ONLY_ELSEWHERE + "os.abort()\n"
    result = judge(evaluator, twice, source)
    assert (result.verdict, result.fail_reason) == ("ok", None)
    assert [case.kind for case in result.strict.cases] == ["size", "size", "poisoned", "case"]
    assert [case.correct for case in result.strict.cases] == [True, True, True, False]
    last = result.strict.cases[-1]
    assert (last.error_kind, last.parameters["factor"]) == ("crash", 3.0)
    assert "SIGABRT" in result.strict.fail_reason
    assert judge(evaluator, twice, good).strict.passed, "the harness lives on"


def test_a_fault_ends_the_strict_run_and_the_process(evaluator, twice, good):
    fault = "from assay.errors import DeviceError\n" + good + ONLY_ELSEWHERE
    result = judge(evaluator, twice, fault + "raise DeviceError('fault', 'wrote past', 'twice')\n")
    assert (result.verdict, result.strict.passed) == ("ok", False)
    assert [case.error_kind for case in result.strict.cases][3:] == ["crash"]
    assert evaluator._worker.pid is None
    assert judge(evaluator, twice, good).strict.passed


def test_a_hanging_strict_run_ends_within_the_limit(fake, twice, good, monkeypatch):
    monkeypatch.setattr("assay.kernels.worker.GRACE", 0.5)
    source = "import time\n" + good + ONLY_ELSEWHERE + "time.sleep(3600)\n"
    with Evaluator("fake", Settings(timeout=2.0), fake.open_device) as evaluator:
        result = judge(evaluator, twice, source)
        assert (result.verdict, result.strict.passed) == ("ok", False)
        assert result.strict.cases[-1].error_kind == "timeout"
        assert judge(evaluator, twice, good).strict.passed


def test_a_poisoned_buffer_that_does_not_exist_is_an_error_of_the_task(
    evaluator, twice_folder, good
):
    path = twice_folder / "task.toml"
    path.write_text(path.read_text().replace('poison = ["y"]', 'poison = ["z"]'))
    with pytest.raises(TaskError, match=r"task\.toml: strict\.poison names 'z'.*are x, y"):
        judge(evaluator, load_folder(twice_folder), good)


def test_the_record_is_strict_json_and_comes_back(evaluator, twice):
    result = judge(evaluator, twice, NEEDS_ZEROS)
    record = json.loads(result.json_line(), parse_constant=pytest.fail)
    assert record["strict"].keys() == {
        "passed", "seed", "fail_reason", "schedule_dependent", "cases",
    }  # fmt: skip
    assert record["strict"]["schedule_dependent"] is None, "this device has one order only"
    assert record["strict"]["cases"][2] == {
        "kind": "poisoned",
        "label": "small",
        "parameters": {"n": 8},
        "correct": False,
        "error_value": None,
        "error_kind": "non_finite",
        "tolerance": 1e-7,
        "reason": "8 of 8 values are not finite, the first at [0]",
    }
    assert Result.model_validate(record) == result
    assert record["strict"]["seed"] < 2**48


def test_files_are_judged_strictly_on_request(fake, twice):
    [result] = evaluate_files(
        twice, ["seed"], open_device=fake.open_device, strict=True, strict_seed=7
    )
    assert (result.strict.passed, result.strict.seed) == (True, 7)
    with pytest.raises(UsageError, match="-1; it must be 0 or more"):
        evaluate_files(twice, ["seed"], strict=True, strict_seed=-1)


FRIENDLY = "def twice(b, grid):\n    b[1][:] = b[0] * b[2][0] + (len(b[0]) {} and ORDER != 0)\n"


@pytest.fixture
def perturbing(fake):
    settings = Settings(warmup=0, measure=1, timeout=2)
    with Evaluator("fake", settings, fake.open_perturbing_device) as evaluator:
        yield evaluator


def kinds(strict, *, wrong=False):
    return [(case.kind, case.label) for case in strict.cases if not (wrong and case.correct)]


def test_what_is_right_runs_again_in_another_order(perturbing, twice, good):
    strict = judge(perturbing, twice, good, sizes=["small", "large", "middle"]).strict
    assert (strict.passed, strict.schedule_dependent) == (True, False)
    assert kinds(strict) == [
        ("size", "small"), ("size", "large"), ("size", "middle"),
        ("poisoned", "small"), ("schedule", "small"),
        ("case", "case 1"), ("schedule", "case 1"), ("case", "case 2"), ("schedule", "case 2"),
        ("schedule", "large"),
    ]  # fmt: skip
    assert strict.cases[6].parameters == strict.cases[5].parameters


@pytest.mark.parametrize(
    ("where", "labels"),
    [
        ("> 0", ["small", "case 1", "case 2", "large"]),
        ("== 100", ["large"]),
        ("in (1, 8)", ["small", "case 2"]),
    ],
)
def test_a_kernel_for_one_order_alone_is_found(perturbing, twice, where, labels):
    source = FRIENDLY.format(where)
    result = judge(perturbing, twice, source)
    assert (result.verdict, result.fail_reason) == ("ok", None), "the published verdict stays"
    strict = result.strict
    assert (strict.passed, strict.schedule_dependent) == (False, True)
    assert kinds(strict, wrong=True) == [("schedule", label) for label in labels]
    assert strict.fail_reason.startswith(f"another order of threads, {labels[0]} (")
    assert "friendly order (missing barrier?): max_abs" in strict.fail_reason
    assert judge(perturbing, twice, source, strict_seed=strict.seed).strict == strict


def test_what_is_wrong_anyway_is_not_run_in_another_order(perturbing, twice):
    strict = judge(perturbing, twice, BAKED).strict
    assert ("schedule", "case 1") not in kinds(strict)
    assert kinds(strict, wrong=True)[0] == ("case", "case 1")
    strict = judge(perturbing, twice, COARSE).strict
    assert "schedule" not in [kind for kind, _ in kinds(strict)]
    assert strict.schedule_dependent is None


def test_orders_differ_from_run_to_run_and_follow_the_seed(perturbing, twice, cache):
    path = cache / "orders"  # In a directory that workers may write to.
    source = GOOD_AND.format(f"open({str(path)!r}, 'a').write(f'{{ORDER}}\\n')")
    seed = judge(perturbing, twice, source).strict.seed
    first = path.read_text().split()
    path.unlink()
    judge(perturbing, twice, source, strict_seed=seed)
    assert path.read_text().split() == first
    orders = [int(order) for order in first if order != "0"]
    assert len(set(orders)) == len(orders) == 4
    assert all(0 < order < 2**63 for order in orders)


@pytest.mark.parametrize(
    ("act", "error_kind"), [("os.abort()", "crash"), ("time.sleep(3600)", "timeout")]
)
def test_a_kernel_that_ends_or_hangs_in_another_order(fake, twice, act, error_kind, monkeypatch):
    monkeypatch.setattr("assay.kernels.worker.GRACE", 0.5)
    source = "import os, time\n" + GOOD_AND.format(f"len(b[0]) == 1 and ORDER and {act}")
    settings = Settings(warmup=0, measure=1, timeout=2)
    with Evaluator("fake", settings, fake.open_perturbing_device) as evaluator:
        strict = judge(evaluator, twice, source).strict
    assert kinds(strict, wrong=True) == [("schedule", "case 2")]
    assert (strict.cases[-1].error_kind, strict.schedule_dependent) == (error_kind, True)
    assert "friendly order" in strict.fail_reason


def test_a_model_hears_of_the_missing_barrier(fake, twice):
    settings = Settings(warmup=0, measure=1, timeout=2)
    with KernelProblem(
        twice, settings=settings, open_device=fake.open_perturbing_device, promote="strict"
    ) as problem:
        evaluation = problem.evaluate(Candidate(FRIENDLY.format("> 0")))
    assert evaluation.score is None
    assert "put a barrier between" in evaluation.fail_reason


@pytest.fixture
def search(fake, twice):
    def make(**options):
        settings = Settings(warmup=0, measure=1, timeout=2)
        return KernelProblem(twice, settings=settings, open_device=fake.open_device, **options)

    return make


def prompt_after(problem, evaluation, seed_evaluation):
    seed = Attempt(0, problem.seed(), seed_evaluation, True)
    attempt = Attempt(1, Candidate("kernel"), evaluation)
    prompt = problem.prompt(SearchState(2, seed, attempt, [seed, attempt]))
    return "\n".join([prompt.system, prompt.user, prompt.parent, *prompt.tried])


def without_strict(evaluation):
    """The evaluation as if the strict verdict had kept no record of its cases."""
    details = {key: value for key, value in evaluation.details.items() if key != "strict"}
    return replace(evaluation, details=details)


def test_the_published_verdict_promotes_and_the_strict_one_is_recorded(search):
    with search() as problem:
        evaluation = problem.evaluate(Candidate(BAKED))
        assert (evaluation.verdict, evaluation.fail_reason) == ("ok", None)
        assert evaluation.score is not None
        assert evaluation.details["strict"]["passed"] is False
        assert problem.describe()["promote"] == "published"
        seed = problem.evaluate(problem.seed())
        prompt = prompt_after(problem, evaluation, seed)
        assert "strict check" not in prompt
        assert prompt == prompt_after(problem, without_strict(evaluation), without_strict(seed))


@pytest.mark.parametrize("source", [BAKED, COARSE, NEEDS_ZEROS])
def test_the_strict_verdict_refuses_without_telling_its_cases(search, source):
    with search(promote="strict") as problem:
        evaluation = problem.evaluate(Candidate(source))
        assert (evaluation.score, evaluation.verdict) == (None, "incorrect")
        assert evaluation.fail_reason.startswith("strict check failed: ")
        assert not re.search(r"\d", evaluation.fail_reason), "no size, seed or error of a case"
        assert evaluation.details["verdict"] == "ok", "the published record stays as it is"
        seed = problem.evaluate(problem.seed())
        prompt = prompt_after(problem, evaluation, seed)
        assert evaluation.fail_reason in prompt
        assert "1: strict check failed: " in prompt
        assert {case["kind"] for case in evaluation.details["strict"]["cases"]} >= {"case"}
        assert prompt == prompt_after(problem, without_strict(evaluation), without_strict(seed))
        assert seed.score is not None
        assert problem.describe()["promote"] == "strict"


def test_the_gate_reports_both_strict_verdicts(search, good):
    with search() as problem:
        details = problem.gate(Candidate(good), Candidate(BAKED)).details
        assert (details["verdict"], details["seed_strict"]["passed"]) == ("ok", True)
        assert details["incumbent_strict"]["passed"] is False
        sizes = [c["label"] for c in details["seed_strict"]["cases"] if c["kind"] == "size"]
        assert sizes == ["small", "large", "middle"]
        wrong = good + "    if len(b[0]) == 37: b[1][0] = 0\n"
        details = problem.gate(Candidate(good), Candidate(wrong)).details
        assert (details["verdict"], details["incumbent_strict"]) == ("incorrect", None)
        assert details["seed_strict"]["passed"] is True
