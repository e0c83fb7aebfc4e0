"""Several children per iteration, duplicates, parents, the control, outages."""

from __future__ import annotations

import json
import shutil
import threading

import pytest

from assay.models.base import ModelError, Reply, Usage
from assay.names import UsageError
from assay.search.budget import Budget
from assay.search.evolve import evolve
from assay.search.problem import Evaluation
from assay.search.run import load_run


class Remote:
    """Answers with a score that grows with the iteration; keeps how many calls overlapped."""

    name = "remote"
    is_remote = True

    def __init__(self, together=1, answer=lambda n: str(float(n))):
        self.barrier = threading.Barrier(together)
        self.answer = answer
        self.calls = []
        self.prompts = {}

    def complete(self, prompt):
        self.calls.append(prompt.iteration)
        self.prompts[prompt.iteration] = prompt.user
        self.barrier.wait(120)
        answer = self.answer(prompt.iteration)
        if isinstance(answer, Exception):
            raise answer
        return Reply(answer, self.name, usage=Usage(1, 1))


def _attempts(folder):
    return load_run(folder)[1].attempts


def test_children_of_one_iteration_are_asked_for_together_and_see_the_same(toy, tmp_path):
    model = Remote(together=3)
    outcome = evolve(toy.ToyProblem(), model, tmp_path / "run", Budget(2), children=3)
    assert sorted(model.calls) == [1, 2, 3, 4, 5, 6]
    assert {model.prompts[n] for n in (1, 2, 3)} == {"beat 1.0; you tried 1.0"}
    later = "beat 3.0; you tried 1.0, 1.0, 2.0, 3.0"
    assert {model.prompts[n] for n in (4, 5, 6)} == {later}
    assert [a.iteration for a in _attempts(tmp_path / "run")] == list(range(7))
    assert outcome.best_score == 6.0


def test_nothing_works_beside_a_timed_evaluation_but_what_is_elsewhere(toy, tmp_path):
    problem, model = toy.ToyProblem(), Remote(together=1)
    problem.times, model.is_remote = True, False
    threads = set()
    evaluate = problem.evaluate
    problem.evaluate = lambda c: threads.add(threading.active_count()) or evaluate(c)
    before = threading.active_count()
    evolve(problem, model, tmp_path / "run", Budget(2), children=2)
    assert threads == {before}


def test_judgement_follows_the_numbers_whatever_arrives_first(toy, tmp_path):
    model = Remote(together=2)
    gate = threading.Event()

    def answer(number):
        if number == 1:
            gate.wait(120)
        else:
            gate.set()
        return str(float(number))

    model.answer = answer
    evolve(toy.ToyProblem(), model, tmp_path / "run", Budget(1), children=2)
    assert [a.candidate.source for a in _attempts(tmp_path / "run")] == ["1.0", "1.0", "2.0"]
    lines = (tmp_path / "run" / "events.jsonl").read_text().splitlines()
    replies = [json.loads(line)["iteration"] for line in lines if '"replied"' in line]
    assert replies == [2, 1]


def test_a_kill_after_any_event_repeats_only_calls_in_flight(toy, tmp_path):
    reference = tmp_path / "reference"
    evolve(toy.ToyProblem(), Remote(together=2), reference, Budget(3), children=2)
    lines = (reference / "events.jsonl").read_text().splitlines()
    for count in range(len(lines) + 1):
        folder = tmp_path / str(count)
        folder.mkdir()
        shutil.copy(reference / "run.json", folder)
        (folder / "events.jsonl").write_text("".join(f"{line}\n" for line in lines[:count]))
        answered = {json.loads(line)["iteration"] for line in lines[:count] if '"replied"' in line}
        model = Remote()
        evolve(toy.ToyProblem(), model, folder, Budget(3), children=2)
        assert sorted(model.calls) == sorted(set(range(1, 7)) - answered)
        ours, theirs = _attempts(folder), _attempts(reference)
        assert ours == theirs


def test_a_call_that_stops_the_run_does_not_lose_the_others(toy, tmp_path):
    problem = ModelError("configuration", "set KEY")
    model = Remote(together=3, answer=lambda n: problem if n == 1 else str(float(n)))
    outcome = evolve(toy.ToyProblem(), model, tmp_path / "run", Budget(1), children=3)
    assert outcome.error == "set KEY"
    assert sorted(load_run(tmp_path / "run")[1].pending) == [2, 3]
    again = Remote()
    assert evolve(toy.ToyProblem(), again, tmp_path / "run", Budget(1), children=3).complete
    assert again.calls == [1]


