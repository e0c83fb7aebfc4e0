"""Literals of Metal in C++: numbers are float, strings lie in constant memory."""

from __future__ import annotations

import re

from assay.msl.edits import Edits
from assay.msl.structure import OPENING, Structure

_FLOAT = re.compile(
    r"(?P<value>(?:[0-9][0-9']*)?\.?[0-9']*(?:[eE][+-]?[0-9]+)?)(?P<suffix>[hH]|bf|BF)?$"
)
_OWN_NAME = frozenset(("__func__", "__FUNCTION__", "__PRETTY_FUNCTION__"))
_NAMING_STRINGS = frozenset(
    """
    static_assert _Static_assert __attribute__ asm __asm __asm__ __builtin_nanf __builtin_nansf
    """.split()  # noqa: SIM905
)
_HEXADECIMAL_FLOAT = re.compile(r"0[xX][0-9a-fA-F.']+[pP][+-]?[0-9]+$")


def numbers(structure: Structure, edits: Edits) -> None:
    """A floating literal without suffix is a float in Metal; ``h`` makes it a half.

    An integer takes no such suffix: what it stands in is left to the compiler to reject.
    """
    for index, token in enumerate(structure.tokens):
        if token.kind == "number" and _HEXADECIMAL_FLOAT.match(token.text):
            edits.replaced[index] = token.text + "f"
        if token.kind != "number" or token.text[:2].lower() in ("0x", "0b"):
            continue
        match = _FLOAT.match(token.text)
        if not match or not re.search(r"[.eE]", match.group("value")):
            continue
        if match.group("suffix"):
            kind = "half" if match.group("suffix") in "hH" else "bfloat"
            edits.replaced[index] = f"(({kind}){match.group('value')}f)"
        else:
            edits.replaced[index] = token.text + "f"


def strings(structure: Structure, edits: Edits) -> None:
    """A string literal lies in constant memory, unless it initialises an array."""
    opened: list[int] = []
    tokens = structure.tokens
    for index, token in enumerate(tokens):
        if token.text in OPENING:
            opened.append(index)
        elif token.text in OPENING.values():
            opened.pop()
        elif token.text.endswith('"') and _is_data(structure, index, opened):
            stop = index + 1
            while stop < len(tokens) and tokens[stop].kind == "string":
                stop += 1
            edits.before[index] += "ASSAY_TEXT("
            edits.after[stop - 1] += ")"


def function_names(structure: Structure, edits: Edits) -> None:
    """``__func__`` lies in constant memory too."""
    for function in structure.functions:
        for index in range(*(function.body or (0, 0))):
            if structure.at(index) in _OWN_NAME:
                edits.replaced[index] = f'ASSAY_TEXT("{function.name}")'


def _is_data(structure: Structure, index: int, opened: list[int]) -> bool:
    """Whether a program refers to a string, inside of brackets that are ``opened`` at places."""
    before = structure.at(index - 1)
    if before in ("extern", "operator") or structure.tokens[index - 1].kind == "string":
        return False
    if any(structure.at(i - 1) in _NAMING_STRINGS or structure.at(i - 1) == "[" for i in opened):
        return False
    listed = opened and structure.at(opened[-1]) == "{" and before in ("{", ",")
    place = opened[-1] if listed else index
    if structure.at(place - 1) not in ("=", "]"):
        return True
    start = place
    while start > 0 and structure.at(start - 1) not in (";", "{", "}"):
        start -= 1
    return "*" in structure.words((start, place))
