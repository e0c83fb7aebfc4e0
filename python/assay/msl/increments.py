"""``++`` and ``--`` of integer vectors, which clang has for single numbers only."""

from __future__ import annotations

import re
from collections.abc import Iterator

from assay.msl.edits import Edits
from assay.msl.operands import operand_end
from assay.msl.structure import Range, Structure, split_list

_INTEGERS = re.compile(r"(?:packed_)?u?(?:char|short|int|long)[234]$")
_SWIZZLE = re.compile(r"(?:[xyzw]{2,4}|[rgba]{2,4})$")
_BETWEEN = frozenset(
    ("const", "volatile", "thread", "device", "threadgroup", "&", "*", "__restrict")
)
_NO_OPERANDS = frozenset(("return", "else", "do", "case"))
_LONGEST = 1024  # Tokens of a declaration with several names.


def increments(structure: Structure, edits: Edits) -> None:
    """Write ``++v`` as ``(v += 1)`` and ``v++`` as ``((v += 1) - 1)``.

    That is the same for pointers and numbers, so it is no matter if they have the name of a vector
    somewhere else.
    """
    places = [i for i, token in enumerate(structure.tokens) if token.text in ("++", "--")]
    names = set(_integer_vectors(structure)) if places else set()
    for index in places if names else ():
        sign = structure.at(index)[0]
        if _is_postfix(structure, index):
            start = _operand_start(structure, index - 1)
            if _is_vector(structure, (start, index), names):
                edits.before[start] += "(("
                edits.replaced[index] = f" {sign}= 1) {'-' if sign == '+' else '+'} 1)"
        else:
            stop = operand_end(structure, index + 1)
            if _is_vector(structure, (index + 1, stop), names):
                edits.replaced[index] = "("
                edits.after[stop - 1] = f" {sign}= 1)" + edits.after[stop - 1]


def _integer_vectors(structure: Structure) -> Iterator[str]:
    """Names of what is declared as an integer vector, or as a pointer to or an array of some."""
    for index, token in enumerate(structure.tokens):
        if _INTEGERS.match(token.text):
            name = index + 1
        elif token.text == "vec" and structure.at(index + 1) == "<":
            name = structure.template_end(index + 1)
        else:
            continue
        while structure.at(name) in _BETWEEN:
            name += 1
        if name < len(structure.tokens) and structure.tokens[name].kind == "identifier":
            yield structure.at(name)
            yield from _more_names(structure, name)


def _more_names(structure: Structure, first: int) -> Iterator[str]:
    stop = structure.find(first, min(first + _LONGEST, len(structure.tokens)), ";", ")", "}")
    if stop is not None and structure.at(stop) == ";":
        for start, _ in split_list(structure.tokens, (first, stop), structure.partner)[1:]:
            yield structure.at(start + (structure.at(start) in ("*", "&")))


def _is_postfix(structure: Structure, index: int) -> bool:
    before, behind = structure.tokens[index - 1], structure.tokens[index + 1]
    if before.text == ")":  # of an operand, or of ``if (…)``
        return behind.kind != "identifier"
    return before.text == "]" or (before.kind == "identifier" and before.text not in _NO_OPERANDS)


def _operand_start(structure: Structure, index: int) -> int:
    """Index of the first token of the operand that ends at ``index``."""
    while True:
        if structure.at(index) == "]":
            index = structure.partner[index] - 1
            continue
        if structure.at(index) == ")":
            index = structure.partner[index]
            called = structure.tokens[index - 1]
            if called.kind != "identifier" or called.text in _NO_OPERANDS:
                return index
            index -= 1
        if structure.at(index - 1) not in (".", "->", "::"):
            return index
        index -= 2


def _is_vector(structure: Structure, operand: Range, names: set[str]) -> bool:
    """Whether the last name of an operand, or the one that a swizzle belongs to, is a vector's."""
    index = operand[1] - 1
    while structure.at(index) in ("]", ")") and index > operand[0]:
        index = structure.partner[index] - 1 if structure.at(index) == "]" else index - 1
    if _SWIZZLE.match(structure.at(index)) and structure.at(index - 1) == ".":
        if structure.at(index) in names:
            return True
        return _is_vector(structure, (operand[0], index - 1), names)
    return structure.at(index) in names
