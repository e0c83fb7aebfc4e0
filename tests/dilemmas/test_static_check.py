from __future__ import annotations

import pytest

from assay.dilemmas.static_check import violations

HEAD = "def policy(env, agent_id):\n"

# What the published check reports as well.
PUBLISHED = {"import_os", "eval_call", "globals_call", "syntax"}
# What the published evaluation finds out later, or never.
EARLIER = {
    "import_math", "import_collections_inside", "type_annotations_Optional", "aliased_eval",
    "getattr_builtins", "globals_import", "subclasses", "no_policy", "async_def",
    "step_env", "rng_reseed",
}  # fmt: skip


def test_the_recorded_probes(traces):
    sources = traces["validation_probes"]["probe_sources"]
    rejected = {name for name, source in sources.items() if violations(source)}
    assert rejected == PUBLISHED | EARLIER
    # A method called open is no way to a file.
    assert "open_attr_method" in sources.keys() - rejected


@pytest.mark.parametrize(
    ("body", "line", "words"),
    [
        ("    import math\n    return 7\n", 2, "np and deque are there"),
        ("    return eval('7')\n", 2, "'eval' is not available"),
        ("    x = env.__class__\n    return 7\n", 2, "'__class__'"),
        (
            "    y = 1\n    env.waste[0, 0] = False\n    return 7\n",
            3,
            "env.waste cannot be written",
        ),
        ("    env.n_agents = 3\n    return 7\n", 2, "env.n_agents cannot be set"),
        ("    env.agent_pos[0][1] += 1\n    return 7\n", 2, "env.agent_pos cannot be written"),
        ("    del env.rng\n    return 7\n", 2, "env.rng cannot be set"),
        ("    return 7)\n", 2, "syntax error"),
    ],
)
def test_each_reason_has_its_line(body, line, words):
    first = violations(HEAD + body)[0]
    assert first.line == line
    assert words in first.reason


@pytest.mark.parametrize(
    "source",
    [
        HEAD + "    return int(np.argmax(env.apple_alive)) % 8\n",
        "policy = lambda env, agent_id: 7\n",
        "class Plan:\n    def __init__(self):\n        self.open = 1\n" + HEAD + "    return 7\n",
        "def helper(x):\n    input = x\n    return input\n" + HEAD + "    return helper(7)\n",
        HEAD + "    x = {}\n    x[0] = env.agent_pos\n    x[0] = 1\n    return 7\n",
        HEAD + "    policy.memory = 1\n    return 7\n",
    ],
)
def test_what_policies_may_do(source):
    assert violations(source) == []


def test_an_endless_source_is_rejected():
    assert "characters" in violations("#" * 300_000)[0].reason
    assert violations("x = " + "-" * 100_000 + "1")
    assert violations("x = 1\0")
