"""The prompt optimiser as a baseline: its calls are the run's calls."""

from __future__ import annotations

import pytest

from assay.dilemmas.problem import Settings
from assay.dilemmas.selfplay import Match
from assay.models.base import Reply
from assay.search.budget import Budget
from assay.search.evolve import evolve
from assay.search.run import load_run

pytest.importorskip("gepa", reason="needs the extra gepa")

from assay.dilemmas.gepa_baseline import GepaProblem

IDLE = "def policy(env, agent_id):\n    return 7\n"
GREEDY = (
    "def policy(env, agent_id):\n    step = bfs_nearest_apple(env, agent_id)\n"
    "    if step is None:\n        return 7\n"
    "    return direction_to_action(step[0], step[1], int(env.agent_orient[agent_id]))\n"
)


class Obedient:
    """Collects apples only where the instructions are its own improved ones."""

    name = "obedient"

    def __init__(self):
        self.calls = []

    def complete(self, prompt):
        self.calls.append(prompt)
        if prompt.system == "You improve instructions.":
            return Reply("```\nCollect apples.\n```", self.name)
        policy = GREEDY if prompt.system == "Collect apples." else IDLE
        return Reply(f"So.\n```python\n{policy}```", self.name)


def test_the_policy_comes_from_the_best_prompt(tmp_path):
    match = Match("gathering_small", 2, max_steps=40)
    model = Obedient()
    with GepaProblem(match, Settings(seeds=2, start="random"), metric_calls=4) as problem:
        outcome = evolve(problem, model, tmp_path / "run", Budget(1))
        assert outcome.incumbent.candidate.source == GREEDY.strip()
        _, state = load_run(tmp_path / "run")
        assert state.spending.calls == len(model.calls)
        policies = [call for call in model.calls if call.system != "You improve instructions."]
        # Every evaluation is a call, and the best prompt is asked once more.
        assert 4 <= len(policies) <= 6
        assert "Mean reward per agent and step: 0.0000" in next(
            call.user for call in model.calls if call.system == "You improve instructions."
        )
