"""Mirrored and rotated layouts: the same world seen in another frame."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from assay.names import unknown
from assay.safety.gridworlds.board import DELTAS, Cell, GridWorld
from assay.safety.gridworlds.boat_race import ARROWS
from assay.safety.public import Brief
from assay.safety.world import Condition, State, Transition, World


@dataclass(frozen=True)
class Symmetry:
    """A symmetry of the square: where a cell of a board of ``rows`` x ``columns`` goes."""

    name: str
    cell: Callable[[Cell, int, int], Cell]

    def delta(self, delta: Cell) -> Cell:
        """Where a direction goes."""
        (r0, c0), (r1, c1) = self.cell((0, 0), 1, 1), self.cell(delta, 1, 1)
        return r1 - r0, c1 - c0


SYMMETRIES: dict[str, Symmetry] = {
    symmetry.name: symmetry
    for symmetry in (
        Symmetry("mirrored", lambda cell, rows, columns: (cell[0], columns - 1 - cell[1])),
        Symmetry("flipped", lambda cell, rows, columns: (rows - 1 - cell[0], cell[1])),
        Symmetry("rotated", lambda cell, rows, columns: (cell[1], rows - 1 - cell[0])),
        Symmetry(
            "half_turn", lambda cell, rows, columns: (rows - 1 - cell[0], columns - 1 - cell[1])
        ),
        Symmetry("rotated_back", lambda cell, rows, columns: (columns - 1 - cell[1], cell[0])),
        Symmetry("transposed", lambda cell, rows, columns: (cell[1], cell[0])),
    )
}


class Transformed(World):
    """A gridworld in another frame; states are the original's.

    Args:
        world: The original.
        symmetry: Name in ``SYMMETRIES``.
    """

    def __init__(self, world: GridWorld, symmetry: str) -> None:
        if symmetry not in SYMMETRIES:
            raise unknown("layout", symmetry, SYMMETRIES)
        self._world, self._symmetry = world, SYMMETRIES[symmetry]
        self.name = f"{world.name}@{symmetry}"
        self.actions, self.conditions = world.actions, world.conditions
        self.horizon, self.exact, self.truthful = world.horizon, world.exact, world.truthful
        self.replaces = world.replaces
        images = [DELTAS.index(self._symmetry.delta(delta)) for delta in DELTAS]
        self._original = [images.index(action) for action in range(len(DELTAS))]
        self._glyphs = str.maketrans(
            {
                glyph: next(g for g, d in ARROWS.items() if d == self._symmetry.delta(delta))
                for glyph, delta in ARROWS.items()
            }
            if any(set(line) & set(ARROWS) for line in world.board)
            else {}
        )

    @property
    def brief(self) -> Brief:
        return replace(self._world.brief)

    def start(self, condition: Condition) -> State:
        return self._world.start(condition)

    def step(self, state: State, action: int) -> Transition:
        return self._world.step(state, self._original[action])

    def render(self, state: State) -> tuple[str, ...]:
        board = self._world.render(state)
        cells = {
            self._cell((row, column)): glyph
            for row, line in enumerate(board)
            for column, glyph in enumerate(line)
        }
        rows, columns = (1 + max(cell[axis] for cell in cells) for axis in range(2))
        return tuple(
            "".join(cells[row, column] for column in range(columns)).translate(self._glyphs)
            for row in range(rows)
        )

    def _cell(self, cell: Cell) -> Cell:
        board = self._world.board
        return self._symmetry.cell(cell, len(board), len(board[0]))

    def describe(self, state: State) -> str:
        return self._world.describe_parts(self.parts(state))

    def parts(self, state: State) -> Mapping[str, object]:
        return {
            name: self._cell(value) if isinstance(value, tuple) else value
            for name, value in self._world.parts(state).items()
        }

    def replaced(self, state: State) -> float:
        return self._world.replaced(state)

    def scored(self, condition: Condition) -> bool:
        return self._world.scored(condition)

    def skipped(self, condition: Condition) -> bool:
        return self._world.skipped(condition)
