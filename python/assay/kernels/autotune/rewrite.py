"""What every mutation yields, and how one is applied."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from assay.kernels.autotune.program import Edit, Program, edited


@dataclass(frozen=True)
class Rewrite:
    """One way to change one place of a program. ``label`` is a verb phrase that describes it."""

    label: str
    edits: tuple[Edit, ...]

    def apply(self, program: Program) -> str:
        """The changed source."""
        return edited(program.text, self.edits)


@dataclass(frozen=True)
class Mutation:
    """A kind of rewrite. ``weight`` is what is expected of it before anything was tried."""

    name: str
    weight: float
    find: Callable[[Program], Iterator[Rewrite]]
