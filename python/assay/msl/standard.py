"""Which standard of C++ a program is compiled as.

Metal is C++17. Methods that know the address space of their object take C++23, which the programs
are compiled as that need it. What else it changes is undone in the source.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from assay.errors import Diagnostic
from assay.msl import explicit_objects
from assay.msl.edits import Edits
from assay.msl.structure import Function, Structure

_LATER_KEYWORDS = frozenset(
    """
    concept requires constinit consteval char8_t co_await co_return co_yield
    """.split()  # noqa: SIM905
)

_HAS_PARTS = re.compile(r"packed_\w+3$|(?:half|float)[234]x[234]$|matrix$")


def needs_later(structure: Structure) -> bool:
    """Whether a program has, or may use, methods that know the address space of their object."""
    arrays = any(
        token.text == "array" and structure.at(index + 1) == "<"
        for index, token in enumerate(structure.tokens)
    )
    return arrays or bool(explicit_objects.methods(structure))


def may_need_later(structure: Structure, errors: Iterable[Diagnostic]) -> bool:
    """Whether a program with errors may have none in C++23.

    Matrices and packed vectors are seldom asked for references to their parts, and then it shows.
    """
    return any(error.rule in ("address-space", "call", "type") for error in errors) and any(
        _HAS_PARTS.match(token.text) for token in structure.tokens
    )


def keep_earlier(structure: Structure, edits: Edits) -> None:
    """Undo what C++23 takes away: names that it has words for, lists for types with constructors.

    A type whose constructors are all as the compiler makes them is, in C++17, like one that has
    none.
    """
    for index, token in enumerate(structure.tokens):
        if token.text in _LATER_KEYWORDS:
            edits.replaced[index] = f"assay_word_{token.text}"
    constructors: dict[int, list[Function]] = {}
    for function in structure.functions:
        made = function.name == function.owner
        if made and structure.at(function.name_index - 1) != "~":
            constructors.setdefault(function.scope, []).append(function)
    for functions in constructors.values():
        if all(structure.at(function.stop - 2) == "default" for function in functions):
            for function in functions:
                edits.drop(function.start, function.stop)
