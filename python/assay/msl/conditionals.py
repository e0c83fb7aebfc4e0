"""Operands of ``c ? a : b`` that lie in different address spaces."""

from __future__ import annotations

from collections.abc import Iterator

from assay.msl.structure import Function, Range, Structure

_ENDS = (";", ",", ")", "]", "}", ":", "?")
_ASSIGNMENTS = frozenset(("=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<=", ">>="))
_MEMBER = frozenset((".", "->", "::"))
_NO_VALUES = frozenset(("true", "false", "nullptr", "this", "NULL", "throw"))


def objects(structure: Structure) -> Iterator[Range]:
    """The operands that name an object: clang joins none of two address spaces.

    Their values it does join. Where a reference to one of them is wanted they stay as they are.
    """
    for function in structure.functions:
        if function.body is None or _returns_reference(structure, function):
            continue
        for index in range(*function.body):
            if structure.at(index) != "?" or _makes_reference(structure, index):
                continue
            if _is_assigned(structure, index, function.body[1]):
                continue
            colon = colon_of(structure, index + 1, function.body[1])
            if colon is None:
                continue
            stop = structure.find(colon + 1, function.body[1], *_ENDS) or colon
            for operand in ((index + 1, colon), (colon + 1, stop)):
                if _names_object(structure, operand):
                    yield operand


def _returns_reference(structure: Structure, function: Function) -> bool:
    return "&" in structure.words((function.start, function.name_index))


def _makes_reference(structure: Structure, index: int) -> bool:
    """Whether the statement up to here is ``T &name = …`` or takes an address."""
    while index > 0 and structure.at(index) not in (";", "{", "}"):
        if structure.at(index) == "&" and structure.at(index + 2) == "=":
            return True
        if structure.at(index) == "(" and structure.at(index - 1) == "&":
            return True
        index = structure.partner[index] if structure.at(index) in (")", "]") else index
        index -= 1
    return False


def _is_assigned(structure: Structure, index: int, end: int) -> bool:
    """Whether it is written to: ``(c ? a : b) = x``, ``(c ? a : b).x += y``."""
    close = structure.find(index, end, ")", ";")
    if close is None or structure.at(close) == ";":
        return False
    behind = close + 1
    while structure.at(behind) in (".", "["):
        behind = structure.partner.get(behind, behind + 1) + 1
    changes = (structure.at(behind), structure.at(structure.partner[close] - 1))
    return changes[0] in _ASSIGNMENTS or bool({"++", "--"} & set(changes))


def colon_of(structure: Structure, index: int, end: int) -> int | None:
    """The colon that belongs to the question mark before ``index``."""
    depth = 0
    while (found := structure.find(index, end, "?", ":", ";")) is not None:
        depth += 1 if structure.at(found) == "?" else -1
        if structure.at(found) == ";":
            return None
        if depth < 0:
            return found
        index = found + 1
    return None


def _names_object(structure: Structure, operand: Range) -> bool:
    """Whether an operand is a name with members and subscripts only."""
    index, stop = operand
    is_name = False
    while index < stop:
        text = structure.at(index)
        if structure.tokens[index].kind == "identifier" and not is_name:
            if text in _NO_VALUES:
                return False
            is_name = True
        elif text == "[" and is_name:
            index = structure.partner[index]
        elif text in _MEMBER and (is_name or text == "::"):
            is_name = False
        else:
            return False
        index += 1
    return is_name
