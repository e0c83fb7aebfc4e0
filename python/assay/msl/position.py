"""A place in the candidate's source, or in a file that it includes."""

from __future__ import annotations

from typing import NamedTuple


class Position(NamedTuple):
    """``file`` is None for the source itself; ``line`` and ``column`` count from 1."""

    file: str | None
    line: int
    column: int | None
