"""Limits: each ends the search cleanly, holds over a resume, and refuses what it cannot keep."""

from __future__ import annotations

import json
import shutil

import pytest

from assay.models.base import ModelError, Reply, Usage
from assay.models.prices import FREE, Price
from assay.names import UsageError
from assay.search.budget import Budget
from assay.search.evolve import evolve
from assay.search.run import load_run
from assay.search.spending import Spending, Stopwatch

NUMBERS = tuple(str(float(n)) for n in range(2, 40))
PRICE = Price(1.0, 10.0)  # 3 tokens in, 4 out: 43 millionths of a dollar per call of the toy model.


def _run(toy, folder, budget, script=NUMBERS, **options):
    model = toy.ToyModel(script)
    return evolve(toy.ToyProblem(), model, folder, budget, price=PRICE, **options), model


@pytest.mark.parametrize(
    ("limits", "calls", "reason"),
    [
        ({"max_calls": 3}, 3, "max-calls"),
        ({"max_tokens": 15}, 3, "max-tokens"),
        ({"max_usd": 100e-6}, 3, "max-usd"),
        ({"max_time": 0.0}, 0, "max-time"),
        ({"max_calls": 30}, 20, "iterations"),
    ],
)
def test_each_limit_ends_the_search_after_the_gate(toy, tmp_path, limits, calls, reason):
    outcome, model = _run(toy, tmp_path / "run", Budget(20, **limits))
    assert (outcome.stopped_because, outcome.complete) == (reason, True)
    assert len(model.calls) == outcome.iterations == calls
    assert outcome.gate is not None
    assert json.loads((tmp_path / "run" / "summary.json").read_text())["spent"] == {
        "calls": calls,
        "input_tokens": 3 * calls,
        "output_tokens": 4 * calls,
        "usd": pytest.approx(43e-6 * calls),
    }


def test_limits_count_what_earlier_processes_spent(toy, tmp_path):
    """A run cut off after every event in turn makes as many calls as one that was not."""
    whole, _ = _run(toy, tmp_path / "whole", Budget(20, max_calls=4))
    lines = (tmp_path / "whole" / "events.jsonl").read_text().splitlines()
    for count in range(len(lines) + 1):
        folder = tmp_path / str(count)
        folder.mkdir()
        shutil.copy(tmp_path / "whole" / "run.json", folder)
        (folder / "events.jsonl").write_text("".join(f"{line}\n" for line in lines[:count]))
        answered = sum('"replied"' in line for line in lines[:count])
        outcome, model = _run(toy, folder, Budget(20, max_calls=4))
        assert len(model.calls) == 4 - answered
        assert (outcome.iterations, outcome.best_score) == (whole.iterations, whole.best_score)
        assert outcome.spending == whole.spending


def test_a_reply_that_was_paid_for_is_judged_though_the_limit_is_reached(toy, tmp_path):
    problem = toy.ToyProblem()
    problem.evaluate = _interrupted(problem.evaluate, "3.0")
    with pytest.raises(KeyboardInterrupt):
        evolve(problem, toy.ToyModel(NUMBERS), tmp_path / "run", Budget(9, max_calls=2))
    outcome, model = _run(toy, tmp_path / "run", Budget(9, max_calls=2))
    assert (model.calls, outcome.best_score) == ([], 3.0)


def _interrupted(evaluate, source):
    def evaluate_once(candidate):
        if candidate.source == source:
            raise KeyboardInterrupt
        return evaluate(candidate)

    return evaluate_once


def test_the_price_of_the_start_holds_for_good(toy, tmp_path):
    _run(toy, tmp_path / "run", Budget(2))
    dearer = Price(100.0, 100.0)
    outcome = evolve(
        toy.ToyProblem(), toy.ToyModel(NUMBERS), tmp_path / "run", Budget(3), price=dearer
    )
    assert outcome.spending.known_usd == pytest.approx(3 * 43e-6)


def test_an_unknown_price_is_unknown_and_no_zero(toy, tmp_path):
    outcome = evolve(toy.ToyProblem(), toy.ToyModel(NUMBERS), tmp_path / "run", Budget(2))
    assert outcome.spending.known_usd is None
    assert load_run(tmp_path / "run")[1].spending.unpriced == 2
    with pytest.raises(UsageError, match=r"--max-usd cannot be kept: the price of toy-model"):
        evolve(toy.ToyProblem(), toy.ToyModel(), tmp_path / "other", Budget(2, max_usd=1.0))


def test_a_limit_on_tokens_that_nobody_counts_ends_the_run_and_says_so(toy, tmp_path):
    script = (Reply("2.0", "m"), Reply("3.0", "m"))
    model = toy.ToyModel(script)
    model.complete = lambda prompt: script[prompt.iteration - 1]
    outcome = evolve(
        toy.ToyProblem(), model, tmp_path / "run", Budget(2, max_tokens=100), price=PRICE
    )
    assert outcome.iterations == 1
    assert outcome.stopped_because == "max-tokens (the model does not tell its tokens)"


def test_failed_calls_count_with_what_they_used(toy, tmp_path):
    error = ModelError("truncated", "cut off")
    error.usage, error.calls = Usage(10, 20), 2
    outcome, _ = _run(toy, tmp_path / "run", Budget(2), (error, "2.0"))
    assert (outcome.spending.calls, outcome.spending.tokens) == (3, 37)
    assert outcome.spending.known_usd == pytest.approx((10 + 200 + 43) * 1e-6)


def test_replies_from_the_cache_cost_nothing():
    spending = Spending(PRICE)
    spending.add_reply(Reply("x", "m", usage=Usage(5, 5), cached=True))
    assert (spending.calls, spending.tokens, spending.known_usd) == (0, 0, 0.0)


def test_a_price_that_ends_with_long_prompts_is_unknown_beyond():
    assert Price(1.0, 1.0, up_to=10).of(Usage(10, 10)) == pytest.approx(20e-6)
    assert Price(1.0, 1.0, up_to=10).of(Usage(11, 10)) is None
    assert FREE.of(Usage()) == 0


def test_time_between_two_processes_does_not_count():
    watch = Stopwatch()
    watch.start("2026-01-01T00:00:00.000+00:00")
    watch.tick("2026-01-01T00:00:10.000+00:00")
    watch.start("2026-01-01T08:00:00.000+00:00")
    assert watch.seconds("2026-01-01T08:00:05.500+00:00") == 15.5
    # A clock that was set back takes nothing away.
    watch.tick("2026-01-01T07:00:00.000+00:00")
    assert watch.logged() == 10


@pytest.mark.parametrize("limits", [{"max_calls": -1}, {"max_usd": float("nan")}])
def test_impossible_limits_are_refused(limits):
    with pytest.raises(UsageError, match="must be 0 or more"):
        Budget(1, **limits)
