from __future__ import annotations

import itertools
import json
import time
from dataclasses import replace

import pytest

from assay.models.base import ModelError
from assay.names import UsageError
from assay.search import run as run_module
from assay.search.budget import Budget
from assay.search.errors import RunFolderError, SeedError
from assay.search.evolve import evolve, run_gate
from assay.search.observer import Observer
from assay.search.run import load_run


def test_promotions_follow_the_published_rule(toy, tmp_path):
    problem, model = toy.ToyProblem(), toy.ToyModel()
    outcome = evolve(problem, model, tmp_path / "run", Budget(12))

    _, state = load_run(tmp_path / "run")
    assert [a.iteration for a in state.attempts] == list(range(13))
    assert [a.iteration for a in state.attempts if a.promoted] == toy.PROMOTED
    assert [a.evaluation and a.evaluation.score for a in state.attempts] == toy.SCORES
    assert [a.iteration for a in state.attempts if a.candidate is None] == toy.SKIPPED
    assert (outcome.seed_score, outcome.best_score) == (1.0, 2.5)
    assert (outcome.iterations, outcome.new_iterations, outcome.skipped) == (12, 12, 2)
    assert outcome.incumbent.iteration == 12
    assert outcome.stopped_because == "iterations"
    assert outcome.complete and outcome.error is None


def test_the_previous_attempt_is_the_last_candidate_promoted_or_not(toy, tmp_path):
    problem = toy.ToyProblem()
    evolve(problem, toy.ToyModel(), tmp_path / "run", Budget(12))

    assert [s.iteration for s in problem.states] == list(range(1, 13))
    assert [s.previous.iteration for s in problem.states] == [0, 1, 2, 3, 3, 3, 6, 7, 8, 9, 10, 11]
    assert [s.incumbent.iteration for s in problem.states] == [0, 0, 2, 2, 2, 2, 2, 2, 2, 9, 9, 9]
    assert [len(s.history) for s in problem.states] == list(range(1, 13))


def test_skipped_iterations_say_why(toy, tmp_path):
    evolve(toy.ToyProblem(), toy.ToyModel(), tmp_path / "run", Budget(5))

    attempts = load_run(tmp_path / "run")[1].attempts
    assert attempts[4].skip_reason == "server: the server is down"
    assert attempts[5].skip_reason == "the reply holds no candidate"


@pytest.mark.parametrize("kind", ["truncated", "refused", "rate_limit", "timeout", "network"])
def test_transient_failures_cost_one_iteration_and_no_retry(toy, tmp_path, kind):
    model = toy.ToyModel((ModelError(kind, "sorry"), "3.0"))
    outcome = evolve(toy.ToyProblem(), model, tmp_path / "run", Budget(2))
    assert model.calls == [1, 2]
    assert (outcome.best_score, outcome.skipped, outcome.complete) == (3.0, 1, True)


def test_a_configuration_error_stops_the_run_before_the_gate_and_can_be_resumed(toy, tmp_path):
    problem = toy.ToyProblem()
    model = toy.ToyModel(("2.0", ModelError("configuration", "set TOY_KEY")))
    outcome = evolve(problem, model, tmp_path / "run", Budget(2))

    assert not outcome.complete
    assert (outcome.stopped_because, outcome.error) == ("configuration", "set TOY_KEY")
    assert (outcome.iterations, outcome.gate, problem.gated) == (1, None, [])

    repaired = toy.ToyModel(("unused", "3.0"))
    outcome = evolve(problem, repaired, tmp_path / "run", Budget(2))
    assert repaired.calls == [2]
    assert outcome.complete and outcome.best_score == 3.0


@pytest.mark.parametrize(("source", "reason"), [("broken", "it is broken"), ("nan", "nan")])
def test_a_seed_without_score_ends_the_run_before_any_call(toy, tmp_path, source, reason):
    model = toy.ToyModel()
    with pytest.raises(SeedError, match=reason):
        evolve(toy.ToyProblem(source), model, tmp_path / "run", Budget(3))
    assert model.calls == []
    assert (tmp_path / "run" / "00_result.json").exists()


