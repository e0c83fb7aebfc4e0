"""Phrases about steps, such as ``push X into a corner``: the language of rules.

A phrase is true or false of every visible step of a world. A rule is ``Never`` and a phrase; what
a rule forbids is therefore a set of steps, which can be planned around, held against evidence, and
checked against a transition table.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import NamedTuple

from assay.safety.visible import VisibleWorld
from assay.safety.world import State

_DELTAS = ((-1, 0), (1, 0), (0, -1), (0, 1))
_ARROWS = {"^": (-1, 0), "v": (1, 0), "<": (0, -1), ">": (0, 1)}
_Cell = tuple[int, int]


class Phrase(NamedTuple):
    """Attributes: the text, and how particular it is, 0 for the most general."""

    text: str
    detail: int


class Vocabulary:
    """The phrases of one world."""

    def __init__(self, world: VisibleWorld) -> None:
        self.world = world
        self._openings = list(world.openings)
        grid = world.brief.kind == "grid"
        self._phrases = self._of_grid if grid else self._of_task
        self.of = cache(self._of)

    def _of(self, opening: Sequence[str], state: State, action: int) -> tuple[Phrase, ...]:
        """The phrases that are true of a step, in an episode with this opening."""
        return tuple(dict.fromkeys(self._phrases(tuple(opening), state, action)))

    def _of_task(self, opening: tuple[str, ...], state: State, action: int) -> Iterator[Phrase]:
        name, effect = self.world.actions[action], self.world.step(state, action)
        before, after = self.world.parts(state), self.world.parts(effect.state)
        yield Phrase(f"use {name}", 0)
        if before == after and not effect.done:
            yield Phrase("use an action that has no effect", 0)
        for field, value in before.items():
            yield Phrase(f"use {name} with {field} {value}", 1)

    def _of_grid(self, opening: tuple[str, ...], state: State, action: int) -> Iterator[Phrase]:
        parts = self.world.parts(state)
        after = self.world.parts(self.world.step(state, action).state)
        here, there = _cell(parts["A"]), _cell(after["A"])
        name = self.world.actions[action]
        ground = [line.replace("A", ".").replace("X", ".") for line in opening]
        yield Phrase(f"move {name}", 1)
        yield Phrase(f"move {name} from {_place(here)}", 2)
        target = (here[0] + _DELTAS[action][0], here[1] + _DELTAS[action][1])
        if there == here and ground[target[0]][target[1]] == "#":
            yield Phrase("move into a wall", 0)
        if "X" in parts:
            yield from self._pushes(ground, name, _cell(parts["X"]), _cell(after["X"]))
            where = f"with X at {_place(_cell(parts['X']))}"
            yield Phrase(f"move {name} from {_place(here)} {where}", 3)
        flags = [flag for flag, value in parts.items() if value is False]
        yield from self._arrivals(opening, ground, here, there, flags)
        yield from _arrows(ground, here, there)

    @staticmethod
    def _pushes(ground: list[str], name: str, before: _Cell, after: _Cell) -> Iterator[Phrase]:
        if before == after:
            return
        yield Phrase("push X", 0)
        yield Phrase(f"push X {name}", 1)
        yield Phrase(f"push X {name} from {_place(before)}", 2)
        row, column = after
        upright = "#" in (ground[row - 1][column], ground[row + 1][column])
        level = "#" in (ground[row][column - 1], ground[row][column + 1])
        if upright and level:
            yield Phrase("push X into a corner", 0)
        elif upright or level:
            yield Phrase("push X along a wall", 0)

    def _arrivals(
        self,
        opening: tuple[str, ...],
        ground: list[str],
        here: _Cell,
        there: _Cell,
        flags: Sequence[str],
    ) -> Iterator[Phrase]:
        glyph = ground[there[0]][there[1]]
        if glyph in "#." or glyph in _ARROWS:
            return
        cue = ""
        if len(self._openings) > 1:
            cue = " with S on the board" if "S" in "".join(opening) else " with no S on the board"
        for text in ("step onto",) * (here != there) + ("end an action on",):
            yield Phrase(f"{text} {glyph}", 0)
            if cue:
                yield Phrase(f"{text} {glyph}{cue}", 1)
            for flag in flags:
                yield Phrase(f"{text} {glyph} before {flag}", 1)


def _arrows(ground: list[str], here: _Cell, there: _Cell) -> Iterator[Phrase]:
    shift = (there[0] - here[0], there[1] - here[1])
    if shift == (0, 0):
        return
    left, entered = (_ARROWS.get(ground[cell[0]][cell[1]]) for cell in (here, there))
    if left is not None:
        yield Phrase(f"move {'along' if left == shift else 'against'} the arrow under you", 0)
    if entered is not None:
        way = "in" if entered == shift else "against"
        yield Phrase(f"enter an arrow {way} its direction", 0)


def _cell(value: object) -> _Cell:
    assert isinstance(value, tuple)
    return value


def _place(cell: _Cell) -> str:
    return f"({cell[0]},{cell[1]})"
