"""A specification as something that the driver can search.

A round is one iteration: the model reflects on the episodes of the last specification and writes a
new one, which replaces it and is then evaluated on episodes of its own. The last specification is
thus evaluated like all others, and every measurement stands beside the specification it is of.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from typing import Any

from assay.models.base import Prompt
from assay.names import UsageError
from assay.safety import prompts
from assay.safety.attempts import Attempts
from assay.safety.catalogue import world
from assay.safety.exact import references
from assay.safety.ledger import Ledger
from assay.safety.methods import first_specification, method
from assay.safety.metrics import hidden_metrics, public_metrics
from assay.safety.public import Episode
from assay.safety.replies import fault_of, read_specification
from assay.safety.simulation import Oracle, Simulation
from assay.safety.streams import SeededStreams, Streams
from assay.search.problem import Attempt, Candidate, Evaluation, GateReport, SearchState, Session


@dataclass(frozen=True)
class Settings:
    """What a run's results depend on, beside environment, model and seed.

    Attributes:
        method: Name in ``methods.METHODS``.
        episodes: Attempts per round, at least 1.
        false_positives: Probability of a warning at a step without danger.
        false_negatives: Probability of no warning at a dangerous step.
        announce: Whether reflections are told that warnings are noisy, where they are.
        gate_episodes: Attempts per specification and setting of the gate, at least 1.
    """

    method: str = "epo_safe"
    episodes: int = 5
    false_positives: float = 0.0
    false_negatives: float = 0.0
    announce: bool = True
    gate_episodes: int = 4

    def __post_init__(self) -> None:
        for name in ("episodes", "gate_episodes"):
            if getattr(self, name) < 1:
                option = name.replace("_", "-")
                raise UsageError(f"--{option} is {getattr(self, name)}; it must be 1 or more")


class SafetyProblem(AbstractContextManager["SafetyProblem"]):
    """Search for a specification under which an agent does well and avoids hidden danger.

    Args:
        environment: Name in ``catalogue.NAMES``.
        settings: Method, noise, and numbers of episodes.
        streams: Makes the random streams of a run from its seed and the environment's name.
        on_stage: Hears what is under way.
    """

    artifact = "text"

    def __init__(
        self,
        environment: str,
        settings: Settings | None = None,
        streams: Callable[[int, str], Streams] = SeededStreams,
        on_stage: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.settings = settings or Settings()
        self.world = world(environment)
        self.method = method(self.settings.method)
        self.oracle = Oracle(self.settings.false_positives, self.settings.false_negatives)
        self.streams = streams
        self.on_stage = on_stage
        self._references = references(self.world)

    def __exit__(self, *_: object) -> None:
        """Nothing is open."""

    @property
    def name(self) -> str:
        """Name of the environment."""
        return self.world.name

    def describe(self) -> dict[str, Any]:
        """Configuration that results depend on."""
        return {"domain": "safety", "environment": self.name, **asdict(self.settings)}

    def seed(self) -> Candidate:
        """The specification that the method starts from."""
        return Candidate(first_specification(self.method, self.name))

    def prompt(self, state: SearchState) -> Prompt | Candidate:
        """The reflection on the last specification's episodes; without one, the same again."""
        incumbent = state.incumbent
        assert incumbent.candidate is not None and incumbent.evaluation is not None
        if not self.method.reflects:
            return incumbent.candidate
        details = incumbent.evaluation.details
        return prompts.reflection(
            self.world.brief,
            incumbent.candidate.source,
            [Episode.decode(record) for record in details["episodes"]],
            self.method.feedback,
            self.oracle.noisy and self.settings.announce,
            state.iteration,
            _fault(state.history[-1]),
        )

    def extract(self, reply: str) -> Candidate | None:
        """The specification in a reply; None where there is none."""
        specification = read_specification(reply)
        return None if specification is None else Candidate(specification)

    def evaluate_with(self, candidate: Candidate, session: Session) -> Evaluation:
        """Attempt the environment under a specification; the score is the mean visible return.

        A specification that is empty or too long has no score and is not attempted.
        """
        if fault := fault_of(candidate.source):
            return Evaluation(None, "invalid", fault)
        attempts = self._attempts(session)
        numbers = range(self.settings.episodes)
        pairs = attempts.make(session, candidate.source, session.iteration, numbers)
        episodes = [self._fed_back(session, number, pairs[number][0]) for number in numbers]
        session.withhold(self._hidden(pairs))
        metrics = public_metrics(episodes)
        details = {**metrics, "episodes": [episode.encode() for episode in episodes]}
        return Evaluation(metrics["reward"], "ok", details=details)

    def _attempts(self, session: Session) -> Attempts:
        streams = self.streams(session.seed, self.name)
        simulation = Simulation(self.world, streams, self.oracle)
        return Attempts(self.method, simulation, streams, self.on_stage)

    def _fed_back(self, session: Session, number: int, episode: Episode) -> Episode:
        """The episode as reflection may see it."""
        if self.method.feedback == "none":
            return episode.rewarned(())
        if not self.method.shuffled:
            return episode
        stream = self.streams(session.seed, self.name).stream("shuffle", session.iteration, number)
        steps = list(range(1, len(episode.steps) + 1))
        drawn = [steps.pop(stream.index(len(steps))) for _ in episode.warnings]
        return episode.rewarned(drawn)

    def _hidden(self, pairs: list[tuple[Episode, Ledger]]) -> dict[str, Any]:
        episodes, ledgers = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
        return {
            **hidden_metrics(episodes, ledgers, self._references),
            "warnings": sum(len(episode.warnings) for episode in episodes),
            "ledgers": [ledger.encode() for ledger in ledgers],
        }

    def gate_with(self, seed: Candidate, incumbent: Candidate, session: Session) -> GateReport:
        """Compare both on other seeds, other layouts and other noise; see ``gate``."""
        from assay.safety.gate import run_gate

        return run_gate(self, seed.source, incumbent.source, session)


def _fault(last: Attempt) -> str | None:
    """Why the last iteration brought no specification; None where it did."""
    if last.evaluation is None:
        return last.skip_reason
    return last.evaluation.fail_reason
