"""What is done about a failed call, the same for every provider (the SDKs' own retries are off)."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from assay.models.base import ModelError, Reply, Usage

_TRANSIENT = ("rate_limit", "server", "network", "timeout")


class CallError(ModelError):
    """One failed call.

    Attributes:
        charged: Whether the provider has probably charged for the call, so that repeating it is
            dear: timed-out, malformed and empty replies.
        retry_after: Seconds the provider asks to wait before the next call; None if it does not.
    """

    def __init__(
        self,
        kind: str,
        message: str,
        *,
        charged: bool = False,
        retry_after: float | None = None,
        usage: Usage | None = None,
    ) -> None:
        super().__init__(kind, message)
        self.charged = charged
        self.retry_after = retry_after
        self.usage = usage or Usage()

    @property
    def was_charged(self) -> bool:
        """Whether this one call cost something: its tokens are known, or are likely."""
        return self.charged or self.usage != Usage()


@dataclass(frozen=True)
class RetryPolicy:
    """Which failed calls are repeated, how often, and after how long.

    Transient failures are repeated with exponential back-off. A reply cut off by the token limit
    is asked for once more with twice the limit. Everything else fails at once.

    Attributes:
        attempts: Calls in all, for one reply.
        charged_attempts: Calls in all, if those that failed have probably been charged for.
        first_delay: Seconds before the second call; doubles with each further one.
        longest_delay: Upper limit of that delay, in seconds.
        longest_wait: Longest wait asked for by a provider that is granted, in seconds.
        largest_limit: Token limit that is never exceeded by doubling.
        sleep: Waits for a number of seconds.
        jitter: Returns a number in [0, 1); a delay is shortened by up to half in proportion to
            it, lest clients that failed together come back together.
    """

    attempts: int = 5
    charged_attempts: int = 2
    first_delay: float = 1.0
    longest_delay: float = 60.0
    longest_wait: float = 600.0
    largest_limit: int = 128_000
    sleep: Callable[[float], None] = time.sleep
    jitter: Callable[[], float] = random.random

    def complete(self, call: Callable[[int | None], Reply], limit: int | None) -> Reply:
        """Call ``call(token_limit)`` until it succeeds; the reply's usage includes failed calls.

        Raises:
            CallError: The failure of the last call, with the usage of all.
        """
        failures: list[CallError] = []
        try:
            reply = self._complete(call, limit, failures)
        except CallError as error:
            error.usage = _total(failure.usage for failure in failures)
            error.calls = sum(failure.was_charged for failure in failures)
            raise
        usage = _total([*(f.usage for f in failures), reply.usage])
        return replace(reply, usage=usage, calls=1 + sum(f.was_charged for f in failures))

    def _complete(
        self, call: Callable[[int | None], Reply], limit: int | None, failures: list[CallError]
    ) -> Reply:
        try:
            return self._repeat(call, limit, failures)
        except CallError as error:
            larger = self._larger(limit, error)
            if larger is None:
                raise
            truncated = error
        try:
            return self._repeat(call, larger, failures)
        except CallError as error:
            if error.kind != "configuration":
                raise
            message = f"{truncated} (raising the limit to {larger} was rejected: {error})"
            raise CallError("truncated", message) from error

    def _repeat(
        self, call: Callable[[int | None], Reply], limit: int | None, failures: list[CallError]
    ) -> Reply:
        attempt = charged = 0
        while True:
            try:
                return call(limit)
            except CallError as error:
                failures.append(error)
                attempt += 1
                charged += error.charged
                spent = attempt >= self.attempts or charged >= self.charged_attempts
                delay = self._delay(attempt, error)
                if error.kind not in _TRANSIENT or (attempt == 1 and spent):
                    raise
                if spent:
                    raise CallError(error.kind, f"{error} (after {attempt} calls)") from error
                if delay > self.longest_wait:
                    message = f"{error} (the provider asks to wait {delay:.0f} s)"
                    raise CallError(error.kind, message) from error
            self.sleep(delay)

    def _delay(self, attempt: int, error: CallError) -> float:
        if error.retry_after:
            return error.retry_after
        delay = min(self.longest_delay, self.first_delay * 2 ** (attempt - 1))
        return delay * (1 - self.jitter() / 2)

    def _larger(self, limit: int | None, error: CallError) -> int | None:
        """Twice the limit that cut the reply off; None where there is no larger one to try."""
        reached = limit or error.usage.output_tokens
        if error.kind != "truncated" or reached is None or reached >= self.largest_limit:
            return None
        return min(2 * reached, self.largest_limit)


def _total(usages: Iterable[Usage]) -> Usage:
    known = list(usages)
    inputs = [usage.input_tokens for usage in known if usage.input_tokens is not None]
    outputs = [usage.output_tokens for usage in known if usage.output_tokens is not None]
    return Usage(sum(inputs) if inputs else None, sum(outputs) if outputs else None)
