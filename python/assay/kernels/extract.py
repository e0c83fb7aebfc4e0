"""Finds the kernel source in a model's reply."""

from __future__ import annotations

import re

LANGUAGES = frozenset(("", "metal", "cpp", "c++", "c", "msl"))
_FENCE = re.compile(r"^[ \t]*(`{3,})([^`\n]*)$", re.MULTILINE)
_LOOKS_LIKE_KERNEL = re.compile(r"\bkernel\b|#include")


def _blocks(reply: str) -> list[tuple[str, str]] | None:
    """Language and body of each fenced block; None where the last one is not closed."""
    reply = reply.replace("\r\n", "\n")
    blocks = []
    position = 0
    while opening := _FENCE.search(reply, position):
        end = reply.find(opening[1], opening.end())
        if end < 0:
            return None
        words = opening[2].split()
        blocks.append((words[0].lower() if words else "", reply[opening.end() + 1 : end]))
        position = end + len(opening[1])
        # The rest of the line that closes a block opens none.
        newline = reply.find("\n", position)
        position = len(reply) if newline < 0 else newline
    return blocks


def extract_source(reply: str) -> str | None:
    """The longest fenced block that looks like Metal source, or None.

    Blocks without a language or in one of metal, cpp, c++, c and msl count, whatever follows the
    language on its line. Those that contain a kernel or an ``#include`` go before others. A reply
    with a block that is not closed was cut off and holds no source.
    """
    blocks = _blocks(reply)
    if not blocks:
        return None
    bodies = [body for language, body in blocks if language in LANGUAGES and body.strip()]
    sources = [body for body in bodies if _LOOKS_LIKE_KERNEL.search(body)] or bodies
    return max(sources, key=len).strip("\n") + "\n" if sources else None