def test_limits_hold_for_calls_in_flight(toy, tmp_path):
    model = Remote(together=2)
    evolve(toy.ToyProblem(), model, tmp_path / "run", Budget(9, max_calls=2), children=4)
    assert sorted(model.calls) == [1, 2]


class Plain:
    """The toy problem without a fingerprint of its own."""

    def __init__(self, toy):
        self._toy = toy.ToyProblem()
        self.evaluated = self._toy.evaluated

    def __getattr__(self, name):
        if name == "fingerprint":
            raise AttributeError(name)
        return getattr(self._toy, name)


def test_the_same_candidate_twenty_times_is_evaluated_once(toy, tmp_path):
    problem = Plain(toy)
    script = tuple("2.0" + " " * (n % 3) + "\n" * (n % 2) for n in range(20))
    outcome = evolve(problem, toy.ToyModel(script), tmp_path / "run", Budget(20))
    assert [source.strip() for source in problem.evaluated] == ["1.0", "2.0"]
    attempts = _attempts(tmp_path / "run")
    assert [a.duplicate_of for a in attempts] == [None, None] + [1] * 19
    assert {a.score for a in attempts[1:]} == {2.0}
    assert [a.iteration for a in attempts if a.promoted] == [0, 1]
    assert outcome.iterations == 20


def test_a_duplicate_is_known_after_a_resume(toy, tmp_path):
    evolve(Plain(toy), toy.ToyModel(("2.0",) * 4), tmp_path / "run", Budget(2))
    problem = Plain(toy)
    evolve(problem, toy.ToyModel(("2.0",) * 4), tmp_path / "run", Budget(4))
    assert problem.evaluated == []


def test_the_parent_may_be_the_surest_instead_of_the_luckiest(toy, tmp_path):
    problem = toy.ToyProblem()
    low = {"1.0": 0.9, "3.0": 1.0, "2.0": 1.9}
    problem.evaluate = lambda c: Evaluation(float(c.source), "ok", low=low.get(c.source))
    script = ("3.0", "2.0", "1.5")
    outcome = evolve(
        problem, toy.ToyModel(script), tmp_path / "run", Budget(3), parent="lower-bound"
    )
    assert [s.incumbent.iteration for s in problem.states] == [0, 1, 2]
    assert outcome.incumbent.iteration == 1


def test_best_of_n_samples_the_first_prompt(toy, tmp_path):
    problem = toy.ToyProblem()
    model = toy.ToyModel(("2.0", "4.0", "3.0"))
    outcome = evolve(problem, model, tmp_path / "run", Budget(3), control="best-of-n")
    assert [len(state.history) for state in problem.states] == [1, 1, 1]
    prompts = {(tmp_path / "run" / f"{n:02d}_prompt.md").read_text() for n in (1, 2, 3)}
    assert len(prompts) == 1
    assert (outcome.incumbent.iteration, outcome.best_score) == (2, 4.0)


def test_three_outages_in_a_row_stop_the_run_without_a_gate(toy, tmp_path):
    down = ModelError("network", "connection refused")
    model = toy.ToyModel(("2.0", *[down] * 9))
    outcome = evolve(toy.ToyProblem(), model, tmp_path / "run", Budget(10))
    assert (outcome.stopped_because, outcome.gate) == ("network", None)
    assert outcome.error == "connection refused (3 calls in a row failed)"
    assert model.calls == [1, 2, 3, 4]
    up = toy.ToyModel(("2.0",) * 10)
    assert evolve(toy.ToyProblem(), up, tmp_path / "run", Budget(10)).complete
    assert up.calls == [5, 6, 7, 8, 9, 10]


def test_a_search_without_any_candidate_has_no_result(toy, tmp_path):
    outcome = evolve(toy.ToyProblem(), toy.ToyModel(("no code",) * 2), tmp_path / "r", Budget(2))
    assert not outcome.complete and outcome.gate is None
    assert outcome.error.endswith("was skipped; the last one: the reply holds no candidate")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"children": 0}, "children is 0"),
        ({"children": 2, "rule": "replace"}, "takes --children 1"),
        ({"parent": "lower"}, "did you mean 'lower-bound'"),
        ({"control": "best"}, "did you mean 'best-of-n'"),
        ({"rule": "paired"}, "which toy does not offer"),
    ],
)
def test_impossible_settings_are_refused(toy, tmp_path, settings, message):
    with pytest.raises(UsageError, match=message):
        evolve(toy.ToyProblem(), toy.ToyModel(), tmp_path / "run", Budget(1), **settings)
    assert not (tmp_path / "run").exists()
