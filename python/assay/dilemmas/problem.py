"""A game as a problem that the driver can search: for the policy that serves its agents best."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

import numpy as np

from assay.dilemmas.episode import Episode
from assay.dilemmas.extract import extract_policy
from assay.dilemmas.games import make
from assay.dilemmas.metrics import Estimate, estimate, summarise
from assay.dilemmas.policies import policy_names, policy_source
from assay.dilemmas.prompts import Feedback, Past, repair_request, system_prompt, user_prompt
from assay.dilemmas.recording import packed
from assay.dilemmas.seeds import split
from assay.dilemmas.selfplay import Arena, Match, Patience, PolicyFailed
from assay.models.base import Prompt
from assay.names import unknown
from assay.search.problem import (
    Attempt,
    Candidate,
    Evaluation,
    GateReport,
    NoAnswer,
    SearchState,
    Session,
)

Objective = Literal["efficiency", "maximin"]
REPLIES = 3  # Of a model to one request, before a policy that fails is left at that.
TRIAL_STEPS = 50
FLAT = 0.02  # A change within this part of the seed's value is none, whatever its interval.


@dataclass(frozen=True)
class Settings:
    """What a search is about.

    Attributes:
        objective: The metric to be raised: ``efficiency`` (proportional to the reward per agent),
            or ``maximin``, the return of the agent that fares worst.
        feedback: What a model hears of its policies: ``sparse`` is the mean reward per agent,
            ``dense`` adds welfare metrics.
        seeds: Number of training seeds, and of validation seeds.
        start: Name of the hand-written policy that the search starts from.
    """

    objective: Objective = "efficiency"
    feedback: Feedback = "dense"
    seeds: int = 5
    start: str = "greedy"


class DilemmaProblem:
    """Search for a policy for self-play in one game. Use it as a context manager.

    Training seeds give the feedback, validation seeds the score, test seeds the gate; no seed is in
    two of these, and all comparisons are on common random numbers.
    """

    artifact = "python"

    def __init__(
        self,
        match: Match,
        settings: Settings | None = None,
        on_stage: Callable[[str], None] = lambda stage: None,
        patience: Patience | None = None,
    ) -> None:
        self._match = match
        self._settings = settings or Settings()
        self._seeds, self._hidden = split(self._settings.seeds)
        self._on_stage = on_stage
        self._env = make(match.game, match.n_agents, **match.options)
        self._env.reset(0)
        if self._settings.start not in policy_names(self._env.spec.kind):
            names = policy_names(self._env.spec.kind)
            raise unknown(f"policy for {match.game}", self._settings.start, names)
        self._seed_source = policy_source(self._settings.start)
        self._arena = Arena(patience)

    def __enter__(self) -> DilemmaProblem:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End all processes."""
        self._arena.close()

    @property
    def name(self) -> str:
        """Name of the game."""
        return self._match.game

    def describe(self) -> dict[str, Any]:
        """Configuration that results depend on."""
        return {
            "domain": "dilemmas",
            "agents": self._env.n_agents,
            "horizon": self._env.max_steps,
            "parameters": dict(self._match.parameters),
            **asdict(self._settings),
            "numpy": np.__version__,
        }

    def seed(self) -> Candidate:
        """The hand-written policy."""
        return Candidate(self._seed_source)

    def prompt(self, state: SearchState) -> Prompt:
        """The request for the next policy, made of training results only.

        The hand-written policy is the measure at the gate; a model writes its first one unaided.
        """
        written = [_past(one) for one in state.history if one.iteration and one.candidate]
        best = state.incumbent
        current = _past(best) if best.iteration else next(_usable(written), None)
        user = user_prompt(self._env, self._settings.feedback, current, written)
        parent = best.candidate.source if best.candidate else self._seed_source
        tried = tuple(one.candidate.source for one in state.history if one.candidate)
        return Prompt(system_prompt(self._env), user, parent, state.iteration, tried)

    def extract(self, reply: str) -> Candidate | None:
        """The policy in a reply; None where there is none."""
        source = extract_policy(reply)
        return Candidate(source) if source is not None else None

    def extract_with(self, reply: str, request: Prompt, session: Session) -> Candidate | None:
        """The policy in a reply, after a short trial; a failure is told, and the model asked again.

        After three replies the last policy is taken as it is, and judged as what it is.
        """
        user = request.user
        for attempt in range(REPLIES):
            source = extract_policy(reply)
            failure = self.unusable(source)
            if failure is None or attempt == REPLIES - 1:
                break
            user += repair_request(failure)
            try:
                reply = session.ask(replace(request, user=user)).text
            except NoAnswer:
                break
        return Candidate(source) if source is not None else None

    def unusable(self, source: str | None) -> str | None:
        """Why a source cannot be used; None where a short episode goes well."""
        if source is None:
            return (
                "There is no fenced block with a function `policy` in it. Give exactly one:\n\n"
                "```python\ndef policy(env, agent_id: int) -> int:\n    ...\n```"
            )
        trial = replace(self._match, max_steps=min(TRIAL_STEPS, self._env.max_steps))
        try:
            self._arena.self_play(trial, source, self._seeds.training[:1])
        except PolicyFailed as failure:
            trace = "\n".join(failure.fault.trace) if failure.fault else ""
            return f"{failure}\n{trace}".strip()
        return None

    def evaluate_with(self, candidate: Candidate, session: Session) -> Evaluation:
        """Play training and validation episodes; the score is the objective on the latter."""
        training, validation = self._seeds.training, self._seeds.validation
        self._on_stage(f"{len(training) + len(validation)} episodes")
        try:
            episodes = self._arena.self_play(self._match, candidate.source, training + validation)
        except PolicyFailed as failure:
            return _failed(failure)
        seen, unseen = episodes[: len(training)], episodes[len(training) :]
        chosen = summarise(unseen)
        session.withhold({"validation": _report(unseen), "episode": packed(seen[0])})
        details = {"compile_ok": True, "correct": True, "training": _report(seen)}
        return Evaluation(chosen[self._settings.objective].mean, "ok", None, details)

    def gate_with(self, seed: Candidate, incumbent: Candidate, session: Session) -> GateReport:
        """Play both on the test seeds, the same for both."""
        test = self._hidden.test
        self._on_stage(f"{len(test)} test episodes")
        before = self._arena.self_play(self._match, seed.source, test)
        details: dict[str, Any] = {
            "objective": self._settings.objective,
            "episodes": len(test),
            "seed": _report(before),
        }
        if seed.source == incumbent.source:
            return GateReport(True, "seed kept", details)
        try:
            after = self._arena.self_play(self._match, incumbent.source, test)
        except PolicyFailed as failure:
            details["failure"] = str(failure)
            return GateReport(False, "silent incorrectness", details)
        difference = self._difference(before, after)
        details |= {"incumbent": _report(after), "difference": asdict(difference)}
        outcome = _outcome(difference, _mean(before, self._settings.objective))
        return GateReport(outcome in ("generalises", "flat"), outcome, details)

    def _difference(self, before: Sequence[Episode], after: Sequence[Episode]) -> Estimate:
        """Of the objective, seed by seed, with its confidence interval."""
        name = self._settings.objective
        first, second = summarise(before)[name].values, summarise(after)[name].values
        pairs = zip(first, second, strict=True)
        return estimate([b - a for a, b in pairs if a is not None and b is not None])


