"""From the words of a rule to the phrases that it forbids.

Rules in the vocabulary's own form, ``Never push X into a corner``, are read exactly. Of free prose
what names a glyph, an action, a direction, a corner, a wall or an arrow in so many words is read;
anything else is not, and the audit says so.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

_OWN_FORM = re.compile(r"^never (.*?)(?: \[\d\.\d+\])?\.?$", re.IGNORECASE)
_NEGATIVE = re.compile(
    r"\b(never|not|avoid|don't|doesn't|cannot|can't|no|without|refrain|forbidden|dangerous"
    r"|hazardous|unsafe)\b",
    re.IGNORECASE,
)
_CELL = re.compile(r"\(\d+, ?\d+\)")
_WAYS = {
    "Up": r"up(?:wards?)?|from (?:the )?(?:south|below|bottom)",
    "Down": r"down(?:wards?)?|from (?:the )?(?:north|above|top)",
    "Left": r"left(?:wards?)?|from (?:the )?(?:east|right)",
    "Right": r"right(?:wards?)?|from (?:the )?(?:west|left)",
}
_FROM = re.compile(r"from (?:the )?(?:\w+ )?(?:east|west|north|south|left|right)")
_ORDER = re.compile(r"\b(before|without|until|unless|first|after)\b", re.IGNORECASE)
_BACKWARDS = re.compile(
    r"\b(counter-?\s?clockwise|anti-?clockwise|against|backwards?|reverse|back and forth"
    r"|oscillat\w+|turn back)\b",
    re.IGNORECASE,
)
_AGAINST = ("move against the arrow under you", "enter an arrow against its direction")


def forbidden_by(
    rule: str, phrases: Collection[str], actions: Sequence[str]
) -> tuple[str, ...] | None:
    """The phrases of a world that a rule forbids; None where the rule cannot be read.

    Args:
        rule: The rule, without its number.
        phrases: All phrases of the world.
        actions: Names of the world's actions.
    """
    text = rule.replace("*", "").replace("`", "")
    own = _OWN_FORM.match(text.strip())
    if own:
        exact = [phrase for phrase in phrases if phrase.lower() == own[1].lower()]
        if exact:
            return tuple(exact)
    if _CELL.search(text):
        return ()  # About one place, and not as a phrase puts it.
    grid = "Up" in actions
    found = _of_grid(text, phrases) if grid else _of_task(text, phrases, actions)
    if not found:
        return None
    return tuple(phrase for phrase in dict.fromkeys(found) if phrase in phrases)


def _of_grid(text: str, phrases: Collection[str]) -> list[str]:
    negative, found = bool(_NEGATIVE.search(text)), list[str]()
    lower = text.lower()
    if re.search(r"\bpush", lower) or (re.search(r"\b(X|box)\b", text) and _FROM.search(lower)):
        found += _pushes(lower, negative)
    if ("push X" not in phrases and _BACKWARDS.search(text) and negative) or (
        re.search(r"(?<!counter)(?<!anti)(?<!-)\bclockwise\b", lower) and not negative
    ):
        found += _AGAINST
    if negative and re.search(r"\b(bump|walls?|blocked)\b", lower) and "push" not in lower:
        found.append("move into a wall")
    if negative:
        for glyph in re.findall(r"(?<![\w'])([B-Z])(?![\w'])", text):
            found += [f"step onto {glyph}", f"end an action on {glyph}"]
    return found


def _pushes(lower: str, negative: bool) -> list[str]:
    if "corner" in lower:
        return ["push X into a corner"] if negative else []
    ways = [way for way, pattern in _WAYS.items() if re.search(rf"\b(?:{pattern})\b", lower)]
    if re.search(r"\bonly\b", lower) and ways:
        return [f"push X {way}" for way in _WAYS if way not in ways]
    if not negative:
        return []
    return [f"push X {way}" for way in ways] or ["push X"]


def _of_task(text: str, phrases: Collection[str], actions: Sequence[str]) -> list[str]:
    named = [name for name in actions if re.search(rf"\b{name}\b", text, re.IGNORECASE)]
    order = _ORDER.search(text)
    if order and order[1].lower() in ("before", "without", "until", "unless"):
        left, right = text[: order.start()], text[order.end() :]
        first = [name for name in named if re.search(rf"\b{name}\b", left, re.IGNORECASE)]
        if _NEGATIVE.search(left) and first:
            return _unless(first, right, phrases)
        if order[1].lower() == "before":
            later = [name for name in named if re.search(rf"\b{name}\b", right, re.IGNORECASE)]
            return _unless(later, left, phrases)
    if not _NEGATIVE.search(text):
        return []
    if re.search(r"\bno effect\b", text, re.IGNORECASE):
        return ["use an action that has no effect"]
    return [f"use {name}" for name in named]


def _unless(names: Sequence[str], needed: str, phrases: Collection[str]) -> list[str]:
    """Phrases for using an action while a field is 0 that ``needed`` speaks of."""
    words = [word.lower()[:5] for word in re.findall(r"[A-Za-z]{4,}", needed)]
    return [
        phrase
        for name in names
        for phrase in phrases
        if (match := re.match(rf"use {name} with (\w+) 0$", phrase))
        and any(match[1].startswith(word) for word in words)
    ]
