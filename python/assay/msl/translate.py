"""Translated source, and the way back from its positions to the candidate's."""

from __future__ import annotations

import bisect
from dataclasses import dataclass

from assay.msl.rewrite import Edits
from assay.msl.tokens import Token

SOURCE_NAME = "program_source"


@dataclass(frozen=True)
class Translation:
    """C++ text with line markers.

    ``columns`` has, for each source line, pairs of a column in the text and one in the source.
    """

    text: str
    columns: dict[int, list[tuple[int, int]]]

    def locate(self, line: int, column: int) -> tuple[int, int | None]:
        """The candidate's position for a position that the compiler reports."""
        marks = self.columns.get(line)
        if not marks:
            return line, None
        index = bisect.bisect_right(marks, (column, 1 << 30)) - 1
        return line, marks[max(index, 0)][1]


def assemble(tokens: list[Token], edits: Edits) -> Translation:
    """Write out preprocessed tokens with their edits, keeping the candidate's line numbers."""
    parts: list[str] = []
    columns: dict[int, list[tuple[int, int]]] = {}
    code_index, current, width = 0, 0, 0
    for token in tokens:
        if token.kind == "newline":
            parts.append("\n")
            current, width = current + 1, 0
            continue
        if token.line != current:
            parts.append(f'{chr(10) if width else ""}# {token.line} "{SOURCE_NAME}"\n')
            current, width = token.line, 0
        text = token.text
        if token.is_code:
            text = edits.text(code_index, token.text)
            lead = len(edits.before.get(code_index, ""))
            columns.setdefault(token.line, []).append((width + lead + 1, token.column))
            code_index += 1
        parts.append(text)
        width += len(text)
    for marks in columns.values():
        marks.sort()
    return Translation("".join(parts) + "\n", columns)
