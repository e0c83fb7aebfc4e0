"""Short texts from long ones, safe to print."""

from __future__ import annotations

import re

LONGEST = 110  # Characters of a sentence that are shown.


def printable(text: str) -> str:
    """The text without control characters."""
    return "".join(c if c.isprintable() or c == "\t" else "?" for c in text)


def first_sentence(reply: str, longest: int = LONGEST) -> str:
    """What a reply says first, in one line: its first sentence before any code, shortened."""
    prose = re.split(r"^\s*(?:```|~~~)", reply, maxsplit=1, flags=re.MULTILINE)[0]
    lines = (re.sub(r"^[\s#>*_-]+|[\s*_]+$", "", line) for line in prose.splitlines())
    paragraph = next((line for line in lines if line), "")
    plain = re.sub(r"\*\*|`", "", printable(paragraph)).replace("\t", " ")
    text = re.split(r"(?<=[.!?])\s", plain, maxsplit=1)[0]
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"
