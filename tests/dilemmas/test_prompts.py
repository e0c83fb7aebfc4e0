"""What models are told: everything they need, and nothing of the seeds that judge them."""

from __future__ import annotations

import re

import pytest

from assay.dilemmas import GAMES, make
from assay.dilemmas.loading import load_policy
from assay.dilemmas.policy_names import hidden
from assay.dilemmas.problem import DilemmaProblem, Settings
from assay.dilemmas.prompts import Past, system_prompt, user_prompt
from assay.dilemmas.seeds import split
from assay.dilemmas.selfplay import Arena, Match
from assay.dilemmas.static_check import violations
from assay.search.problem import Attempt, Candidate, Evaluation, SearchState

MEANS = {
    "mean_return": 12.5, "efficiency": 0.125, "equality_published": -0.5,
    "sustainability": 432.1, "peace": 9.8, "maximin": -77.7, "equality": None,
}  # fmt: skip
PAST = [Past(1, "def policy(env, agent_id):\n    return 1\n", MEANS), Past(2, "", {}, "it broke")]


@pytest.fixture(params=sorted(GAMES))
def env(request):
    env = make(request.param)
    env.reset(0)
    return env


def test_every_name_that_is_offered_exists(env):
    text = system_prompt(env)
    view = env.view()
    assert not re.search(r"[{}]", re.sub(r"```.*?```", "", text, flags=re.DOTALL))
    for name in set(re.findall(r"\benv\.(\w+)", text)):
        assert hasattr(view, name), name
        assert not hidden(name)


def test_the_example_is_a_policy(env):
    text = system_prompt(env)
    (example,) = re.findall(r"## Example\n\n```python\n(.*?)```", text, re.DOTALL)
    assert violations(example) == []
    with Arena() as arena:
        match = Match(env.spec.name, env.n_agents, max_steps=40)
        (episode,) = arena.self_play(match, example, [0])
    # In Production Economy nothing pays before a tool is made: gathering is what it is to show.
    assert episode.totals.sum() > 0 or episode.events["gathered"].sum() > 0


def test_the_helpers_that_are_offered_exist(env):
    text = system_prompt(env)
    offered = text.partition("## Helpers")[2].partition("## Example")[0]
    for name in re.findall(r"- `(\w+)\(", offered):
        source = f"x = {name}\ndef policy(env, agent_id):\n    return 0\n"
        load_policy(source, env.spec.kind)


def test_sparse_feedback_is_the_mean_reward_alone(env):
    sparse = user_prompt(env, "sparse", PAST[0], PAST)
    assert "mean reward per agent 12.5" in sparse and "failed: it broke" in sparse
    for word in ("0.125", "-0.5", "432.1", "9.8", "efficiency", "equality"):
        assert word not in sparse
    dense = user_prompt(env, "dense", PAST[0], PAST)
    for word in ("0.125", "-0.500", "432.1", "9.8", "efficiency", "equality"):
        assert word in dense
    for text in (sparse, dense):
        assert "-77.7" not in text and "maximin" not in text
        assert PAST[0].source.strip() in text


def test_the_seeds_are_apart():
    search, hidden_seeds = split(50)
    groups = [search.training, search.validation, hidden_seeds.test]
    assert sum(map(len, groups)) == len(set().union(*groups)) == 200
    assert search.training == tuple(range(50))


class Session:
    iteration, seed = 1, 0

    def __init__(self, *replies):
        self.withheld = []
        self.prompts = []
        self.replies = list(replies)

    def withhold(self, details):
        self.withheld.append(details)

    def ask(self, prompt):
        from assay.models.base import Reply

        self.prompts.append(prompt)
        return Reply(self.replies.pop(0), "test")


@pytest.fixture(scope="module")
def problem():
    match = Match("cleanup_small", 3, max_steps=30)
    with DilemmaProblem(match, Settings(seeds=2, start="greedy")) as problem:
        yield problem


def fenced(body):
    return f"Because.\n```python\ndef policy(env, agent_id):\n    {body}\n```"


def test_no_prompt_holds_anything_of_validation_or_test(problem):
    """Numbers that only hidden seeds give are searched in all that a prompt is made of."""
    session = Session()
    source = "def policy(env, agent_id):\n    return 8 if env._step_count % 3 else 2\n"
    candidate = Candidate(source)
    evaluation = problem.evaluate_with(candidate, session)
    assert evaluation.score == session.withheld[0]["validation"]["metrics"]["efficiency"]["mean"]
    seed = Attempt(0, problem.seed(), problem.evaluate_with(problem.seed(), session), True)
    marked = Evaluation(123.456789, "ok", None, evaluation.details)
    attempt = Attempt(1, candidate, marked, True)
    state = SearchState(2, attempt, attempt, (seed, attempt))
    prompt = problem.prompt(state)
    text = prompt.system + prompt.user
    assert "123.45" not in text
    for number in ("1000", "1001", "1000000", "1000001"):
        assert not re.search(rf"\b{number}\b", text)
    assert "validation" not in text and "test" not in text.split()


def test_a_first_policy_is_written_unaided(problem):
    seed = Attempt(0, problem.seed(), problem.evaluate_with(problem.seed(), Session()), True)
    prompt = problem.prompt(SearchState(1, seed, seed, (seed,)))
    assert "There is no earlier policy" in prompt.user
    assert "Results so far" not in prompt.user


def test_a_reply_is_repaired_with_all_errors_so_far(problem):
    seed = Attempt(0, problem.seed(), problem.evaluate_with(problem.seed(), Session()), True)
    request = problem.prompt(SearchState(1, seed, seed, (seed,)))
    session = Session(fenced("return 1 // 0"), fenced("return 7"))
    candidate = problem.extract_with("I would rather talk.", request, session)
    assert candidate.source == "def policy(env, agent_id):\n    return 7"
    first, second = session.prompts
    assert first.user.startswith(request.user) and "no fenced block" in first.user
    assert second.user.startswith(first.user) and "ZeroDivisionError" in second.user
    assert "line 2" in second.user


def test_after_three_replies_it_is_left_at_that(problem):
    seed = Attempt(0, problem.seed(), problem.evaluate_with(problem.seed(), Session()), True)
    request = problem.prompt(SearchState(1, seed, seed, (seed,)))
    session = Session(fenced("return None"), fenced("return 99"), fenced("return 7"))
    candidate = problem.extract_with(fenced("import os"), request, session)
    assert "return 99" in candidate.source and len(session.replies) == 1
    evaluation = problem.evaluate_with(candidate, Session())
    assert (evaluation.score, evaluation.verdict) == (None, "action")
    assert problem.extract_with("No.", request, Session("No.", "No.")) is None
