"""Functions that Metal overloads by address space alone, which generated code cannot tell apart."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from assay.msl.attributes import ADDRESS_SPACES
from assay.msl.structure import Function, Range, Structure, split_list

_NO_KEY = frozenset((*ADDRESS_SPACES, "const"))


@dataclass(frozen=True)
class Overload:
    """A function whose signature without address spaces is that of an earlier one.

    ``same_code`` says whether the earlier one can stand for it, ``name`` is where its name stands.
    """

    function: Function
    name: Range
    same_code: bool


def overloads(structure: Structure) -> Iterator[Overload]:
    """Every function with a body that differs from an earlier one in address spaces only."""
    seen: dict[tuple[object, ...], tuple[str, list[str]]] = {}
    for function in structure.functions:
        if function.body is None or function.is_kernel:
            continue
        names = _own_names(structure, function)
        signature = _signature(structure, function, names)
        key = (function.scope, function.namespace, tuple(map(tuple, signature)))
        behind = structure.text((function.parameter_list[0], function.body[0]))
        code = _renamed(structure, function.body, names)
        if key not in seen:
            seen[key] = (behind, code)
        elif seen[key][0] != behind:  # the same signature twice is the compiler's to report
            name = (_name_start(structure, function), function.parameter_list[0])
            yield Overload(function, name, seen[key][1] == code)


def _own_names(structure: Structure, function: Function) -> dict[str, str]:
    """Template and function parameters, which may be called differently, by their places."""
    names = [parameter.name for parameter in function.parameters]
    if function.template:
        inner = (function.template[0] + 2, function.template[1] - 1)
        names += [
            structure.at(stop - 1)
            for start, stop in split_list(structure.tokens, inner, structure.partner)
            if "=" not in structure.words((start, stop))
        ]
    return {name: f"${place}" for place, name in enumerate(names) if name}


def _signature(
    structure: Structure, function: Function, names: dict[str, str]
) -> Iterator[list[str]]:
    start, stop = function.parameter_list
    yield structure.words((_name_start(structure, function), start))
    if function.template:
        yield _renamed(structure, function.template, names)
    for parameter in function.parameters:
        yield _type(structure, parameter.declarator, names)
    end = structure.find(stop, function.body[1], "{", ":") if function.body else stop
    yield [w for w in structure.words((stop, end or stop)) if w not in ADDRESS_SPACES]


def _type(structure: Structure, declarator: tuple[int, ...], names: dict[str, str]) -> list[str]:
    """The words of a parameter's type; `const` of what it points to comes first, as `constant`."""
    words = [structure.at(index) for index in declarator]
    pointer = next((i for i, word in enumerate(words) if word in ("*", "&")), None)
    if pointer is None:
        return [names.get(word, word) for word in words if word not in _NO_KEY]
    constant = {"const", "constant"} & set(words[:pointer])
    plain = [names.get(word, word) for word in words if word not in _NO_KEY]
    return ["const", *plain] if constant else plain


def _renamed(structure: Structure, span: Range, names: dict[str, str]) -> list[str]:
    words = structure.words(span)
    return [names.get(word, word) for word in words if word not in ADDRESS_SPACES]


def _name_start(structure: Structure, function: Function) -> int:
    """Index of the name's first token, which is ``operator`` for an operator."""
    name = function.name_index
    for index in (name - 1, name - 2):
        if structure.at(index) == "operator":
            return index
    return name
