"""What can happen in a run. The log is a sequence of these, and a run is nothing else."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import Field, TypeAdapter

from assay.models.base import Reply, Usage
from assay.search.files import strict_json
from assay.search.problem import Evaluation, GateReport, Json


def now() -> str:
    """The time in UTC, as ISO 8601 with milliseconds."""
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds")


@dataclass(frozen=True, kw_only=True)
class RunStarted:
    """A process begins to add to the run, for the first time or again."""

    versions: dict[str, str]
    event: Literal["run_started"] = "run_started"
    time: str = field(default_factory=now)


@dataclass(frozen=True, kw_only=True)
class SeedEvaluated:
    """The seed was judged. Without a score the run has not begun, and the seed is judged again."""

    source: str
    evaluation: Evaluation
    elapsed_s: float
    event: Literal["seed_evaluated"] = "seed_evaluated"
    time: str = field(default_factory=now)


@dataclass(frozen=True, kw_only=True)
class Prompted:
    """The model is about to be asked. ``system`` is None where it is that of the last prompt."""

    iteration: int
    user: str
    system: str | None = None
    event: Literal["prompted"] = "prompted"
    time: str = field(default_factory=now)


@dataclass(frozen=True, kw_only=True)
class Replied:
    """The model answered. Logged before the evaluation, because it may have been paid for."""

    iteration: int
    reply: Reply
    elapsed_s: float
    event: Literal["replied"] = "replied"
    time: str = field(default_factory=now)


Stage: TypeAlias = Literal["repair", "evaluation", "gate"]


@dataclass(frozen=True, kw_only=True)
class Asked:
    """An evaluation or the gate is about to ask the model; ``system`` as in ``Prompted``.

    ``call`` counts from 1 within the evaluation or the gate.
    """

    stage: Stage
    iteration: int
    call: int
    user: str
    system: str | None = None
    event: Literal["asked"] = "asked"
    time: str = field(default_factory=now)


@dataclass(frozen=True, kw_only=True)
class Answered:
    """The model answered that call. Logged before anything is made of the reply."""

    stage: Stage
    iteration: int
    call: int
    reply: Reply
    elapsed_s: float
    event: Literal["answered"] = "answered"
    time: str = field(default_factory=now)


@dataclass(frozen=True, kw_only=True)
class AnswerFailed:
    """That call gave no usable reply, for the reason that a ModelError of this kind stands for."""

    stage: Stage
    iteration: int
    call: int
    kind: str
    message: str
    elapsed_s: float
    usage: Usage = field(default_factory=Usage)
    calls: int = 0
    event: Literal["answer_failed"] = "answer_failed"
    time: str = field(default_factory=now)


@dataclass(frozen=True, kw_only=True)
class Withheld:
    """Measurements that no prompt may depend on; the last for an iteration counts."""

    iteration: int
    details: Json
    event: Literal["withheld"] = "withheld"
    time: str = field(default_factory=now)


@dataclass(frozen=True, kw_only=True)
class Skipped:
    """The iteration is consumed without a candidate.

    ``elapsed_s``, ``usage`` and ``calls`` are those of a failed call, as of ``ModelError``.
    """

    iteration: int
    reason: str
    elapsed_s: float
    usage: Usage = field(default_factory=Usage)
    calls: int = 0
    event: Literal["skipped"] = "skipped"
    time: str = field(default_factory=now)


@dataclass(frozen=True, kw_only=True)
class Evaluated:
    """A candidate was judged and, where ``promoted``, became the incumbent.

    ``comparison`` is what the rule measured to decide. ``duplicate_of`` is the attempt from which
    the evaluation was taken.
    """

    iteration: int
    source: str
    evaluation: Evaluation
    promoted: bool
    elapsed_s: float
    comparison: dict[str, Any] | None = None
    duplicate_of: int | None = None
    event: Literal["evaluated"] = "evaluated"
    time: str = field(default_factory=now)


@dataclass(frozen=True, kw_only=True)
class Gated:
    """The gate judged iteration ``incumbent`` after ``iterations`` iterations."""

    iterations: int
    incumbent: int
    report: GateReport
    elapsed_s: float
    event: Literal["gated"] = "gated"
    time: str = field(default_factory=now)


@dataclass(frozen=True, kw_only=True)
class Finished:
    """The run is complete. ``reason`` names what ended it, for example ``iterations``."""

    reason: str
    event: Literal["finished"] = "finished"
    time: str = field(default_factory=now)


Event = (
    RunStarted
    | SeedEvaluated
    | Prompted
    | Replied
    | Asked
    | Answered
    | AnswerFailed
    | Withheld
    | Skipped
    | Evaluated
    | Gated
    | Finished
)

# What is lost with nothing: the same question is asked again.
QUESTIONS = (Prompted, Asked)

_ADAPTER: TypeAdapter[Event] = TypeAdapter(Annotated[Event, Field(discriminator="event")])


def encode(event: Event) -> str:
    """Write an event as one line of strict JSON, without the line feed."""
    return strict_json(_ADAPTER.dump_python(event))


def decode(line: str) -> Event:
    """Read an event back.

    Raises:
        ValueError: The line is not JSON, or not an event that this version knows.
    """
    return _ADAPTER.validate_python(json.loads(line))
