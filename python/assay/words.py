"""Short texts for people: of long texts, safe to print, and of exit codes."""

from __future__ import annotations

import re
import signal

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


def exit_in_words(code: int) -> str:
    """How a process ended; ``code`` is its exit code, or minus the number of a signal."""
    if code >= 0:
        return f"exit code {code}"
    try:
        return f"killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"killed by signal {-code}"
