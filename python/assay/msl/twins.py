"""Overloads that take pointers and references to const in one address space.

In generated code a pointer into device memory converts to one into no address space as it does to
one to const: ``f(const device float *)`` and ``f(thread float *)`` are then equally good for it; of
templates the thread's is better. A twin without ``const`` decides for the former.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import combinations, takewhile

from assay.msl.deduction import template_parameters
from assay.msl.edits import Edits
from assay.msl.structure import Function, Parameter, Structure

_SHARED = frozenset(("device", "threadgroup"))
_SPACES = _SHARED | {"constant"}
_UNUSUAL = frozenset(("[", "(", "...", "="))


def twins(structure: Structure, edits: Edits) -> None:
    """Put a twin behind each function that needs one."""
    for functions in _overloads(structure):
        for function in functions:
            places = [
                i
                for i in range(len(function.parameters))
                if _loses(structure, functions, function, i)
            ]
            for count in range(len(places), 0, -1) if len(places) < 4 else ():
                for chosen in combinations(places, count):
                    edits.after[function.stop - 1] += _twin(structure, function, chosen)


def _overloads(structure: Structure) -> Iterator[list[Function]]:
    """Functions at namespace scope with one name, each once."""
    groups: dict[tuple[str, str], dict[object, Function]] = defaultdict(dict)
    for function in structure.functions:
        plain = function.owner is None and not function.is_kernel and function.parameters
        has_pack = function.template and "..." in structure.words(function.template)
        if plain and not has_pack and structure.tokens[function.name_index].kind == "identifier":
            types = tuple(tuple(_type(structure, p)) for p in function.parameters)
            group = groups[function.namespace, function.name]
            group.setdefault((function.template is None, types), function)
    return (list(group.values()) for group in groups.values() if len(group) > 1)


def _loses(structure: Structure, functions: Iterable[Function], function: Function, i: int) -> bool:
    """Whether a parameter takes pointers to const in a space, and another function's those to
    anything in the thread's; or nobody takes the same without const."""
    own = _type(structure, function.parameters[i])
    if own[-1:] not in (["*"], ["&"]) or "const" not in own or not _SHARED & set(own):
        return False
    if not all(_is_named(structure, parameter) for parameter in function.parameters):
        return False
    others = [_type(structure, f.parameters[i]) for f in functions if i < len(f.parameters)]
    without = [word for word in own if word != "const"]
    return without not in others and any(
        other[-1:] == own[-1:] and "const" not in other and not _SPACES & set(other)
        for other in others
    )


def _twin(structure: Structure, function: Function, chosen: tuple[int, ...]) -> str:
    declared, arguments = [], []
    for i, parameter in enumerate(function.parameters):
        kind = _type(structure, parameter)
        plain = [word for word in kind if word != "const"] if i in chosen else kind
        declared.append(f"{' '.join(plain)} {parameter.name}")
        cast = f"({' '.join(kind)})" if i in chosen else ""
        arguments.append(f"{cast}{parameter.name}")
    head, given = "", ""
    if function.template:
        head = structure.text(function.template)
        names = takewhile(str, template_parameters(structure, function))  # others have defaults
        given = f"<{', '.join(names)}>"
    return (
        f" {head} static inline __attribute__((always_inline)) decltype(auto) {function.name}"
        f"({', '.join(declared)}) {{ return {function.name}{given}({', '.join(arguments)}); }}"
    )


def _type(structure: Structure, parameter: Parameter) -> list[str]:
    words = [structure.at(index) for index in parameter.declarator]
    return words[:-1] if len(words) > 1 and words[-1] == parameter.name else words


def _is_named(structure: Structure, parameter: Parameter) -> bool:
    words = [structure.at(index) for index in parameter.declarator]
    return len(words) > 1 and words[-1] == parameter.name and not _UNUSUAL & set(words)
