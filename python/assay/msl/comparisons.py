"""Comparisons of vectors, which give vectors of bool; clang makes vectors of integers, 0 and -1.

Where a vector of bool is wanted they convert. What is left are the places that ask for no type.
"""

from __future__ import annotations

from collections.abc import Iterator

from assay.msl.conditionals import colon_of
from assay.msl.edits import Edits
from assay.msl.operands import BEHIND_TEMPLATE_ARGUMENTS, compares
from assay.msl.structure import Range, Structure
from assay.msl.vector_types import VECTOR

_STARTS_EXPRESSION = frozenset((";", "{", "}", "(", "[", ",", "return", "?", ":", "else", "do"))
_COMPARING = frozenset(("==", "!=", "<=", ">="))
_NOT_IN_ARGUMENTS = frozenset((";", "{", "}", "(", "[", "=", "?", "return"))
_ENDS = (";", ",", ")", "]", "}")
_NO_CALL = frozenset(("return", "case", "else", "do"))


def comparisons(structure: Structure, edits: Edits) -> None:
    """``auto m = a < b``, ``(a < b).x``, ``int4 m = a < b`` and ``a < b ? c : d``."""
    for index, token in enumerate(structure.tokens):
        if token.text == "=":
            _initialiser(structure, index, edits)
        elif token.text == "(":
            _member(structure, index, edits)
    for condition in _conditions(structure):
        _pass(condition, "condition", edits)


def _pass(span: Range, function: str, edits: Edits) -> None:
    edits.before[span[0]] += f"assay::{function}("
    edits.after[span[1] - 1] += ")"


def _initialiser(structure: Structure, equals: int, edits: Edits) -> None:
    kind = structure.at(equals - 2)
    if kind != "auto" and not VECTOR.match(kind):
        return
    stop = structure.find(equals + 1, len(structure.tokens), *_ENDS)
    span = (equals + 1, stop or equals + 1)
    if kind.startswith("bool") or not compares(structure, span) or "?" in structure.words(span):
        return
    _pass(span, "truth" if kind == "auto" else "number", edits)


def _member(structure: Structure, opening: int, edits: Edits) -> None:
    close, before = structure.partner[opening], structure.tokens[opening - 1]
    called = before.kind == "identifier" and before.text not in _NO_CALL
    if structure.at(close + 1) not in (".", "[") or called or before.text == ">":
        return
    if compares(structure, (opening + 1, close)) and "?" not in structure.words((opening, close)):
        edits.before[opening] += "assay::truth"


def _conditions(structure: Structure) -> Iterator[Range]:
    """The comparisons that a ``?`` stands behind."""
    for function in structure.functions:
        for index in range(*(function.body or (0, 0))):
            if structure.at(index) != "?":
                continue
            start = _expression_start(structure, index)
            colon = colon_of(structure, index + 1, len(structure.tokens)) or index
            stop = structure.find(colon, len(structure.tokens), *_ENDS) or colon
            in_template = "<" in structure.words((start, index)) and ">" in structure.words(
                (colon, stop)
            )
            if start < index and compares(structure, (start, index)) and not in_template:
                yield start, index


def _expression_start(structure: Structure, index: int) -> int:
    while index > 0:
        before = structure.at(index - 1)
        if before in _STARTS_EXPRESSION or (before.endswith("=") and before not in _COMPARING):
            break
        behind = structure.at(index)
        index = structure.partner[index - 1] if before in (")", "]") else index - 1
        if before == ">" and behind in BEHIND_TEMPLATE_ARGUMENTS:
            index = _template_name(structure, index) or index
    return index


def _template_name(structure: Structure, close: int) -> int | None:
    """Index of the name whose template arguments end at ``close``; None if none do."""
    index, depth = close, 0
    while index > 0 and structure.at(index) not in _NOT_IN_ARGUMENTS:
        depth += (structure.at(index) == ">") - (structure.at(index) == "<")
        index = structure.partner[index] - 1 if structure.at(index) in (")", "]") else index - 1
        if depth == 0:
            return index if structure.tokens[index].kind == "identifier" else None
    return None
