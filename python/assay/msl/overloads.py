"""Declarations that differ in address spaces alone, which generated code cannot tell apart.

Metal lets functions be overloaded, and class templates be specialised, by address space. Code is
generated without address spaces, so that one declaration has to serve for all that are alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from assay.msl.attributes import ADDRESS_SPACES
from assay.msl.structure import Function, Range, Specialisation, Structure, split_list

_NO_KEY = frozenset((*ADDRESS_SPACES, "const"))
_ALIKE = {"constant": "const", "class": "typename"}


@dataclass(frozen=True)
class Duplicate:
    """A declaration whose signature without address spaces is that of an earlier one.

    ``span`` is the whole of it, ``name`` its name. ``same_code`` says whether the earlier one can
    stand for it. ``same_arguments`` says that the address space of the object alone tells the two
    apart, which no clang can.
    """

    span: Range
    name: int
    same_code: bool
    same_arguments: bool


def duplicates(structure: Structure) -> Iterator[Duplicate]:
    """Every declaration that differs from an earlier one in address spaces only."""
    yield from _functions(structure)
    yield from _specialisations(structure)


def _functions(structure: Structure) -> Iterator[Duplicate]:
    seen: dict[object, tuple[Function, list[str]]] = {}
    for function in structure.functions:
        if function.is_kernel or not (function.body or function.owner):
            continue
        names = _own_names(structure, function)
        signature = tuple(map(tuple, _signature(structure, function, names)))
        key = (function.scope, function.namespace, function.body is None, signature)
        code = _renamed(structure, function.body or (0, 0), names)
        first, first_code = seen.setdefault(key, (function, code))
        if first is function or _head(structure, first) == _head(structure, function):
            continue  # the same twice is the compiler's to report
        yield Duplicate(
            (function.start, function.stop),
            function.name_index,
            first_code == code,
            _parameters(structure, first) == _parameters(structure, function),
        )


def _specialisations(structure: Structure) -> Iterator[Duplicate]:
    seen: dict[object, tuple[Specialisation, list[str]]] = {}
    for found in structure.specialisations:
        names = _template_names(structure, found.template)
        parts = split_list(structure.tokens, (found.arguments[0] + 1, found.arguments[1] - 1), {})
        arguments = tuple(tuple(_type(structure, range(*part), names)) for part in parts)
        parameters = tuple(_renamed(structure, found.template, names))
        key = (found.scope, found.namespace, found.name, parameters, arguments)
        code = _renamed(structure, found.body, names)
        first, first_code = seen.setdefault(key, (found, code))
        if first is found:
            continue
        if structure.words(first.arguments) != structure.words(found.arguments):
            yield Duplicate(found.span, found.name_index, first_code == code, False)


def _own_names(structure: Structure, function: Function) -> dict[str, str]:
    """Template and function parameters, which may be called differently, by their places."""
    names = {p.name: f"${i}" for i, p in enumerate(function.parameters) if p.name}
    return {**names, **_template_names(structure, function.template)}


def _template_names(structure: Structure, template: Range | None) -> dict[str, str]:
    if template is None:
        return {}
    inner = (template[0] + 2, template[1] - 1)
    parts = split_list(structure.tokens, inner, structure.partner)
    return {
        structure.at(stop - 1): f"${place}T"
        for place, (start, stop) in enumerate(parts)
        if "=" not in structure.words((start, stop)) and stop - start > 1
    }


def _signature(
    structure: Structure, function: Function, names: dict[str, str]
) -> Iterator[list[str]]:
    start, stop = function.parameter_list
    yield structure.words((_name_start(structure, function), start))
    if function.template:
        yield _renamed(structure, function.template, names)
    for parameter in function.parameters:
        yield _type(structure, parameter.declarator, names)
    end = structure.find(stop, function.end_of_head, "{", ":", ";", "=") or function.end_of_head
    yield [w for w in structure.words((stop, end)) if w not in ADDRESS_SPACES]


def _type(structure: Structure, places: Iterable[int], names: dict[str, str]) -> list[str]:
    """The words of a type; `const` of what it points to comes first, as `constant`."""
    words = [structure.at(index) for index in places]
    pointer = next((i for i, word in enumerate(words) if word in ("*", "&")), None)
    plain = [names.get(word, word) for word in words if word not in _NO_KEY]
    if pointer is None:
        return plain
    return ["const", *plain] if {"const", "constant"} & set(words[:pointer]) else plain


def _renamed(structure: Structure, span: Range, names: dict[str, str]) -> list[str]:
    words = [_ALIKE.get(word, word) for word in structure.words(span)]
    return [names.get(word, word) for word in words if word not in ADDRESS_SPACES]


def _head(structure: Structure, function: Function) -> list[str]:
    return structure.words((function.parameter_list[0], function.end_of_head))


def _parameters(structure: Structure, function: Function) -> list[str]:
    return structure.words(function.parameter_list)


def _name_start(structure: Structure, function: Function) -> int:
    """Index of the name's first token: ``operator``, or the type of ``Type<T>::name``."""
    name = function.name_index
    for index in (name - 1, name - 2):
        if structure.at(index) == "operator":
            name = index
    while structure.at(name - 1) == "::":
        before = name - 2
        if structure.at(before) == ">":
            before = structure.template_start(before)
        if before < function.start or structure.tokens[before].kind != "identifier":
            break
        name = before
    return name
