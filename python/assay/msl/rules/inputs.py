"""Rules about the parameters of kernels."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping

from assay.errors import Diagnostic
from assay.msl.attributes import (
    ADDRESS_SPACES,
    FUNCTION_CONSTANT,
    INPUTS,
    POSITION,
    POSITION_TYPES,
    RESOURCES,
    SCALAR_TYPES,
)
from assay.msl.findings import at
from assay.msl.graphics import UNSUPPORTED
from assay.msl.integers import integer, named_integers
from assay.msl.structure import Attribute, Function, Parameter, Structure

MAX_BUFFER_INDEX = 30
_SYNONYMS = {
    f"{prefix}{name}{suffix}": f"{base}{width}"
    for base, names in {
        "uint": ("uint", "unsigned", "unsigned int", "uint32_t"),
        "ushort": ("ushort", "unsigned short", "uint16_t"),
    }.items()
    for name in names
    for prefix, suffix, width in (
        ("", "", ""),
        *((word, str(n), str(n)) for word in ("simd_", "vector_") for n in (2, 3)),
        *(("vec < ", f" , {n} >", str(n)) for n in (2, 3)),
    )
}
_QUALIFIERS = frozenset((*ADDRESS_SPACES, "const", "volatile", "__restrict", "metal", "simd", "::"))


def input_type(structure: Structure, parameter: Parameter) -> str:
    """The type of an input by the name that the rules know it by."""
    texts = [structure.at(index) for index in parameter.declarator]
    if parameter.name in texts[1:]:
        texts.remove(parameter.name)
    kind = " ".join(text for text in texts if text not in _QUALIFIERS)
    for _ in range(8):  # aliases of aliases; a name may be its own alias in another scope
        kind = _SYNONYMS.get(kind, kind)
        if kind in POSITION_TYPES or kind not in structure.aliases:
            break
        words = structure.aliases[kind].split()
        kind = " ".join(word for word in words if word not in _QUALIFIERS)
    return kind


def input_attribute(parameter: Parameter) -> str | None:
    """Name of the attribute that says where the argument comes from."""
    known = [a.name for a in parameter.attributes if a.name in INPUTS or a.name in RESOURCES]
    return known[0] if known else None


def is_pointer(structure: Structure, parameter: Parameter) -> bool:
    """Whether the parameter is bound to memory: a pointer, a reference or an array."""
    return any(structure.tokens[i].text in ("*", "&", "[") for i in parameter.declarator)


def kernel_inputs(structure: Structure) -> Iterator[Diagnostic]:
    """C10: every parameter is a buffer or a known input of a permitted type."""
    for function in structure.kernels:
        for parameter in function.parameters:
            problem = _input_problem(structure, function, parameter)
            if problem:
                token = structure.tokens[parameter.start]
                yield at(token, problem[0], "kernel-input", problem[1])


def _input_problem(
    structure: Structure, function: Function, parameter: Parameter
) -> tuple[str, str] | None:
    kind = input_type(structure, parameter).partition(" ")[0]
    attribute = input_attribute(parameter)
    if UNSUPPORTED.match(kind):  # which has a finding of its own
        return None
    if is_pointer(structure, parameter):
        return _pointer_problem(structure, parameter, attribute)
    if attribute is None:
        if function.template and not parameter.attributes:
            return None
        unknown = next((f"unknown attribute '{a.name}'; " for a in parameter.attributes), "")
        return (
            f"{unknown}invalid type '{kind}' for input declaration in a kernel function",
            _missing_input_hint(structure, parameter, kind),
        )
    if attribute in RESOURCES:
        return (
            f"'{attribute}' argument '{parameter.name}' must be a pointer or a reference",
            f"write: constant {kind} &{parameter.name} [[buffer(n)]]",
        )
    allowed = POSITION_TYPES if INPUTS[attribute].kind == POSITION else SCALAR_TYPES
    if kind not in allowed and not (function.template and kind in structure.template_types):
        return (
            f"type '{kind}' is not valid for attribute '{attribute}'",
            f"use one of: {', '.join(sorted(allowed))}",
        )
    return None


def _missing_input_hint(structure: Structure, parameter: Parameter, kind: str) -> str:
    if kind in structure.type_names:
        return f"pass a {kind} as constant {kind} &{parameter.name} [[buffer(n)]]"
    for attribute in parameter.attributes:
        for name in difflib.get_close_matches(attribute.name, INPUTS, 1, 0.8):
            return f"did you mean [[{name}]]?"
    return "give it one of the inputs of Metal, for example [[thread_position_in_grid]]"


def _pointer_problem(
    structure: Structure, parameter: Parameter, attribute: str | None
) -> tuple[str, str] | None:
    words = {structure.tokens[i].text for i in parameter.declarator}
    if not words & {"device", "constant", "threadgroup"}:
        return (
            f"pointer or reference '{parameter.name}' of a kernel must name its address space",
            "write device, constant or threadgroup before the type",
        )
    if (attribute == "threadgroup") != ("threadgroup" in words) and attribute in RESOURCES:
        space = "threadgroup" if attribute == "threadgroup" else "device or constant"
        return (
            f"'{attribute}' argument '{parameter.name}' must point to {space} memory",
            "threadgroup pointers take [[threadgroup(n)]], all others [[buffer(n)]]",
        )
    if attribute in INPUTS:
        return (
            f"'{attribute}' cannot be a pointer or a reference",
            "write: uint " + parameter.name,
        )
    return None


def position_widths(structure: Structure) -> Iterator[Diagnostic]:
    """C7: positions and sizes of one kernel all have the same number of components."""
    for function in structure.kernels:
        widths: dict[str, int] = {}
        for parameter in function.parameters:
            attribute = input_attribute(parameter)
            if attribute in INPUTS and INPUTS[attribute].kind == POSITION:
                kind = input_type(structure, parameter)
                width = kind[-1] if kind[-1:] in ("2", "3") else "1"
                widths.setdefault(width, parameter.start)
        if len(widths) > 1:
            token = structure.tokens[sorted(widths.values())[1]]
            yield at(
                token,
                "expecting input declarations with either all scalar types or all vector types "
                "with the same number of elements",
                "kernel-input-width",
                "declare all positions and sizes of the kernel as uint, as uint2 or as uint3",
            )


def buffer_indices(structure: Structure) -> Iterator[Diagnostic]:
    """Each buffer index is used once and is within Metal's limit.

    An argument that a function constant can leave out may share its index.
    """
    names = named_integers(structure)
    for function in structure.kernels:
        seen: dict[tuple[str, int], str] = {}
        for parameter in function.parameters:
            for attribute in parameter.attributes:
                if attribute.name not in RESOURCES or not attribute.arguments:
                    continue
                index = integer(attribute.arguments, names)
                problem = _index_problem(parameter, attribute, index, seen)
                if problem:
                    yield at(
                        structure.tokens[parameter.start], problem[0], "buffer-index", problem[1]
                    )
                if index is not None and not _is_optional(parameter):
                    seen.setdefault((attribute.name, index), parameter.name)


def _is_optional(parameter: Parameter) -> bool:
    return any(attribute.name == FUNCTION_CONSTANT for attribute in parameter.attributes)


def _index_problem(
    parameter: Parameter,
    attribute: Attribute,
    index: int | None,
    seen: Mapping[tuple[str, int], str],
) -> tuple[str, str] | None:
    if index is None:
        spelled = "".join(attribute.arguments)
        return f"'{spelled}' is no integer constant", "write the index as a number"
    if index > MAX_BUFFER_INDEX:
        return f"{attribute.name} index {index} is above {MAX_BUFFER_INDEX}", "use a smaller index"
    other = seen.get((attribute.name, index))
    if other is not None and not _is_optional(parameter):
        message = f"'{parameter.name}' has the {attribute.name} index {index} of '{other}'"
        return message, "use a free index"
    return None
