"""Rules about functions and variables at program scope."""

from __future__ import annotations

from collections.abc import Iterator

from assay.errors import Diagnostic
from assay.msl.attributes import FUNCTION_CONSTANT
from assay.msl.findings import at
from assay.msl.structure import Function, Structure

CAP = "max_total_threads_per_threadgroup"
_BEFORE_TYPE = frozenset(("const", "volatile", "typename", "struct", "union", "static", "::"))
_BEFORE_THREADGROUP = frozenset(("{", "}", ";", ")", "static", "const", "volatile", "else"))
_NUMBER_WORDS = frozenset(("unsigned", "signed", "char", "short", "int", "long"))
_STORAGE = frozenset(("device", "threadgroup", "thread", "static", "extern", "const"))
_CAP_HINT = f"write [[{CAP}(n)]] directly before 'kernel'"


def attribute_placement(structure: Structure) -> Iterator[Diagnostic]:
    """C1 and C9: the launch cap stands before ``kernel``, or behind ``[[kernel]]``."""
    for function in structure.functions:
        for attribute, where in function.placed:
            if attribute.name != CAP or (where == "before" and attribute.arguments):
                continue
            message = (
                f"'{CAP}' attribute cannot be applied to types"
                if where == "after"
                else "an attribute list cannot appear here"
                if attribute.arguments
                else f"'{CAP}' attribute takes one argument"
            )
            token = structure.tokens[attribute.span[0]]
            yield at(token, message, "attribute-placement", _CAP_HINT)


def program_scope(structure: Structure) -> Iterator[Diagnostic]:
    """C4: variables at program scope and static data members live in the constant address space."""
    for variable in structure.variables:
        words = structure.words(variable.span)
        if not variable.name or "constant" in words:
            continue
        if variable.owner is None or "static" in words:
            token = structure.tokens[variable.span[0]]
            kept = "static " if variable.owner else ""
            yield at(
                token,
                f"program scope variable '{variable.name}' must reside in constant address space",
                "program-scope",
                "declare it in the body of the kernel that uses it"
                if "threadgroup" in words
                else f"write: {kept}constant {_without_storage(words)[:60]}…",
            )


def _without_storage(words: list[str]) -> str:
    return " ".join(word for word in words if word not in _STORAGE)


def asked_constants(structure: Structure) -> Iterator[Diagnostic]:
    """Only of a function constant can be asked whether it is defined."""
    known = {
        variable.name
        for variable in structure.variables
        if any(attribute.name == FUNCTION_CONSTANT for attribute in variable.attributes)
    }
    for index, token in enumerate(structure.tokens):
        if token.text != "is_function_constant_defined" or structure.at(index + 1) != "(":
            continue
        name = structure.tokens[structure.partner[index + 1] - 1]
        if name.text not in known:
            yield at(
                name,
                f"'{name.text}' is no function constant",
                "unknown-name",
                f"declare it at program scope with [[{FUNCTION_CONSTANT}(index)]]",
            )


def static_locals(structure: Structure) -> Iterator[Diagnostic]:
    """A variable that outlives a call lives in the constant address space."""
    for function in structure.functions:
        for index in range(*(function.body or (0, 0))):
            if structure.at(index) != "static":
                continue
            stop = structure.find(index, len(structure.tokens), ";", "=", "{", "(") or index
            behind = structure.at(structure.partner.get(stop, stop) + 1)
            method = structure.at(stop) == "(" and behind not in (";", ",")
            space = {"constant", "threadgroup"} & set(structure.words((index, stop)))
            if not (method or space):
                yield at(
                    structure.tokens[index],
                    "a static local variable must reside in constant address space",
                    "program-scope",
                    "leave out static, or write static constant for a value that never changes",
                )


def kernel_returns_void(structure: Structure) -> Iterator[Diagnostic]:
    """A kernel has no result."""
    for function in structure.kernels:
        words = structure.words((function.start, function.name_index))
        if words[-1] != "void" and words[-2:] != ["void", "kernel"]:
            token = structure.tokens[function.name_index]
            yield at(
                token,
                f"kernel '{function.name}' must return void",
                "kernel-return",
                "write results to a buffer",
            )


def threadgroup_variables(structure: Structure) -> Iterator[Diagnostic]:
    """Threadgroup memory is declared in kernels and has no initial value."""
    for function in structure.functions:
        for start, stop in threadgroup_declarations(structure, function):
            token = structure.tokens[start]
            texts = structure.words((declarator_start(structure, start, stop), stop))
            if not function.is_kernel:
                yield at(
                    token,
                    "variables in the threadgroup address space can only be declared in a kernel",
                    "threadgroup-variable",
                    "declare it in the kernel and pass a threadgroup pointer",
                )
            elif "=" in texts or "{" in texts:
                yield at(
                    token,
                    "variables in the threadgroup address space cannot have an initializer",
                    "threadgroup-variable",
                    "assign in the kernel, then call threadgroup_barrier",
                )


def threadgroup_declarations(structure: Structure, function: Function) -> list[tuple[int, int]]:
    """Declarations of threadgroup variables (not pointers) in a body: ``threadgroup`` to ``;``."""
    if function.body is None:
        return []
    found = []
    for index in range(function.body[0] + 1, function.body[1]):
        if structure.tokens[index].text != "threadgroup":
            continue
        if structure.tokens[index - 1].text not in _BEFORE_THREADGROUP:
            continue
        stop = structure.find(index, function.body[1] - 1, ";", "}")
        if stop is None or structure.tokens[stop].text != ";":
            continue
        if not _declares_pointer(structure, index, stop):
            found.append((index, stop))
    return found


def declarator_start(structure: Structure, index: int, stop: int) -> int:
    """Index of the first declared name behind the type of ``threadgroup T name…;``."""
    index = _behind_qualifiers(structure, index + 1, stop)
    if structure.at(index) in _NUMBER_WORDS:
        while structure.at(index) in _NUMBER_WORDS:
            index += 1
    elif structure.at(index) != "{":
        index += 1
    if structure.at(index) == "{":  # the members of a type that is defined here
        index = structure.partner[index] + 1
    while index < stop and structure.at(index) in ("::", "<"):
        if structure.at(index) == "::":
            index += 2 + (structure.at(index + 1) == "template")
            continue
        depth = 0
        while index < stop:
            depth += (structure.at(index) == "<") - (structure.at(index) == ">")
            index += 1
            if depth == 0:
                break
    return _behind_qualifiers(structure, index, stop)


def _behind_qualifiers(structure: Structure, index: int, stop: int) -> int:
    while index < stop:
        if structure.at(index) in ("__attribute__", "alignas"):
            index = structure.partner[index + 1] + 1
        elif structure.at(index) == structure.at(index + 1) == "[":
            index = structure.partner[index] + 1
        elif structure.at(index) in _BEFORE_TYPE:
            index += 1
        else:
            break
    return index


def _declares_pointer(structure: Structure, index: int, stop: int) -> bool:
    first = structure.tokens[declarator_start(structure, index, stop)].text
    return first in ("*", "&", "(")
