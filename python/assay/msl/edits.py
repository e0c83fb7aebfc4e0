"""Changes to a list of tokens."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field


@dataclass
class Edits:
    """Changes to a token list: replacements, and text put before or behind a token."""

    replaced: dict[int, str] = field(default_factory=dict)
    before: dict[int, str] = field(default_factory=lambda: defaultdict(str))
    after: dict[int, str] = field(default_factory=lambda: defaultdict(str))

    def remove(self, start: int, stop: int) -> None:
        """Drop a range of tokens."""
        for index in range(start, stop):
            self.replaced[index] = ""

    def drop(self, start: int, stop: int) -> None:
        """Drop a range of tokens with everything that was put beside them."""
        self.remove(start, stop)
        for index in range(start, stop):
            self.before.pop(index, None)
            self.after.pop(index, None)

    def text(self, index: int, original: str) -> str:
        """The token at ``index`` with everything that belongs to it."""
        return (
            self.before.get(index, "")
            + self.replaced.get(index, original)
            + self.after.get(index, "")
        )
