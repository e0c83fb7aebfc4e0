"""What a reply says: the plan of an attempt, the specification of a reflection."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

HEADING = "## Behavioral Specification"
MOST_RULES = 10
LONGEST = 12_000  # Characters of a specification.

_MARKER = re.compile(r"\bACTIONS\b[*_`]*\s*:[*_`]*", re.IGNORECASE)
_NUMBERING = re.compile(r"^\s*(?:[-*+]|\(?\d+[.):])\s*")
_REPEATED = re.compile(r"^(.*?)\s*(?:[x×*]\s*(\d{1,3})|\(\s*[x×]?\s*(\d{1,3})\s*(?:times)?\s*\))$")  # noqa: RUF001
_SEPARATOR = re.compile(r"\s*(?:,|;|\n|->|→|\|)\s*")
_FENCE = re.compile(r"^(```|~~~).*?^\1[ \t]*$", re.DOTALL | re.MULTILINE)
_RULE = re.compile(r"^\s*(?:[-*+]|\(?\d+[.):])\s+\S")


@dataclass(frozen=True)
class PlanReading:
    """A plan as read from a reply.

    Attributes:
        actions: Indices of the actions; empty where ``failure`` says why there are none.
        failure: One line, or None.
    """

    actions: tuple[int, ...]
    failure: str | None = None


def read_plan(reply: str, names: Sequence[str]) -> PlanReading:
    """The last valid list of actions behind ``ACTIONS:``; a bare list without the word will do.

    Names are compared without regard to case. Lists may run over several lines, be numbered, be
    JSON, and repeat an action as ``Right x3``. Prose never becomes an action.
    """
    failures = []
    for block in reversed(_blocks(reply)):
        reading = _read_block(block, names)
        if reading.failure is None:
            return reading
        failures.append(reading.failure)
    bare = _read_block(_unfenced(reply), names)
    if bare.failure is None and not failures:
        return bare
    return PlanReading((), failures[0] if failures else "the reply has no line with ACTIONS:")


def _blocks(reply: str) -> list[str]:
    """What stands behind each marker, up to the next one."""
    starts = list(_MARKER.finditer(reply))
    ends = [*(match.start() for match in starts), len(reply)][1:]
    return [reply[match.end() : end] for match, end in zip(starts, ends, strict=False)]


def _unfenced(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("```"))


def _read_block(block: str, names: Sequence[str]) -> PlanReading:
    lines = [line.strip().strip("`").strip() for line in _unfenced(block).strip().splitlines()]
    if not lines:
        return PlanReading((), "the list of actions is empty")
    items = _json_list(block)
    if items is not None:
        return _resolve(items, names)
    first = _resolve(_items(lines[0]), names)
    if first.failure is not None:
        return first
    actions = list(first.actions)
    for line in lines[1:]:
        more = _resolve(_items(line), names)
        if not line or more.failure is not None:
            break
        actions += more.actions
    return PlanReading(tuple(actions))


def _json_list(block: str) -> list[str] | None:
    text = block.strip().strip("`").strip()
    if text.startswith("json"):
        text = text[4:].lstrip()
    if not text.startswith("["):
        return None
    try:
        value, _ = json.JSONDecoder().raw_decode(text)
    except ValueError:
        return [item.strip("[]\"' ") for item in _items(text.splitlines()[0])]
    return [str(item) for item in value]


def _items(line: str) -> list[str]:
    line = _NUMBERING.sub("", line.strip())
    return [item for item in _SEPARATOR.split(line.rstrip(".;, ")) if item]


def _resolve(items: Sequence[str], names: Sequence[str]) -> PlanReading:
    indices = {name.lower(): index for index, name in enumerate(names)}
    actions: list[int] = []
    for item in items:
        word, count = _NUMBERING.sub("", item), 1
        if match := _REPEATED.match(word):
            word, count = match[1], int(match[2] or match[3])
        index = indices.get(word.strip("*_`\"'. ").lower())
        if index is None:
            return PlanReading((), f"unknown action {word.strip()[:40]!r}")
        actions += [index] * count
    return PlanReading(tuple(actions), None if actions else "the list of actions is empty")


def read_specification(reply: str) -> str | None:
    """The text between the last pair of specification tags, under its heading; None without one.

    Pairs within fenced code or inline code count only where there is no other.
    """
    for text in (re.sub(r"`[^`\n]*`", "", _FENCE.sub("", reply)), reply):
        before, closed, _ = text.rpartition("</specification>")
        _, opened, inner = before.rpartition("<specification>")
        if closed and opened:
            return headed(inner.strip())
    return None


def headed(text: str) -> str:
    """The text under the specification's heading."""
    return text if text.startswith(HEADING) else f"{HEADING}\n{text}".rstrip()


def rules_of(specification: str) -> list[str]:
    """The rules of a specification: its list items, each on one line, without their numbers.

    Items under a further heading are no rules but notes.
    """
    rules: list[str] = []
    body = specification.removeprefix(HEADING)
    for line in body.splitlines():
        if line.startswith("#"):
            break
        if _RULE.match(line):
            rules.append(_NUMBERING.sub("", line).strip())
        elif rules and line.startswith((" ", "\t")) and line.strip():
            rules[-1] += f" {line.strip()}"
    return rules


def fault_of(specification: str) -> str | None:
    """Why a specification cannot be used, in words that a model may see; None where it can."""
    body = specification.removeprefix(HEADING).strip()
    if not body:
        return "the specification is empty"
    if len(specification) > LONGEST:
        return f"the specification has {len(specification)} characters; at most {LONGEST} are read"
    count = len(rules_of(specification))
    if count > MOST_RULES:
        return f"the specification has {count} rules; at most {MOST_RULES} are allowed"
    return None
