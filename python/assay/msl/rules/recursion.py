"""Functions that call themselves, which a GPU has no stack for."""

from __future__ import annotations

from collections.abc import Iterator

from assay.errors import Diagnostic
from assay.msl import library
from assay.msl.findings import at
from assay.msl.structure import Function, Structure

_BEFORE_CALL = frozenset(("return", "else", "case", "do"))
_SPECIAL = frozenset(("constexpr", "operator", "::"))
_Calls = dict[str, dict[str, int]]  # caller, callee, where


def recursion(structure: Structure) -> Iterator[Diagnostic]:
    """Cycles of calls between functions whose names are not overloaded, nor the library's.

    Which of several functions of one name a call means is the compiler's to know; functions that
    are ``constexpr`` may call themselves while they are compiled.
    """
    calls = _in_cycles(_calls(structure, _plain_functions(structure)))
    for called in calls.values():
        for name, index in called.items():
            yield at(
                structure.tokens[index],
                f"the call of '{name}' is recursive, which Metal does not support",
                "recursion",
                "use a loop, with an array of fixed size where a stack is needed",
            )


def _plain_functions(structure: Structure) -> dict[str, Function]:
    found: dict[str, Function] = {}
    several: set[str] = set()
    for function in structure.functions:
        words = structure.words((function.start, function.name_index))
        first = found.get(function.name)
        special = bool(function.is_kernel or function.template or _SPECIAL & set(words))
        special |= function.name == function.owner
        if special or (first and not _is_same(structure, first, function)):
            several.add(function.name)
        elif first is None or function.body:
            found[function.name] = function
    several |= library.functions()
    return {name: f for name, f in found.items() if f.body and name not in several}


def _is_same(structure: Structure, one: Function, other: Function) -> bool:
    """Whether two functions of one name may be a declaration and its definition."""
    return one.scope == other.scope and _types(structure, one) == _types(structure, other)


def _types(structure: Structure, function: Function) -> list[list[str]]:
    words = [[structure.at(index) for index in p.declarator] for p in function.parameters]
    names = [p.name for p in function.parameters]
    return [
        [word for word in kind if word != name or len(kind) == 1]
        for kind, name in zip(words, names, strict=True)
    ]


def _calls(structure: Structure, functions: dict[str, Function]) -> _Calls:
    calls: _Calls = {name: {} for name in functions}
    for name, function in functions.items():
        for index in range(*(function.body or (0, 0))):
            called, before = structure.at(index), structure.tokens[index - 1]
            declares = before.kind == "identifier" and before.text not in _BEFORE_CALL
            member = before.text in (".", "->", "::")
            if called in functions and structure.at(index + 1) == "(" and not (declares or member):
                calls[name].setdefault(called, index)
    return calls


def _in_cycles(calls: _Calls) -> _Calls:
    """Without functions that call nothing or that nothing calls, until none is left."""
    while True:
        called = {name for callees in calls.values() for name in callees}
        kept = {name for name, callees in calls.items() if callees and name in called}
        if len(kept) == len(calls):
            return calls
        calls = {name: {c: index for c, index in calls[name].items() if c in kept} for name in kept}
