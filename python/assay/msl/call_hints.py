"""Why a call matches none of the functions of its name, in one sentence."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

_REASON = re.compile(r"(?:not viable|template ignored|candidate ignored): (.*)$")
_MOST = 3  # of the wanted types


@dataclass(frozen=True)
class _Mismatch:
    """What one function wants of one argument, and what it was given."""

    place: str
    verb: str
    wanted: str
    given: str


_MISMATCHES = (
    re.compile(
        r"no known conversion from (?P<given>'[^']*') to (?P<wanted>'[^']*') "
        r"for (?P<place>\w+) argument"
    ),
    re.compile(
        r"deduced type (?P<wanted>'[^']*') of (?P<place>\w+) parameter does not match "
        r"adjusted type (?P<given>'[^']*')"
    ),
    re.compile(
        r"cannot pass pointer to (?P<given>\w+ memory) as a pointer to (?P<wanted>\w+ memory) "
        r"in (?P<place>\w+) argument"
    ),
    re.compile(
        r"cannot bind reference in (?P<given>\w+ memory) to object in (?P<wanted>\w+ memory) "
        r"in (?P<place>\w+) argument"
    ),
)
_VERBS = ("be", "be", "point to", "lie in")
_SENTENCES = (
    (re.compile(r"(requires .*)"), "the function {0}"),
    (
        re.compile(r"(\w+) argument \('[^']*'\) would lose const qualifier"),
        "its {0} argument must not be const",
    ),
    (
        re.compile(r"'this' object is in (\w+ memory), but method expects object in (\w+ memory)"),
        "its object must lie in {1}, not {0}",
    ),
    (
        re.compile(r"'this' argument has type '([^']*)', but method is not marked const"),
        "its object must not be const",
    ),
    (re.compile(r"couldn't infer template argument '(\w+)'"), "name the template argument {0}"),
    (
        re.compile(r"deduced conflicting types for parameter '(\w+)' \(('[^']*') vs\. ('[^']*')\)"),
        "the arguments of type {0} must have one type, not {1} and {2}",
    ),
    (
        re.compile(r"could not match ('[^']*') against ('[^']*')"),
        "an argument must match {0}, not {1}",
    ),
)


def call_hint(notes: Sequence[str], words: Callable[[str], str]) -> str | None:
    """What to give the function instead; None where the compiler's notes do not tell.

    ``words`` turns the compiler's words into Metal's.
    """
    reasons = [words(match.group(1)) for note in notes if (match := _REASON.search(note))]
    if reasons and any("assay_site" in reason for reason in reasons):
        return "leave out the last argument"  # it would be one that only the library gives
    if any("_atomic<" in reason for reason in reasons):
        return "pass a pointer to an atomic type, for example device atomic_uint *"
    mismatches = [found for reason in reasons for found in _mismatch(reason)]
    if mismatches and any(_mismatch(reasons[0])):
        first = mismatches[0]
        alike = [m.wanted for m in mismatches if (m.place, m.verb) == (first.place, first.verb)]
        wanted = " or ".join(list(dict.fromkeys(alike))[:_MOST])
        return f"its {first.place} argument must {first.verb} {wanted}, not {first.given}"
    return next(filter(None, map(_sentence, reasons)), None)


def _mismatch(reason: str) -> Iterator[_Mismatch]:
    for pattern, verb in zip(_MISMATCHES, _VERBS, strict=True):
        if match := pattern.search(reason):
            yield _Mismatch(verb=verb, **match.groupdict())


def _sentence(reason: str) -> str | None:
    for pattern, sentence in _SENTENCES:
        if match := pattern.search(reason):
            return sentence.format(*match.groups())
    return None
