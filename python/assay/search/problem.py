"""What the driver knows about a problem. No domain is named here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias, runtime_checkable

from assay.errors import AssayError
from assay.models.base import Prompt, Reply

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Candidate:
    """An artifact that can be evaluated: the source of a kernel, a policy, a specification."""

    source: str


@dataclass(frozen=True)
class Evaluation:
    """The judgement on one candidate, without anything the model may not see.

    Attributes:
        score: The fitness, higher is better; None where the candidate failed.
        fail_reason: One line that says why there is no score; None where there is one.
        verdict: The domain's word for the outcome, for example ``ok`` or ``compile_error``.
        details: Everything measured, as plain JSON values (null for what is not finite).
        low: Lower end of an interval around a score that is a measurement; None where there is no
            such interval.
    """

    score: float | None
    verdict: str
    fail_reason: str | None = None
    details: Json = field(default_factory=dict)
    low: float | None = None


@dataclass(frozen=True)
class Attempt:
    """One entry of a run's history.

    Attributes:
        iteration: Number of the candidate, counted from 1; 0 is the seed. With several children per
            iteration, as many consecutive numbers make one iteration.
        candidate: None for a skipped iteration.
        evaluation: None for a skipped iteration.
        promoted: Whether it became the incumbent.
        skip_reason: Why the iteration was skipped.
        idea: First sentence of the reply; None where no model was asked.
        duplicate_of: Number of the earlier attempt that is the same but for layout, and from which
            the evaluation was taken; None where the candidate was evaluated.
    """

    iteration: int
    candidate: Candidate | None
    evaluation: Evaluation | None
    promoted: bool = False
    skip_reason: str | None = None
    idea: str | None = None
    duplicate_of: int | None = None

    @property
    def score(self) -> float | None:
        """The score, if there is one."""
        return self.evaluation.score if self.evaluation else None


@dataclass(frozen=True)
class SearchState:
    """All that a prompt may depend on.

    Attributes:
        iteration: Number of the candidate that is asked for.
        incumbent: The attempt to be improved.
        previous: The last attempt that had a candidate.
        history: All attempts that the prompt may know of, oldest first, beginning with the seed.
    """

    iteration: int
    incumbent: Attempt
    previous: Attempt
    history: Sequence[Attempt]


@dataclass(frozen=True)
class GateReport:
    """Outcome of the held-out gate; never shown to a model.

    Attributes:
        passed: Whether the incumbent is correct on held-out data and not worse than the seed.
        outcome: ``generalises``, ``flat``, ``silent regression``, ``silent incorrectness``, or
            ``seed kept`` where nothing was promoted.
        details: The measurements behind it, as plain JSON values.
    """

    passed: bool
    outcome: str
    details: Json = field(default_factory=dict)


class NoAnswer(AssayError):
    """A call made by an evaluation or the gate gave no usable reply. It concerns this call only.

    Attributes:
        kind: What a ModelError calls it, for example ``refused``.
    """

    def __init__(self, kind: str, message: str) -> None:
        self.kind = kind
        super().__init__(message)


class Session(Protocol):
    """Asks the model on behalf of one evaluation, or of the gate."""

    @property
    def iteration(self) -> int:
        """The iteration whose candidate is evaluated, 0 for the seed; for the gate, the last."""

    @property
    def seed(self) -> int:
        """Number that the run's random choices derive from."""

    def withhold(self, details: Json) -> None:
        """Store what was measured beside the evaluation and no prompt may depend on.

        It goes into the run folder and never into a ``SearchState``.
        """

    def ask(self, prompt: Prompt) -> Reply:
        """The reply to a prompt; the one in the log where it was given before an interruption.

        Calls have to come in the same order whenever an evaluation is repeated.

        Raises:
            NoAnswer: There is no usable reply; that is in the log as well.
            ModelError: ``configuration``. Not to be caught: it stops the run, which stays
                resumable.
        """


class _Searchable(Protocol):
    """What all problems have.

    A problem may have further attributes and methods:

    - ``times``: True where evaluations are timed, so that nothing else may work on this machine
      meanwhile. Missing, it is False.
    - ``fingerprint(candidate) -> str | None``: Candidates with the same fingerprint are the same:
      only the first is evaluated. None where a repetition would tell something new. Missing, it is
      the source without trailing blanks and empty lines, or None where evaluations ask the model.
    - ``compare``, see ``ComparingProblem``.
    """

    @property
    def name(self) -> str:
        """Name on the command line, for example ``nbody``."""

    @property
    def artifact(self) -> str:
        """``metal``, ``python`` or ``text``: the suffix and the highlighting of candidates."""

    def describe(self) -> Json:
        """Configuration that results depend on; a run refuses to resume under another one."""

    def seed(self) -> Candidate:
        """The hand-written starting point."""

    def prompt(self, state: SearchState) -> Prompt | Candidate:
        """The request for the next candidate, or the candidate where nobody has to be asked."""

    def extract(self, reply: str) -> Candidate | None:
        """The candidate in a reply; None where there is none."""


class Problem(_Searchable, Protocol):
    """Anything the driver can search."""

    def evaluate(self, candidate: Candidate) -> Evaluation:
        """Judge a candidate. A faulty candidate is an Evaluation, never an exception."""

    def gate(self, seed: Candidate, incumbent: Candidate) -> GateReport:
        """Measure the seed and the incumbent, interleaved, on held-out data."""


@runtime_checkable
class AskingProblem(_Searchable, Protocol):
    """A problem whose evaluations and gate ask the model as well."""

    def evaluate_with(self, candidate: Candidate, session: Session) -> Evaluation:
        """Judge a candidate. A faulty candidate is an Evaluation, never an exception."""

    def gate_with(self, seed: Candidate, incumbent: Candidate, session: Session) -> GateReport:
        """Measure the seed and the incumbent, interleaved, on held-out data."""


@dataclass(frozen=True)
class Turns:
    """Two candidates that were measured in turns.

    Attributes:
        ratios: How many times as good the challenger was in each turn: one list for each condition
            that counts equally (for kernels, each size). Empty where one of the two failed.
        details: What was measured, as plain JSON values.
    """

    ratios: Sequence[Sequence[float]]
    details: Json = field(default_factory=dict)


@runtime_checkable
class ComparingProblem(Protocol):
    """A problem whose scores are noisy. The rule ``paired`` needs it."""

    def compare(self, incumbent: Candidate, challenger: Candidate) -> Turns:
        """Measure both in turns."""


@runtime_checkable
class RepairingProblem(Protocol):
    """A problem that asks again where a reply cannot be used."""

    def extract_with(self, reply: str, request: Prompt, session: Session) -> Candidate | None:
        """The candidate in a reply, or in the answer to a further question; None without any.

        Args:
            reply: Text of the reply.
            request: The prompt that it answers.
        """


AnyProblem: TypeAlias = Problem | AskingProblem
