"""Finds the policy in a model's reply."""

from __future__ import annotations

import re

_LINES = re.DOTALL | re.MULTILINE
_FENCED = re.compile(r"^[ \t]*```[ \t]*(\w*)[ \t]*\n(.*?)(?:^[ \t]*```|\Z)", _LINES)
_TAGS = ("python", "py", "python3", "")
_BARE = re.compile(r"^def policy\(env, agent_id\).*?(?=^def |^```|\Z)", _LINES)
_FEWEST_LINES = 3  # Of a policy outside of a fence; less is prose about one.


def extract_policy(reply: str) -> str | None:
    """The source of the policy in a reply; None where there is none.

    The first fenced block that defines ``policy`` counts, one that is tagged as Python before one
    without a tag; without any such block, a definition that stands in the text itself.
    """
    blocks = [(tag.lower(), body.strip()) for tag, body in _FENCED.findall(reply)]
    policies = [(tag, body) for tag, body in blocks if tag in _TAGS and "def policy" in body]
    # Sorting is stable: tagged blocks come first, in their order.
    for _, body in sorted(policies, key=lambda block: block[0] == ""):
        return body
    bare = _BARE.search(reply)
    if bare is None or len(bare.group().strip().splitlines()) < _FEWEST_LINES:
        return None
    return bare.group().strip()