def _past(attempt: Attempt) -> Past:
    """What a model may know of an attempt that has a candidate."""
    assert attempt.candidate is not None and attempt.evaluation is not None
    training = attempt.evaluation.details.get("training")
    means = {name: value["mean"] for name, value in training["metrics"].items()} if training else {}
    return Past(attempt.iteration, attempt.candidate.source, means, attempt.evaluation.fail_reason)


def _usable(written: Sequence[Past]) -> Any:
    """The policies that have a result, the newest first."""
    return (past for past in reversed(written) if past.failure is None)


def _failed(failure: PolicyFailed) -> Evaluation:
    fault = asdict(failure.fault) if failure.fault else None
    loaded = failure.verdict != "rejected" and (
        failure.fault is None or failure.fault.step is not None
    )
    details = {"compile_ok": loaded, "correct": False, "fault": fault}
    return Evaluation(None, failure.verdict, str(failure), details)


def _report(episodes: Sequence[Episode]) -> dict[str, Any]:
    """Metrics with intervals, returns of every agent, and counts of events, as JSON values."""
    return {
        "metrics": {name: asdict(value) for name, value in summarise(episodes).items()},
        "seeds": [episode.seed for episode in episodes],
        "returns": [episode.totals.tolist() for episode in episodes],
        "events": _events(episodes),
    }


def _events(episodes: Sequence[Episode]) -> Mapping[str, float]:
    """Mean count per episode of every kind of event."""
    names = episodes[0].events
    return {
        name: float(np.mean([episode.events[name].sum() for episode in episodes])) for name in names
    }


def _mean(episodes: Sequence[Episode], name: str) -> float:
    return summarise(episodes)[name].mean or 0.0


def _outcome(difference: Estimate, before: float) -> str:
    mean, low, high = difference.mean, difference.low, difference.high
    assert mean is not None and low is not None and high is not None
    if low <= 0 <= high or abs(mean) < FLAT * abs(before):
        return "flat"
    return "generalises" if mean > 0 else "silent regression"
