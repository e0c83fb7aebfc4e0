"""Rules about vectors of bool, which a comparison of vectors makes in Metal.

In clang it makes a vector of signed integers, so clang cannot tell the two apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from assay.errors import Diagnostic
from assay.msl.findings import at
from assay.msl.structure import Function, Range, Structure, split_list
from assay.msl.vector_types import VECTOR

_SIGNED = re.compile(r"(?:char|short|int|long)([234])$")
_BOOL = re.compile(r"bool[234]$")
_CONDITION = {"any": 0, "all": 0, "select": 2}  # which argument is the condition
_COMPARISONS = frozenset(("<", ">", "<=", ">=", "==", "!="))
_LOOSER = frozenset(("?", "&&", "||", "&", "|", "^", "=", "<<", ">>"))
_ENDS_NAME = frozenset(("=", ";", ",", ")", "{", "("))
_NO_TYPES = frozenset(("return", "else", "case", "do"))


def conditions(structure: Structure) -> Iterator[Diagnostic]:
    """A vector of integers is no vector of bool, nor the other way round."""
    own = {function.name for function in structure.functions}
    for function in structure.functions:
        if function.body:
            vectors = _vectors(structure, function)
            yield from _calls(structure, function.body, vectors, own)
            yield from _declarations(structure, function.body, vectors)


def _calls(
    structure: Structure, body: Range, vectors: dict[str, str], own: set[str]
) -> Iterator[Diagnostic]:
    for index in range(*body):
        name = structure.at(index)
        if name not in _CONDITION or name in own or structure.at(index + 1) != "(":
            continue
        if structure.at(index - 1) in (".", "->"):
            continue
        inside = (index + 2, structure.partner[index + 1])
        arguments = split_list(structure.tokens, inside, structure.partner)
        if len(arguments) == _CONDITION[name] + 1:
            kind = _kind(structure, arguments[-1], vectors)
            match = kind and _SIGNED.match(kind)
            if match:
                yield at(
                    structure.tokens[index],
                    f"no matching function for call to '{name}': its condition must be "
                    f"'bool{match.group(1)}', not '{kind}'",
                    "call",
                    f"compare it, for example v != 0, or convert it: bool{match.group(1)}(v)",
                )


def _declarations(
    structure: Structure, body: Range, vectors: dict[str, str]
) -> Iterator[Diagnostic]:
    """``int4 m = a < b;`` and ``bool4 m = n;``, with vectors a and b and a vector of integers n."""
    for index in range(*body):
        kind, value = structure.at(index), index + 3
        if structure.at(index + 2) != "=" or not (_SIGNED.match(kind) or _BOOL.match(kind)):
            continue
        stop = structure.find(value, body[1], ";", ",") or value
        given = (
            _compared(structure, (value, stop), vectors)
            if _SIGNED.match(kind)
            else _kind(structure, (value, stop), vectors)
        )
        if given and (_SIGNED.match(kind) or _SIGNED.match(given)):
            yield at(
                structure.tokens[index + 1],
                f"cannot initialize a variable of type '{kind}' with an rvalue of type '{given}'",
                "type",
                f"declare it as {given}, or convert it: {kind}(…)",
            )


def _compared(structure: Structure, span: Range, vectors: dict[str, str]) -> str | None:
    """The vector of bool that a comparison makes; None for what may be something else."""
    index, found = span[0], []
    while index < span[1]:
        text = structure.at(index)
        if text in _LOOSER:
            return None
        if text in _COMPARISONS:
            found.append(index)
        index = structure.partner[index] + 1 if text in ("(", "[", "{") else index + 1
    if len(found) != 1:
        return None
    sides = ((span[0], found[0]), (found[0] + 1, span[1]))
    kinds = [_kind(structure, side, vectors) for side in sides]
    return next((f"bool{kind[-1]}" for kind in kinds if kind), None)


def _kind(structure: Structure, span: Range, vectors: dict[str, str]) -> str | None:
    """The type of an expression that is the name of a vector or calls a constructor."""
    start, stop = span
    text = structure.at(start)
    if stop - start == 1:
        return vectors.get(text)
    called = VECTOR.match(text) and structure.at(start + 1) == "("
    return text if called and structure.partner[start + 1] == stop - 1 else None


def _vectors(structure: Structure, function: Function) -> dict[str, str]:
    """The variables and parameters of a function that are vectors wherever they are declared."""
    kinds: dict[str, set[str]] = {}
    for index in range(function.parameter_list[0], function.stop - 1):
        kind, name = structure.tokens[index], structure.tokens[index + 1]
        declares = kind.kind == "identifier" and kind.text not in _NO_TYPES
        if declares and name.kind == "identifier":
            ends = structure.at(index + 2) in _ENDS_NAME
            kinds.setdefault(name.text, set()).add(kind.text if ends else "")
    return {
        name: found
        for name, (found, *others) in ((name, tuple(texts)) for name, texts in kinds.items())
        if not others and VECTOR.match(found) and not found.startswith("packed_")
    }