def test_a_seed_that_failed_is_judged_again(toy, tmp_path):
    problem = toy.ToyProblem()
    works, problem.evaluate = (
        problem.evaluate,
        lambda candidate: replace(
            toy.ToyProblem().evaluate(candidate), score=None, fail_reason="device lost"
        ),
    )
    with pytest.raises(SeedError, match="device lost"):
        evolve(problem, toy.ToyModel(), tmp_path / "run", Budget(1))
    problem.evaluate = works
    assert evolve(problem, toy.ToyModel(), tmp_path / "run", Budget(1)).seed_score == 1.0
    assert json.loads((tmp_path / "run" / "00_result.json").read_text())["score"] == 1.0


def test_scores_that_are_not_finite_are_no_scores(toy, tmp_path):
    evolve(toy.ToyProblem(), toy.ToyModel(), tmp_path / "run", Budget(10))
    attempts = load_run(tmp_path / "run")[1].attempts
    for iteration, word in ((7, "nan"), (10, "inf")):
        assert attempts[iteration].evaluation.score is None
        assert attempts[iteration].evaluation.fail_reason == (
            f"the score is {word}, not a finite number"
        )


def test_the_gate_runs_once_on_seed_and_incumbent(toy, tmp_path):
    problem = toy.ToyProblem()
    for _ in range(2):
        outcome = evolve(problem, toy.ToyModel(), tmp_path / "run", Budget(2))
        assert outcome.gate.outcome == "generalises"
        assert outcome.gate.details == {"ratio": None}
    assert problem.gated == [("1.0", "2.0")]
    assert outcome.new_iterations == 0


def test_more_iterations_extend_a_finished_run_and_gate_it_again(toy, tmp_path):
    evolve(toy.ToyProblem(), toy.ToyModel(), tmp_path / "run", Budget(10))
    problem, model = toy.ToyProblem(), toy.ToyModel()
    outcome = evolve(problem, model, tmp_path / "run", Budget(12))

    assert model.calls == [11, 12]
    assert problem.evaluated == ["2.0", "2.5"]
    assert problem.gated == [("1.0", "2.5")]
    assert (outcome.iterations, outcome.new_iterations) == (12, 2)
    assert json.loads((tmp_path / "run" / "gate.json").read_text())["iterations"] == 12


def test_fewer_iterations_than_done_change_nothing(toy, tmp_path):
    evolve(toy.ToyProblem(), toy.ToyModel(), tmp_path / "run", Budget(3))
    log = (tmp_path / "run" / "events.jsonl").read_bytes()
    outcome = evolve(toy.ToyProblem(), toy.ToyModel(), tmp_path / "run", Budget(1))
    assert (outcome.iterations, outcome.new_iterations) == (3, 0)
    assert (tmp_path / "run" / "events.jsonl").read_bytes() == log


def test_no_iterations_measure_the_seed_and_gate_it(toy, tmp_path):
    problem, model = toy.ToyProblem(), toy.ToyModel()
    outcome = evolve(problem, model, tmp_path / "run", Budget(0))
    assert (model.calls, problem.gated) == ([], [("1.0", "1.0")])
    assert outcome.incumbent.iteration == 0


def test_negative_iterations_are_refused():
    with pytest.raises(UsageError, match="-1"):
        Budget(-1)


def test_the_gate_can_be_run_again_by_itself(toy, tmp_path):
    evolve(toy.ToyProblem(), toy.ToyModel(), tmp_path / "run", Budget(2))
    problem = toy.ToyProblem()
    assert run_gate(problem, tmp_path / "run").passed
    assert problem.gated == [("1.0", "2.0")]
    problem = toy.ToyProblem()
    evolve(problem, toy.ToyModel(), tmp_path / "run", Budget(2))
    assert problem.gated == []


