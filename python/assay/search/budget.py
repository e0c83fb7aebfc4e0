"""How long a search may go on."""

from __future__ import annotations

from dataclasses import dataclass

from assay.models.prices import Price
from assay.names import UsageError
from assay.search.state import RunState


@dataclass(frozen=True)
class Budget:
    """Limits of a whole run, what earlier processes spent on it included.

    A limit that is reached ends the search cleanly: what is under way is finished and judged, then
    the gate runs. Calls in flight may thus go beyond it, and so may the gate's own.

    Attributes:
        iterations: Iterations, at least 0; 0 measures the seed and runs the gate.
        max_calls: Calls that the provider charges for.
        max_tokens: Input and output tokens together.
        max_usd: Cost in USD.
        max_time: Wall-clock seconds.
    """

    iterations: int
    max_calls: int | None = None
    max_tokens: int | None = None
    max_usd: float | None = None
    max_time: float | None = None

    def __post_init__(self) -> None:
        limits = {
            "iterations": self.iterations,
            "--max-calls": self.max_calls,
            "--max-tokens": self.max_tokens,
            "--max-usd": self.max_usd,
            "--max-time": self.max_time,
        }
        for name, value in limits.items():
            if value is not None and not value >= 0:
                raise UsageError(f"{name} is {value}; it must be 0 or more")

    def require_price(self, model: str, price: Price | None) -> None:
        """Refuse a limit in USD that nobody could keep.

        Raises:
            UsageError: There is such a limit, and the price is unknown.
        """
        if self.max_usd is not None and price is None:
            raise UsageError(
                f"--max-usd cannot be kept: the price of {model} is unknown. Give a file with its "
                f"price (--prices), or limit --max-tokens instead."
            )

    def spent(self, run: RunState, now: str, in_flight: int = 0) -> str | None:
        """The name of a limit that is reached, or None while another candidate may be asked for.

        Args:
            now: The time, ISO 8601.
            in_flight: Calls that are not answered yet.
        """
        spending = run.spending
        asked = run.candidates + len(run.pending) + in_flight
        if asked >= self.iterations * run.children:
            return "iterations"
        if self.max_calls is not None and spending.calls + in_flight >= self.max_calls:
            return "max-calls"
        if self.max_tokens is not None and spending.tokens >= self.max_tokens:
            return "max-tokens"
        if self.max_tokens is not None and spending.uncounted:
            return "max-tokens (the model does not tell its tokens)"
        if self.max_usd is not None and spending.usd >= self.max_usd:
            return "max-usd"
        if self.max_usd is not None and spending.unpriced:
            return "max-usd (the cost of a call is unknown)"
        if self.max_time is not None and run.stopwatch.seconds(now) >= self.max_time:
            return "max-time"
        return None
