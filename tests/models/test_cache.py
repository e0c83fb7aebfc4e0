"""Replies kept by content."""

from __future__ import annotations

from assay.models import Prompt, Reply, ScriptedModel, Usage
from assay.models.cache import CachedModel


def _model(calls):
    def answer(prompt):
        calls.append(prompt.iteration)
        return Reply(f"reply {len(calls)}", "m", "thoughts", Usage(1, 2))

    return ScriptedModel(answer)


def _prompt(**changes):
    fields = {"system": "s", "user": "u", "parent": "p", "iteration": 1, **changes}
    return Prompt(**fields)


def test_the_same_question_is_answered_from_the_cache(tmp_path):
    calls = []
    first = CachedModel(_model(calls), {}, 0, tmp_path).complete(_prompt())
    again = CachedModel(_model(calls), {}, 0, tmp_path).complete(_prompt(tried=("x",)))
    assert calls == [1]
    assert (first.cached, again.cached) == (False, True)
    assert (again.text, again.reasoning, again.usage) == ("reply 1", "thoughts", Usage(1, 2))


def test_another_question_is_asked(tmp_path):
    calls = []
    CachedModel(_model(calls), {}, 0, tmp_path).complete(_prompt())
    others = [
        ({}, 1, _prompt()),
        ({"effort": "low"}, 0, _prompt()),
        ({}, 0, _prompt(user="v")),
        ({}, 0, _prompt(system="t")),
        ({}, 0, _prompt(iteration=2)),
        ({}, 0, _prompt(call="01_call01")),
    ]
    for options, seed, prompt in others:
        assert not CachedModel(_model(calls), options, seed, tmp_path).complete(prompt).cached
    assert len(calls) == 1 + len(others)


def test_a_damaged_entry_is_asked_for_again(tmp_path):
    calls = []
    model = CachedModel(_model(calls), {}, 0, tmp_path)
    model.complete(_prompt())
    (entry,) = tmp_path.iterdir()
    entry.write_text('{"text": ')
    assert not model.complete(_prompt()).cached
    assert model.complete(_prompt()).cached
