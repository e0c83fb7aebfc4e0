"""How long a search may go on."""

from __future__ import annotations

from dataclasses import dataclass

from assay.names import UsageError
from assay.search.state import RunState


@dataclass(frozen=True)
class Budget:
    """Limits of a whole run, what earlier processes spent on it included.

    Attributes:
        iterations: Candidates to ask for, at least 0; 0 measures the seed and runs the gate.
    """

    iterations: int

    def __post_init__(self) -> None:
        if self.iterations < 0:
            raise UsageError(f"iterations is {self.iterations}; it must be 0 or more")

    def spent(self, run: RunState) -> str | None:
        """The name of a limit that is reached, or None while the search may go on."""
        return "iterations" if run.iterations >= self.iterations else None
