"""What the driver knows about a model: one call in, one reply out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from assay.errors import AssayError


@dataclass(frozen=True)
class Tried:
    """What became of an earlier candidate, for models that learn from it without reading.

    Attributes:
        source: Its source.
        idea: First sentence of the reply that it came with; None for the seed.
        score: Its score; None where it failed.
        promoted: Whether it became the incumbent.
    """

    source: str
    idea: str | None
    score: float | None
    promoted: bool


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
        results: What became of them, in the same order; filled in by the driver.
        call: Empty for the request for a candidate. A further call, made while a candidate is
            evaluated or gated, has a name of its own, for example ``03_call01`` or
            ``gate_call02``.
    """

    system: str
    user: str
    parent: str
    iteration: int
    tried: tuple[str, ...] = ()
    results: tuple[Tried, ...] = ()
    call: str = ""


@dataclass(frozen=True)
class Usage:
    """Tokens of one call; None where the provider does not tell."""

    input_tokens: int | None = None
    output_tokens: int | None = None


@dataclass(frozen=True)
class Reply:
    """What a model answered, complete: a truncated answer never becomes a Reply.

    Attributes:
        usage: Tokens, those of failed calls for the same reply included.
        calls: Calls that the provider has probably charged for.
        cached: Whether the reply comes from the cache, so that nothing was charged at all.
    """

    text: str
    model: str
    reasoning: str | None = None
    usage: Usage = field(default_factory=Usage)
    calls: int = 1
    cached: bool = False


class Model(Protocol):
    """A provider's model, a recording, or a search without an LLM.

    A model may have two further attributes: ``is_free``, whether it asks no provider, so that its
    calls cost nothing; and ``is_remote``, whether it works on another machine, so that it may be
    asked while something is timed on this one. Both are false where they are missing.
    """

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
        usage: Tokens of the failed calls, where the provider told.
        calls: How many of them the provider has probably charged for.
        is_outage: Whether the next call is likely to fail as well.
    """

    def __init__(self, kind: str, message: str) -> None:
        self.kind = kind
        self.usage = Usage()
        self.calls = 0
        self.is_outage = kind in ("rate_limit", "timeout", "server", "network")
        super().__init__(message)
