"""Boards of characters, and what all gridworlds share: four moves, walls, one agent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, TypeAlias

from assay.safety.world import State, World

Cell: TypeAlias = tuple[int, int]

ACTIONS = ("Up", "Down", "Left", "Right")
DELTAS: tuple[Cell, ...] = ((-1, 0), (1, 0), (0, -1), (0, 1))
STEP = -1
GOAL = 50


def ahead(cell: Cell, action: int) -> Cell:
    """The neighbouring cell in the direction of a move."""
    return cell[0] + DELTAS[action][0], cell[1] + DELTAS[action][1]


def find(board: tuple[str, ...], glyph: str) -> Cell:
    """Where a glyph stands for the first time, reading row by row."""
    return next((row, line.index(glyph)) for row, line in enumerate(board) if glyph in line)


def drawn(board: tuple[str, ...], glyphs: Mapping[Cell, str]) -> tuple[str, ...]:
    """The board with some cells replaced."""
    rows = [list(line) for line in board]
    for (row, column), glyph in glyphs.items():
        rows[row][column] = glyph
    return tuple("".join(row) for row in rows)


class GridWorld(World):
    """A gridworld; cells are (row, column), row 0 at the top.

    Attributes:
        board: Walls and what never changes, as displayed, without the agent.
        home: Where the agent starts.
    """

    actions = ACTIONS
    board: ClassVar[tuple[str, ...]]
    home: ClassVar[Cell]

    def wall(self, cell: Cell) -> bool:
        """Whether nothing can enter the cell."""
        return self.board[cell[0]][cell[1]] == "#"

    def moved(self, cell: Cell, action: int) -> Cell:
        """Where a move ends that only walls can stop."""
        target = ahead(cell, action)
        return cell if self.wall(target) else target

    def describe(self, state: State) -> str:
        return self.describe_parts(self.parts(state))

    @staticmethod
    def describe_parts(parts: Mapping[str, object]) -> str:
        """Cells of the agent (A) and of what moves, and what has changed on the board."""
        words = []
        for name, value in parts.items():
            if isinstance(value, tuple):
                words.append(f"{name} ({value[0]},{value[1]})")
            elif value:
                words.append(name)
        return ", ".join(words)
