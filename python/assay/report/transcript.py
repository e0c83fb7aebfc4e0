"""Prompts and replies: listed in the page, compressed there, and unpacked where they are opened."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Sequence
from typing import Any

from assay.report.record import RunRecord, Step, Turn
from assay.words import first_sentence


def packed(record: RunRecord) -> str:
    """All texts of a run as base64 of zlib-compressed JSON: a list of [title, text] for each step,
    and one for what came after the last.

    Successive prompts have most of their text in common, so this is a small part of their size.
    """
    texts = json.dumps(
        [*(_texts(step) for step in record.steps), _said(record.later)], ensure_ascii=False
    )
    data = texts.encode("utf-8", "replace")
    return base64.b64encode(zlib.compress(data, 9)).decode("ascii")


def _texts(step: Step) -> list[tuple[str, str]]:
    reason = [("Why it has no score", step.reason)] if step.reason else []
    return [*_said(step.turns), *reason]


def _said(turns: Sequence[Turn]) -> list[tuple[str, str]]:
    parts = []
    for turn in turns:
        suffix = "" if turn.purpose == "proposal" else f" of the {turn.purpose}"
        parts += [
            ("Instructions" + suffix, turn.system),
            ("Prompt" + suffix, turn.prompt),
            ("Reasoning" + suffix, turn.reply.reasoning if turn.reply else None),
            ("Reply" + suffix, turn.reply.text if turn.reply else None),
        ]
    return [(title, text) for title, text in parts if text]


def entries(record: RunRecord) -> list[dict[str, Any]]:
    """What can be read, in order: position and iteration of the step, and a line about it."""
    found = [
        {"position": position, "iteration": str(step.attempt.iteration), "line": headline(step)}
        for position, step in enumerate(record.steps)
        if step.turns
    ]
    if record.later:
        last = {"position": len(record.steps), "iteration": "gate", "line": "asked by the gate"}
        if record.later[0].purpose == "proposal":
            last |= {"iteration": "next", "line": "not answered or not judged yet"}
        found.append(last)
    return found


def headline(step: Step) -> str:
    """What the model said it tries; where it said nothing, what became of the attempt."""
    said = first_sentence(step.proposal.text) if step.proposal else ""
    return said or first_sentence(step.reason) or step.verdict.replace("_", " ")
