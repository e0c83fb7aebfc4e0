"""What a run has cost: calls, tokens, money where prices are known, and time."""

from __future__ import annotations

from collections.abc import Sequence

from assay.report.numbers import count, duration
from assay.report.record import RunRecord, Turn
from assay.report.sections import Fact, Section, table


def total_tokens(turns: Sequence[Turn]) -> int | None:
    """Input and output tokens together; None where no reply tells any."""
    usages = [turn.reply.usage for turn in turns if turn.reply]
    counts = [tokens for usage in usages for tokens in (usage.input_tokens, usage.output_tokens)]
    known = [tokens for tokens in counts if tokens is not None]
    return sum(known) if known else None


def cost_fact(record: RunRecord) -> Fact:
    """The cost in short."""
    usage, turns = record.usage(), record.turns()
    if not any(turn.reply for turn in turns):
        return Fact("Cost", "none", "no reply was requested")
    if total_tokens(turns) is None:
        return Fact("Cost", "no tokens", "the model reports none")
    note = f"{count(usage.output_tokens)} of them output"
    return Fact("Tokens", count(total_tokens(turns)), note)


def cost_section(record: RunRecord) -> Section | None:
    """Calls, tokens and time in a table; None where nothing was asked."""
    replies = [turn for turn in record.turns() if turn.reply]
    if not replies:
        return None
    usage = record.usage()
    model_s = sum(turn.elapsed_s for turn in record.turns())
    rows = [
        ("replies", count(len(replies))),
        ("input tokens", count(usage.input_tokens)),
        ("output tokens", count(usage.output_tokens)),
        ("waiting for the model", duration(model_s)),
        ("from start to end", duration(record.wall_s)),
    ]
    return Section("Cost", table("What the run has cost", ("what", "total"), rows))
