"""Rules about the names of kernels and who may call them."""

from __future__ import annotations

from collections.abc import Iterator

from assay.errors import Diagnostic
from assay.msl.deduction import is_instance
from assay.msl.findings import at
from assay.msl.graphics import stage
from assay.msl.structure import Attribute, Function, Structure, host_names


def unique_names(structure: Structure) -> Iterator[Diagnostic]:
    """The host asks for a kernel by a name, which no other may have."""
    seen: set[str] = set()
    for index, name in _names(structure):
        if name == structure.at(index) == "main":
            yield at(
                structure.tokens[index],
                "a kernel cannot be called 'main'",
                "kernel-name",
                "give it another name",
            )
        if name in seen:
            yield at(
                structure.tokens[index],
                f"there is another kernel with the name '{name}'",
                "redefinition",
                "rename one of them",
            )
        seen.add(name)


def instantiations(structure: Structure) -> Iterator[Diagnostic]:
    """What is instantiated as a kernel is a template of the source."""
    templates = [function for function in structure.functions if function.template]
    for instance in structure.instantiations:
        if any(is_instance(structure, function, instance) for function in templates):
            continue
        known = any(function.name == instance.name for function in templates)
        yield at(
            structure.tokens[instance.span[0]],
            f"no kernel template '{instance.name}' has parameters of these types"
            if known
            else f"there is no kernel template '{instance.name}' to instantiate",
            "unknown-name",
            f"name the template arguments: {instance.name}<…>"
            if known
            else f"define {instance.name} before, as a template with a body",
        )


def graphics_functions(structure: Structure) -> Iterator[Diagnostic]:
    """Functions of the graphics pipeline belong to Metal but not to what this compiler covers."""
    for function in structure.functions:
        if kind := stage(structure, function):
            yield at(
                structure.tokens[function.start],
                f"'{function.name}' is a {kind} function: only kernels are supported",
                "unsupported-function",
                "write what it computes as a kernel",
            )


def _names(structure: Structure) -> Iterator[tuple[int, str]]:
    attributes: list[Attribute]
    for function in structure.kernels:
        attributes = [attribute for attribute, _ in function.placed]
        if function.template is None:
            own = function.namespace + function.name
            for name in host_names(attributes) or [own]:
                yield function.name_index, name
    for instance in structure.instantiations:
        for name in host_names(instance.attributes):
            yield instance.span[0], name


def calls(structure: Structure) -> Iterator[Diagnostic]:
    """Only the host starts kernels."""
    others = {f.name for f in structure.functions if not f.is_kernel}
    kernels = {kernel.name for kernel in structure.kernels} - others
    for function in structure.functions:
        yield from _calls(structure, function, kernels) if function.body else ()


def _calls(structure: Structure, function: Function, kernels: set[str]) -> Iterator[Diagnostic]:
    for index in range(*(function.body or (0, 0))):
        before, name = structure.at(index - 1), structure.at(index)
        is_call = structure.at(index + 1) == "(" and before in (";", "{", "}", ")", "return", "::")
        if name in kernels and is_call:
            yield at(
                structure.tokens[index],
                f"the kernel '{name}' cannot be called by another function",
                "kernel-call",
                "move what both need into a function without 'kernel'",
            )
