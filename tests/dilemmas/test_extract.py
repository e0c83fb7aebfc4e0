from __future__ import annotations

import ast

import pytest

from assay.dilemmas.extract import extract_policy

# These two keep the closing fence in the published extraction, and so are no Python any more.
BETTER = {"py_tag", "capital"}


def test_recorded_cases(traces):
    cases = traces["response_extraction_cases"]
    assert len(cases) == 10
    for case in cases:
        found = extract_policy(case["response"])
        if case["name"] in BETTER:
            assert found == case["extracted"].removesuffix("\n```")
            ast.parse(found)
        else:
            assert found == case["extracted"], case["name"]


@pytest.mark.parametrize(
    "reply",
    [
        "Two.\n```\ndef policy(env, agent_id):\n    return 1\n```\n"
        "```python\ndef policy(env, agent_id):\n    return 2\n```",
        "```python\nx = 1\n```\n```PY\ndef policy(env, agent_id):\n    return 2\n```",
        "  ```python\ndef policy(env, agent_id):\n    return 2\n  ```",
        "```json\n{}\n```\ndef policy(env, agent_id):\n    a = 1\n    return 2\n```\nmore",
    ],
)
def test_the_block_that_is_meant(reply):
    source = extract_policy(reply)
    assert source is not None
    names: dict = {}
    exec(source, names)
    assert names["policy"](None, 0) == 2


@pytest.mark.parametrize("reply", ["", "I cannot.", "```python\nx = 1\n```", "```"])
def test_no_policy(reply):
    assert extract_policy(reply) is None
