"""GEPA as a baseline: the system prompt is optimised, and the policy comes from the best one.

The optimiser is the package ``gepa`` (arXiv 2507.19457). As in the publications, the data is one
example, the first request without any history; the same model writes policies and reflects.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from assay.dilemmas.extract import extract_policy
from assay.dilemmas.problem import DilemmaProblem, Settings
from assay.dilemmas.selfplay import Match, PolicyFailed
from assay.models.base import Prompt
from assay.names import UsageError
from assay.search.problem import Candidate, NoAnswer, Session

COMPONENT = "system_prompt"
_SEED = 0


class GepaProblem(DilemmaProblem):
    """A dilemma in which one iteration is a whole search of GEPA for a better system prompt.

    ``metric_calls`` is its budget: evaluations of a prompt, each of which is a call of the model;
    every reflection is a further one. All calls are logged and count towards the run's limits.
    """

    def __init__(
        self,
        match: Match,
        settings: Settings | None = None,
        on_stage: Callable[[str], None] = lambda stage: None,
        metric_calls: int = 4,
    ) -> None:
        super().__init__(match, settings, on_stage)
        self.metric_calls = metric_calls

    def describe(self) -> dict[str, Any]:
        return {**super().describe(), "gepa": self.metric_calls}

    def extract_with(self, reply: str, request: Prompt, session: Session) -> Candidate | None:
        """The policy that the best prompt gives when it is asked once more.

        Args:
            reply: What the unchanged system prompt gave.
        """
        calls = _Calls(request, session, {request.system: [reply]})
        best = _optimised(self, calls, self.metric_calls)
        source = extract_policy(calls.answer(best))
        return Candidate(source) if source is not None else None

    def training_reward(self, source: str) -> float:
        """Mean return per agent and step on the training seeds, which GEPA maximises."""
        episodes = self._arena.self_play(self._match, source, self._seeds.training)
        returns = [float(episode.totals.mean()) for episode in episodes]
        return sum(returns) / len(returns) / self._env.max_steps


@dataclass
class _Calls:
    """Answers to system prompts; ``ready`` holds some that were given before."""

    request: Prompt
    session: Session
    ready: dict[str, list[str]] = field(default_factory=dict)

    def answer(self, system: str) -> str:
        """What the model replies to the request under a system prompt; empty for no reply."""
        if self.ready.get(system):
            return self.ready[system].pop(0)
        return self._ask(replace(self.request, system=system))

    def reflect(self, question: Any) -> str:
        """What the model replies to GEPA itself."""
        text = question if isinstance(question, str) else question[-1]["content"]
        return self._ask(replace(self.request, system="You improve instructions.", user=text))

    def _ask(self, prompt: Prompt) -> str:
        try:
            return self.session.ask(prompt).text
        except NoAnswer:
            return ""


@dataclass
class _Adapter:
    """What GEPA has to know of the problem."""

    problem: GepaProblem
    calls: _Calls
    propose_new_texts: None = None

    def evaluate(
        self, batch: list[Any], candidate: dict[str, str], capture_traces: bool = False
    ) -> Any:
        from gepa.core.adapter import EvaluationBatch

        tried = [self._try(candidate[COMPONENT]) for _ in batch]
        return EvaluationBatch(
            outputs=[one["reply"] for one in tried],
            scores=[one["score"] for one in tried],
            trajectories=tried if capture_traces else None,
        )

    def make_reflective_dataset(
        self, candidate: dict[str, str], eval_batch: Any, components_to_update: list[str]
    ) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        records = [
            {
                "Inputs": self.calls.request.user,
                "Generated Outputs": one["reply"],
                "Feedback": one["feedback"],
            }
            for one in eval_batch.trajectories or ()
        ]
        return {COMPONENT: records}

    def _try(self, system: str) -> dict[str, Any]:
        reply = self.calls.answer(system)
        source = extract_policy(reply)
        failure = self.problem.unusable(source)
        score = 0.0
        if failure is None and source is not None:
            try:
                score = self.problem.training_reward(source)
            except PolicyFailed as error:
                failure = str(error)
        feedback = failure or f"Mean reward per agent and step: {score:.4f}"
        return {"reply": reply, "score": score, "feedback": feedback}


class _Quiet:
    """GEPA's own progress does not belong among the results."""

    def log(self, message: str) -> None:
        pass


def _optimised(problem: GepaProblem, calls: _Calls, metric_calls: int) -> str:
    """The best system prompt that GEPA finds."""
    try:
        import gepa
    except ImportError as error:
        raise UsageError(
            "the baseline GEPA needs the package gepa: pip install 'metal-assay[gepa]'"
        ) from error
    result = gepa.optimize(
        seed_candidate={COMPONENT: calls.request.system},
        trainset=[{}],
        valset=[{}],
        adapter=_Adapter(problem, calls),
        reflection_lm=calls.reflect,
        reflection_minibatch_size=1,
        skip_perfect_score=False,
        max_metric_calls=metric_calls,
        logger=_Quiet(),
        seed=_SEED,
    )
    best: str = result.best_candidate[COMPONENT]
    return best
