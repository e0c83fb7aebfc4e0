"""Rules about address spaces that clang is laxer about than Metal."""

from __future__ import annotations

from collections.abc import Iterator

from assay.errors import Diagnostic
from assay.msl import explicit_objects
from assay.msl.attributes import ADDRESS_SPACES
from assay.msl.findings import at
from assay.msl.overloads import duplicates
from assay.msl.structure import Range, Structure

_Spaces = dict[str, set[str]]


def pointer_casts(structure: Structure) -> Iterator[Diagnostic]:
    """C13: a C-style cast cannot move a pointer to another address space."""
    members = _member_spaces(structure)
    for function in structure.functions:
        if function.body:
            known = {
                **members.get(function.owner or "", {}),
                **_declared_spaces(structure, (function.start, function.stop)),
            }
            yield from _pointer_casts(structure, function.body, known)


def _pointer_casts(structure: Structure, body: Range, declared: _Spaces) -> Iterator[Diagnostic]:
    tokens = structure.tokens
    for index in range(*body):
        token = tokens[index]
        if token.text != "(" or tokens[structure.partner[index] - 1].text != "*":
            continue
        close = structure.partner[index]
        spaces = [t.text for t in tokens[index:close] if t.text in ADDRESS_SPACES]
        known = declared.get(_operand(structure, close + 1), set())
        if len(spaces) == 1 and len(known) == 1 and spaces[0] not in known:
            yield at(
                token,
                f"C-style cast from a {next(iter(known))} to a {spaces[0]} pointer converts "
                "between mismatching address spaces",
                "address-space",
                f"keep the pointer in the {next(iter(known))} address space",
            )


def different_overloads(structure: Structure) -> Iterator[Diagnostic]:
    """Constructors overloaded by address space are legal Metal; here they have to do the same."""
    separate = {function.start for function in explicit_objects.methods(structure)}
    for duplicate in duplicates(structure, separate):
        if not duplicate.same_code:
            token = structure.tokens[duplicate.function.name_index]
            yield at(
                token,
                f"'{token.text}' does something else for objects in another address "
                "space, which the CPU device does not support",
                "address-space-overload",
                "let the two do the same, or write functions that make the object",
            )


def _operand(structure: Structure, index: int) -> str:
    """The name that a cast applies to; empty where it applies to a value found through it."""
    tokens = structure.tokens
    while index < len(tokens) and tokens[index].text in ("(", "&"):
        index += 1
    if index >= len(tokens) - 1:
        return ""
    through = tokens[index + 1].text in ("[", ".", "->", "(")
    return "" if through and tokens[index - 1].text != "&" else tokens[index].text


def _member_spaces(structure: Structure) -> dict[str, _Spaces]:
    """For each class the members that are pointers or references."""
    members: dict[str, _Spaces] = {}
    for variable in structure.variables:
        if variable.owner:
            start, stop = variable.span
            found = _declared_spaces(structure, (start, stop + 1))
            members.setdefault(variable.owner, {}).update(found)
    return members


def _declared_spaces(structure: Structure, span: Range) -> _Spaces:
    """Names declared as pointers or references, with the address spaces they point into."""
    declared: _Spaces = {}
    tokens = structure.tokens
    for index in range(*span):
        token = tokens[index]
        if token.text not in ADDRESS_SPACES:
            continue
        stop = index + 1
        while stop < len(tokens) and (
            tokens[stop].kind == "identifier" or tokens[stop].text in ("::", "*", "&")
        ):
            stop += 1
        run = tokens[index:stop]
        pointer = any(t.text in ("*", "&") for t in run)
        ends = stop < len(tokens) and tokens[stop].text in (",", ")", "[", "=", ";")
        if pointer and ends and run[-1].kind == "identifier" and len(run) > 2:
            declared.setdefault(run[-1].text, set()).add(token.text)
    return declared
