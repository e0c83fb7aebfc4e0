"""Runs as tables: one row per attempt, for pandas, DuckDB, R or a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any

from assay.names import UsageError, unknown
from assay.report.record import RunRecord, Step
from assay.search.files import strict_json

# The columns in their order, with the type that a columnar file gives them. Objects are JSON texts
# except in JSON lines, where they are objects.
COLUMNS: Mapping[str, str] = {
    "run": "text",
    "problem": "text",
    "artifact": "text",
    "model": "text",
    "seed": "integer",
    "acceptance": "text",
    "device": "text",
    "created": "text",
    "iteration": "integer",
    "role": "text",
    "verdict": "text",
    "score": "number",
    "over_seed": "number",
    "promoted": "boolean",
    "duplicate_of": "integer",
    "fail_reason": "text",
    "elapsed_s": "number",
    "model_s": "number",
    "calls": "integer",
    "input_tokens": "integer",
    "output_tokens": "integer",
    "source": "text",
    "details": "object",
    "comparison": "object",
    "gate_outcome": "text",
    "gate_passed": "boolean",
    "gate_details": "object",
    "settings": "object",
}
FORMATS = ("csv", "jsonl", "parquet")


def rows(record: RunRecord) -> Iterator[dict[str, Any]]:
    """One row per attempt, the seed first. What the gate said stands with the attempt it judged."""
    config = record.config
    for step in record.steps:
        yield {
            "run": str(record.folder),
            "problem": config.problem,
            "artifact": config.artifact,
            "model": config.model,
            "seed": config.seed,
            "acceptance": config.acceptance,
            "device": config.settings.get("device"),
            "created": config.created,
            **_attempt(step, record),
            **_gate(step, record),
            "settings": config.settings,
        }


def _attempt(step: Step, record: RunRecord) -> dict[str, Any]:
    attempt = step.attempt
    replies = [turn.reply for turn in step.turns if turn.reply]
    usages = [reply.usage for reply in replies]
    role = "skipped" if attempt.candidate is None else "candidate"
    return {
        "iteration": attempt.iteration,
        "role": "seed" if attempt.iteration == 0 else role,
        "verdict": step.verdict,
        "score": step.score,
        "over_seed": record.relative(step.score),
        "promoted": attempt.promoted,
        "duplicate_of": attempt.duplicate_of,
        "fail_reason": step.reason or None,
        "elapsed_s": step.elapsed_s,
        "model_s": sum((turn.elapsed_s for turn in step.turns), 0.0),
        "calls": sum(reply.calls for reply in replies if not reply.cached),
        "input_tokens": _sum(usage.input_tokens for usage in usages),
        "output_tokens": _sum(usage.output_tokens for usage in usages),
        "source": attempt.candidate.source if attempt.candidate else None,
        "details": attempt.evaluation.details if attempt.evaluation else None,
        "comparison": step.comparison,
    }


def _gate(step: Step, record: RunRecord) -> dict[str, Any]:
    gate = record.state.gate
    judged = gate is not None and step.attempt == record.state.incumbent
    report = gate.report if gate is not None and judged else None
    return {
        "gate_outcome": report.outcome if report else None,
        "gate_passed": report.passed if report else None,
        "gate_details": report.details if report else None,
    }


def _sum(counts: Iterable[int | None]) -> int | None:
    """The sum; None where a count is not known, or there is none."""
    known = list(counts)
    return sum(filter(None, known)) if known and None not in known else None


def format_of(name: str | None, output: Path | None) -> str:
    """The format asked for, or that of the file's suffix, or csv.

    Raises:
        UsageError: There is no such format, or parquet is to go to the terminal.
    """
    wanted = name or (output.suffix.removeprefix(".") if output else "csv")
    if wanted not in FORMATS:
        raise unknown("format", wanted, FORMATS)
    if wanted == "parquet" and output is None:
        raise UsageError("parquet is no text; name a file with --output")
    return wanted


def write(records: Iterable[RunRecord], kind: str, file: IO[bytes]) -> int:
    """Write all attempts of some runs in a format; their number."""
    table = [row for record in records for row in rows(record)]
    {"csv": _csv, "jsonl": _jsonl, "parquet": _parquet}[kind](table, file)
    return len(table)


def _flat(row: Mapping[str, Any]) -> dict[str, Any]:
    """The row with its objects as JSON texts."""
    return {
        name: strict_json(row[name]) if kind == "object" and row[name] is not None else row[name]
        for name, kind in COLUMNS.items()
    }


def _csv(table: list[dict[str, Any]], file: IO[bytes]) -> None:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(_flat(row) for row in table)
    file.write(text.getvalue().encode("utf-8", "replace"))


def _jsonl(table: list[dict[str, Any]], file: IO[bytes]) -> None:
    for row in table:
        file.write(strict_json({name: row[name] for name in COLUMNS}).encode("utf-8") + b"\n")


def _parquet(table: list[dict[str, Any]], file: IO[bytes]) -> None:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise UsageError("parquet needs pyarrow: pip install 'metal-assay[parquet]'") from error
    types = {
        "text": pyarrow.string(),
        "object": pyarrow.string(),
        "integer": pyarrow.int64(),
        "number": pyarrow.float64(),
        "boolean": pyarrow.bool_(),
    }
    schema = pyarrow.schema([(name, types[kind]) for name, kind in COLUMNS.items()])
    flat = [_flat(row) for row in table]
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(flat, schema=schema), file)
