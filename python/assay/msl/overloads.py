"""Methods that differ in the address space of their object alone, which clang cannot tell apart.

Metal lets methods be overloaded by it. Where all of them do the same, code is made of one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from assay.msl.attributes import ADDRESS_SPACES
from assay.msl.structure import Function, Range, Structure, split_list

_ALIKE = {"constant": "const", "class": "typename"}


@dataclass(frozen=True)
class Duplicate:
    """A method that only the address space of its object tells from an earlier one.

    ``same_code`` says whether the earlier one can stand for it, ``identical`` whether both name the
    same address spaces in their results and bodies as well.
    """

    function: Function
    same_code: bool
    identical: bool


def duplicates(
    structure: Structure, separate: Collection[int] = frozenset()
) -> Iterator[Duplicate]:
    """Every method that differs from an earlier one in its object's address space only.

    Those that begin at a token in ``separate`` do not count.
    """
    seen: dict[object, tuple[Function, list[str]]] = {}
    for function in structure.functions:
        if function.is_kernel or function.start in separate:
            continue
        names = _own_names(structure, function)
        code = _renamed(
            structure, (object_qualifiers(structure, function)[1], function.stop), names
        )
        key = _signature(structure, function, names)
        first, first_code = seen.setdefault(key, (function, code))
        if first is function or _spaces(structure, first) == _spaces(structure, function):
            continue  # the same twice is the compiler's to report
        alike = first_code == code
        identical = _named_spaces(structure, first) == _named_spaces(structure, function)
        yield Duplicate(function, alike, alike and identical)


def object_qualifiers(structure: Structure, function: Function) -> Range:
    """What stands between the parameters of a method and its body, initialisers or end."""
    behind = function.parameter_list[1]
    end = structure.find(behind, function.end_of_head, "{", ":", "->", ";", "=")
    return behind, end or function.end_of_head


def name_start(structure: Structure, function: Function) -> int:
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


def _spaces(structure: Structure, function: Function) -> list[str]:
    words = structure.words(object_qualifiers(structure, function))
    return [word for word in words if word in ADDRESS_SPACES]


def _named_spaces(structure: Structure, function: Function) -> list[str]:
    """The address spaces that are named before and behind the parameters and qualifiers."""
    behind = object_qualifiers(structure, function)[1]
    spans = (function.start, function.parameter_list[0]), (behind, function.stop)
    return [word for span in spans for word in structure.words(span) if word in ADDRESS_SPACES]


def _signature(structure: Structure, function: Function, names: dict[str, str]) -> object:
    """What two methods have in common that C++ cannot tell apart."""
    qualifiers = structure.words(object_qualifiers(structure, function))
    words = [
        structure.words((name_start(structure, function), function.parameter_list[0])),
        _renamed(structure, function.template or (0, 0), names),
        [word for word in qualifiers if word not in ADDRESS_SPACES],
    ]
    types = [_type(structure, parameter.declarator, names) for parameter in function.parameters]
    place = (function.scope, function.namespace, function.body is None)
    return place, tuple(map(tuple, words)), tuple(map(tuple, types))


def _type(structure: Structure, places: Iterable[int], names: dict[str, str]) -> list[str]:
    words = [structure.at(index) for index in places]
    return [names.get(word, word) for word in words if word != "thread"]


def _own_names(structure: Structure, function: Function) -> dict[str, str]:
    """Template and function parameters, which may be called differently, by their places."""
    names = {p.name: f"${i}" for i, p in enumerate(function.parameters) if p.name}
    if function.template is None:
        return names
    inner = (function.template[0] + 2, function.template[1] - 1)
    parts = split_list(structure.tokens, inner, structure.partner)
    types = {
        structure.at(stop - 1): f"${place}T"
        for place, (start, stop) in enumerate(parts)
        if "=" not in structure.words((start, stop)) and stop - start > 1
    }
    return {**names, **types}


def _renamed(structure: Structure, span: Range, names: dict[str, str]) -> list[str]:
    words = [_ALIKE.get(word, word) for word in structure.words(span)]
    return [names.get(word, word) for word in words if word not in ADDRESS_SPACES]