def test_the_gate_by_itself_does_not_lose_a_reply_that_waits(toy, tmp_path):
    problem = toy.ToyProblem()
    problem.evaluate = _interrupt_at(problem.evaluate, "2.0")
    with pytest.raises(KeyboardInterrupt):
        evolve(problem, toy.ToyModel(), tmp_path / "run", Budget(2))
    run_gate(toy.ToyProblem(), tmp_path / "run")
    model = toy.ToyModel()
    assert evolve(toy.ToyProblem(), model, tmp_path / "run", Budget(2)).best_score == 2.0
    assert model.calls == []


def test_the_gate_needs_a_run_with_a_seed(toy, tmp_path):
    with pytest.raises(RunFolderError, match=r"run\.json"):
        run_gate(toy.ToyProblem(), tmp_path)
    with pytest.raises(SeedError):
        evolve(toy.ToyProblem("broken"), toy.ToyModel(), tmp_path / "run", Budget(2))
    with pytest.raises(RunFolderError, match="no score yet"):
        run_gate(toy.ToyProblem("broken"), tmp_path / "run")


def _identity(value):
    return getattr(value, "iteration", getattr(value, "calls", value))


def test_the_observer_hears_each_step_in_order(toy, tmp_path):
    heard = []

    class Recorder(Observer):
        def __getattribute__(self, name):
            return lambda *values: heard.append((name, _identity(values[0]) if values else None))

    evolve(
        toy.ToyProblem(),
        toy.ToyModel(("2.0", "no code")),
        tmp_path / "run",
        Budget(2),
        observer=Recorder(),
    )
    report = heard.pop()
    assert report[0] == "gated" and report[1].outcome == "generalises"
    assert heard == [
        ("started", tmp_path / "run"),
        ("evaluating", 0),
        ("evaluated", 0),
        ("prompting", 1),
        ("replied", 1),
        ("spent", 1),
        ("evaluating", 1),
        ("evaluated", 1),
        ("promoted", 1),
        ("prompting", 2),
        ("replied", 2),
        ("spent", 2),
        ("skipped", 2),
        ("gating", None),
    ]


def test_the_observer_methods_do_nothing_by_default(toy, tmp_path):
    outcome = evolve(
        toy.ToyProblem(), toy.ToyModel(), tmp_path / "run", Budget(5), observer=Observer()
    )
    assert outcome.complete


def test_the_cost_of_an_iteration_is_small_and_does_not_grow(toy, tmp_path, monkeypatch):
    iterations, marks, written = 300, [], []
    reads = []
    write, read = run_module.write_atomically, run_module.read_log
    monkeypatch.setattr(
        run_module,
        "write_atomically",
        lambda path, *rest: (written.append(path), write(path, *rest)),
    )
    monkeypatch.setattr(run_module, "read_log", lambda path: reads.append(path) or read(path))

    class Problem(toy.ToyProblem):
        def prompt(self, state):
            marks.append((time.process_time(), len(written)))
            return replace(super().prompt(replace(state, history=state.history[-8:])), tried=())

    model = toy.ToyModel(tuple(str(1 + n % 7) for n in range(iterations)))
    evolve(Problem(), model, tmp_path / "run", Budget(iterations))

    seconds = [b[0] - a[0] for a, b in itertools.pairwise(marks)]
    files = [b[1] - a[1] for a, b in itertools.pairwise(marks)]
    early, late = min(seconds[:100]), min(seconds[-100:])
    assert late < 5e-3
    assert late < 2 * early + 1e-3
    assert max(files) <= 7
    assert len(reads) == 1
    names = [path.name for path in written]
    assert names.count("history.json") == names.count("summary.json") == 1


def _interrupt_at(evaluate, source):
    def interrupted(candidate):
        if candidate.source == source:
            raise KeyboardInterrupt
        return evaluate(candidate)

    return interrupted
