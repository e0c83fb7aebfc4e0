"""What a run has cost: calls, tokens, money where the price is known, and time."""

from __future__ import annotations

from collections.abc import Sequence

from assay.report.numbers import MISSING, count, duration
from assay.report.record import RunRecord, Turn
from assay.report.sections import Fact, Section, table
from assay.search.spending import Spending


def total_tokens(turns: Sequence[Turn]) -> int | None:
    """Input and output tokens together; None where no reply tells any."""
    usages = [turn.reply.usage for turn in turns if turn.reply]
    counts = [tokens for usage in usages for tokens in (usage.input_tokens, usage.output_tokens)]
    known = [tokens for tokens in counts if tokens is not None]
    return sum(known) if known else None


def cost_text(record: RunRecord) -> str:
    """The cost in USD; ``unknown`` where a part of it is, a dash where nothing is charged."""
    spending = record.spending
    if spending.calls == 0 or _is_free(spending):
        return MISSING
    return _money(spending.known_usd)


def cost_fact(record: RunRecord) -> Fact:
    """The cost in short."""
    spending = record.spending
    if _is_free(spending):
        return Fact("Cost", "none", "no provider was asked")
    tokens = f"{count(spending.tokens)} tokens, {count(spending.calls)} calls"
    tone = "warn" if spending.unpriced else ""
    return Fact("Cost", _money(spending.known_usd), tokens, tone)


def cost_section(record: RunRecord) -> Section | None:
    """Calls, tokens, money and time in a table; None where nothing was asked."""
    turns = record.turns()
    if not turns:
        return None
    spending = record.spending
    rows = [
        ("calls charged for", MISSING if _is_free(spending) else count(spending.calls)),
        ("replies from the cache", count(sum(turn.reply.cached for turn in turns if turn.reply))),
        ("input tokens", _tokens(spending.input_tokens, spending)),
        ("output tokens", _tokens(spending.output_tokens, spending)),
        ("USD by list price", MISSING if _is_free(spending) else _money(spending.known_usd)),
        ("waiting for the model", duration(sum(turn.elapsed_s for turn in turns))),
        ("wall-clock time", duration(record.state.stopwatch.logged() or None)),
    ]
    return Section("Cost", table("What the run has cost", ("what", "total"), rows))


def _is_free(spending: Spending) -> bool:
    return spending.price is not None and spending.price.is_free


def _money(usd: float | None) -> str:
    return "unknown" if usd is None else f"{usd:.2f} USD" if usd >= 1 else f"{usd:.4f} USD"


def _tokens(known: int, spending: Spending) -> str:
    return f"at least {count(known)}" if spending.uncounted else count(known)
