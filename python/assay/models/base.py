"""What the driver knows about a model: one call in, one reply out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from assay.errors import AssayError


@dataclass(frozen=True)
class Prompt:
    """One stateless request. Holds public information only.

    Attributes:
        system: The instructions that are the same for every call of a problem.
        user: The message of this call.
        parent: Source of the incumbent, which the reply is meant to improve.
        iteration: Number of the iteration, counted from 1; a seeded model derives its random
            numbers from it, so that a resumed run continues as if it had never stopped.
        tried: Sources that were evaluated before, oldest first.
        call: Empty for the request for a candidate. A further call, made while a candidate is
            evaluated or gated, has a name of its own, for example ``03_call01`` or
            ``gate_call02``.
    """

    system: str
    user: str
    parent: str
    iteration: int
    tried: tuple[str, ...] = ()
    call: str = ""


@dataclass(frozen=True)
class Usage:
    """Tokens of one call; None where the provider does not tell."""

    input_tokens: int | None = None
    output_tokens: int | None = None


@dataclass(frozen=True)
class Reply:
    """What a model answered, complete: a truncated answer never becomes a Reply."""

    text: str
    model: str
    reasoning: str | None = None
    usage: Usage = field(default_factory=Usage)


class Model(Protocol):
    """A provider's model, a recording, or a search without an LLM."""

    @property
    def name(self) -> str:
        """Full name as on the command line, for example ``anthropic:claude-sonnet-4-6``."""

    def complete(self, prompt: Prompt) -> Reply:
        """Answer one prompt.

        Raises:
            ModelError: No usable reply after the retries that make sense.
        """


class ModelError(AssayError):
    """A model gave no usable reply.

    Attributes:
        kind: ``truncated`` (cut off by the token limit), ``refused``, ``rate_limit``, ``timeout``,
            ``server``, ``network`` (transient: the iteration is skipped), or ``configuration``
            (missing key, unknown model, rejected request, end of a recording: the run stops and
            stays resumable).
    """

    def __init__(self, kind: str, message: str) -> None:
        self.kind = kind
        super().__init__(message)
