"""A Python callable as a model."""

from __future__ import annotations

import pytest

from assay.models import ModelError, Prompt, Reply, ScriptedModel, Usage

PROMPT = Prompt(system="s", user="u", parent="p", iteration=3)


def test_text_becomes_a_reply():
    model = ScriptedModel(lambda prompt: f"{prompt.user} {prompt.iteration}")
    assert model.complete(PROMPT) == Reply("u 3", "scripted")


def test_reply_is_passed_on():
    reply = Reply("t", "m", "because", Usage(1, 2))
    assert ScriptedModel(lambda prompt: reply, name="mine").complete(PROMPT) is reply


def test_errors_are_passed_on():
    def fail(prompt):
        raise ModelError("server", "out of order")

    with pytest.raises(ModelError, match="out of order"):
        ScriptedModel(fail).complete(PROMPT)
