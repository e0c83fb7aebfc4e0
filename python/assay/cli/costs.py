"""Money and tokens in words."""

from __future__ import annotations

from collections.abc import Iterator

from assay.search.outcome import RunOutcome


def money(usd: float | None) -> str:
    """An amount with two significant digits at least; an unknown one says so."""
    if usd is None:
        return "cost unknown"
    return f"${usd:.2f}" if usd >= 0.1 or usd == 0 else f"${usd:.2g}"


def spending_report(outcome: RunOutcome) -> Iterator[str]:
    """What the run cost; nothing where no provider was asked."""
    spending = outcome.spending
    if spending.price is not None and spending.price.is_free:
        return
    yield ""
    tokens = f"{spending.input_tokens:,} tokens in, {spending.output_tokens:,} out"
    if spending.uncounted:
        tokens += f", those of {spending.uncounted} calls unknown"
    line = f"Calls: {spending.calls}, {tokens}, {money(spending.known_usd)}"
    if spending.price is not None:
        line += f" (list prices of {spending.price.as_of})" if spending.price.as_of else ""
    yield line
    if spending.unpriced and spending.usd:
        yield f"At least {money(spending.usd)}: the cost of {spending.unpriced} calls is unknown."
    if outcome.stopped_because != "iterations":
        yield f"Ended by {outcome.stopped_because}."
