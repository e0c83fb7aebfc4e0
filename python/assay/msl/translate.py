"""Translated source, and the way back from its positions to the candidate's."""

from __future__ import annotations

import bisect
from dataclasses import dataclass

from assay.msl.edits import Edits
from assay.msl.position import Position
from assay.msl.tokens import Token

SOURCE_NAME = "program_source"


Marks = list[tuple[int, int]]


@dataclass(frozen=True)
class Translation:
    """C++ text with line markers.

    ``columns`` has, for each line of each source file, pairs of a column in the text and one in the
    source.
    """

    text: str
    columns: dict[tuple[str, int], Marks]

    def locate(self, file: str, line: int, column: int) -> Position | None:
        """The source's position for one that the compiler reports; None for other files."""
        if file != SOURCE_NAME and all(name != file for name, _ in self.columns):
            return None
        own = None if file == SOURCE_NAME else file
        marks = self.columns.get((file, line))
        if not marks:
            return Position(own, line, None)
        index = bisect.bisect_right(marks, (column, 1 << 30)) - 1
        return Position(own, line, marks[max(index, 0)][1])


def assemble(tokens: list[Token], edits: Edits) -> Translation:
    """Write out preprocessed tokens with their edits, keeping the sources' line numbers."""
    parts: list[str] = []
    columns: dict[tuple[str, int], Marks] = {}
    code_index, width = 0, 0
    current = ("", 0)
    for token in tokens:
        place = (token.file or SOURCE_NAME, token.line)
        if token.kind == "newline":
            parts.append("\n")
            current, width = (current[0], current[1] + 1), 0
            continue
        if place != current:
            parts.append(f'{chr(10) if width else ""}# {place[1]} "{place[0]}"\n')
            current, width = place, 0
        text = token.text
        if token.is_code:
            text = edits.text(code_index, token.text)
            lead = len(edits.before.get(code_index, ""))
            columns.setdefault(place, []).append((width + lead + 1, token.column))
            code_index += 1
        parts.append(text)
        width += len(text)
    for marks in columns.values():
        marks.sort()
    return Translation("".join(parts) + "\n", columns)
