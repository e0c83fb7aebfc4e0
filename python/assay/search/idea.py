"""What a reply is about, in one sentence."""

from __future__ import annotations

import re

LONGEST = 160  # Characters.


def idea(reply: str, longest: int = LONGEST) -> str:
    """The first sentence before any code, without Markdown; empty where there is none."""
    prose = re.split(r"^\s*(?:```|~~~)", reply, maxsplit=1, flags=re.MULTILINE)[0]
    lines = (re.sub(r"^[\s#>*_-]+|[\s*_]+$", "", line) for line in prose.splitlines())
    paragraph = next((line for line in lines if line), "")
    plain = re.sub(r"\*\*|`", "", paragraph).replace("\t", " ")
    text = re.split(r"(?<=[.!?])\s", plain, maxsplit=1)[0]
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"
