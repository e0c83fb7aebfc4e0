"""What a run has spent so far: calls, tokens, money, time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from assay.models.base import Reply, Usage
from assay.models.prices import FREE, Price


@dataclass
class Spending:
    """Totals over the life of a run. What came out of the cache counts nothing.

    Attributes:
        price: What a call costs; None where that is unknown.
        calls: Calls that the provider has probably charged for.
        input_tokens, output_tokens: Of all calls whose tokens are known.
        uncounted: Calls whose tokens are unknown.
        usd: Cost of the calls whose cost is known.
        unpriced: Calls whose cost is unknown.
    """

    price: Price | None = FREE
    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    uncounted: int = 0
    usd: float = 0.0
    unpriced: int = 0

    @property
    def tokens(self) -> int:
        """Known tokens, input and output."""
        return self.input_tokens + self.output_tokens

    @property
    def known_usd(self) -> float | None:
        """The whole cost in USD; None where some of it is unknown."""
        return None if self.unpriced else self.usd

    def add_reply(self, reply: Reply) -> None:
        """Count a reply, with the failed calls that led to it."""
        if not reply.cached:
            self.add(reply.usage, reply.calls)

    def add(self, usage: Usage, calls: int) -> None:
        """Count ``calls`` calls that used these tokens together."""
        if calls == 0:
            return
        self.calls += calls
        self.input_tokens += usage.input_tokens or 0
        self.output_tokens += usage.output_tokens or 0
        is_free = self.price is not None and self.price.is_free
        if not is_free and None in (usage.input_tokens, usage.output_tokens):
            self.uncounted += calls
        cost = self.price.of(usage) if self.price else None
        if cost is None:
            self.unpriced += calls
        else:
            self.usd += cost


@dataclass
class Stopwatch:
    """Wall-clock seconds of a run, summed over the processes that worked on it.

    The time between two processes does not count; nor does what a killed process did after its last
    event.
    """

    before: float = 0.0
    started: str | None = None
    last: str | None = None

    def start(self, time: str) -> None:
        """A process begins; times are ISO 8601."""
        self.before += self._since(self.last)
        self.started = self.last = time

    def tick(self, time: str) -> None:
        """Something happened."""
        self.last = time

    def seconds(self, now: str) -> float:
        """Seconds up to now, for the process that is at work."""
        return self.before + self._since(now)

    def logged(self) -> float:
        """Seconds up to the last event."""
        return self.before + self._since(self.last)

    def _since(self, time: str | None) -> float:
        if self.started is None or time is None:
            return 0.0
        span = datetime.fromisoformat(time) - datetime.fromisoformat(self.started)
        return max(span.total_seconds(), 0.0)
