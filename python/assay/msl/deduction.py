"""Template arguments of an explicit instantiation, also of one that leaves them to be deduced."""

from __future__ import annotations

import re
from collections.abc import Iterator

from assay.msl.structure import Function, Instantiation, Parameter, Structure, split_list

# Words that do not change what a template argument is.
_QUALIFIERS = frozenset(("const", "volatile", "device", "constant", "threadgroup", "thread"))


def is_instance(structure: Structure, function: Function, instance: Instantiation) -> bool:
    """Whether an explicit instantiation can be one of this function."""
    if instance.name != function.name or function.template is None:
        return False
    return instance_arguments(structure, function, instance) is not None


def instance_arguments(
    structure: Structure, function: Function, instance: Instantiation
) -> str | None:
    """The arguments with their angle brackets; None where they are those of no instance.

    ``template kernel void f(device const float *, uint);`` names none: they follow from the types
    of the parameters, word by word.
    """
    if instance.arguments[0] < instance.arguments[1]:
        return structure.text(instance.arguments)
    names = list(template_parameters(structure, function))
    bound: dict[str, str] = {}
    if len(instance.parameters) != len(function.parameters):
        return None
    for pattern, given in zip(function.parameters, instance.parameters, strict=True):
        match = _match(structure, pattern, given, names)
        if match is None:
            return None
        for name, value in match.items():
            bound.setdefault(name, value)
    known = [bound[name] for name in names if name in bound]
    return f"< {', '.join(known)} >"


def template_parameters(structure: Structure, function: Function) -> Iterator[str]:
    """The names of a template's own parameters; empty for one without."""
    assert function.template is not None
    inner = (function.template[0] + 2, function.template[1] - 1)
    for start, stop in split_list(structure.tokens, inner, structure.partner):
        words = structure.words((start, stop))
        words = words[: words.index("=")] if "=" in words else words
        yield words[-1] if len(words) > 1 and words[-1] != ">" else ""


def _match(
    structure: Structure, pattern: Parameter, given: Parameter, names: list[str]
) -> dict[str, str] | None:
    """What template parameters stand for if ``pattern`` with them is the type of ``given``."""
    expression, seen = [], set()
    for word in _words(structure, pattern, with_name=False):
        if word in seen:
            expression.append(f"(?P={word})")
        elif word in names:
            seen.add(word)
            expression.append(rf"(?P<{word}>\S.*?)")
        else:
            expression.append(re.escape(word))
    for with_name in (True, False):
        text = " ".join(_words(structure, given, with_name))
        if match := re.fullmatch(" ".join(expression), text):
            return match.groupdict()
    return None


def _words(structure: Structure, parameter: Parameter, with_name: bool) -> list[str]:
    words = [structure.at(index) for index in parameter.declarator]
    if not with_name and parameter.name in words[1:]:
        del words[len(words) - 1 - words[::-1].index(parameter.name)]
    return [word for word in words if word not in _QUALIFIERS and word != "__restrict"]
