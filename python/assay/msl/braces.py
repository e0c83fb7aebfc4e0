"""Lists in braces that stand for vectors as arguments of functions: ``f({1, 2}, x)``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from assay.msl.structure import Function, Parameter, Structure, split_list
from assay.msl.vector_types import VECTOR

_QUALIFIERS = frozenset(("const", "thread", "metal", "::", "&"))


@dataclass(frozen=True)
class BracedArgument:
    """Where a list opens, and the type of the vector that it makes."""

    opening: int
    type: str


def braced_arguments(structure: Structure) -> Iterator[BracedArgument]:
    """The lists whose parameter is a vector; clang converts no list to one of its vectors."""
    functions: dict[str, list[Function]] = {}
    for function in structure.functions:
        functions.setdefault(function.name, []).append(function)
    for index, token in enumerate(structure.tokens):
        before = structure.at(index - 1)
        if token.text != "(" or (before not in functions and before != ">"):
            continue
        inner = (index + 1, structure.partner[index])
        arguments = split_list(structure.tokens, inner, structure.partner)
        if all(structure.at(start) != "{" for start, _ in arguments):
            continue
        callees = functions.get(_callee(structure, index), [])
        for place, (start, stop) in enumerate(arguments):
            if structure.at(start) == "{" and structure.partner[start] == stop - 1:
                found = {_vector(structure, f, place) for f in callees} - {None}
                if len(found) == 1:
                    yield BracedArgument(start, found.pop() or "")


def _callee(structure: Structure, opening: int) -> str:
    before = opening - 1
    return structure.at(structure.template_start(before) if structure.at(before) == ">" else before)


def _vector(structure: Structure, function: Function, place: int) -> str | None:
    """Type of a parameter if it is a vector whose type does not depend on template arguments."""
    if place >= len(function.parameters):
        return None
    words = _type_words(structure, function.parameters[place])
    if len(words) == 1 and VECTOR.match(words[0]):
        return words[0]
    own = structure.words(function.template) if function.template else []
    if words[:2] == ["vec", "<"] and not set(words[2:]) & set(own[2:]) - {","}:
        return " ".join(words)
    return None


def _type_words(structure: Structure, parameter: Parameter) -> list[str]:
    words = [structure.at(index) for index in parameter.declarator]
    if words and words[-1] == parameter.name and len(words) > 1:
        words.pop()
    return [word for word in words if word not in _QUALIFIERS]
