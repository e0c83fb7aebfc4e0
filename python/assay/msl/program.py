"""What a compiled Metal source consists of: its kernels and their arguments."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from assay.errors import Diagnostic
from assay.msl.attributes import INPUTS, RESOURCES
from assay.msl.rules.declarations import CAP, threadgroup_declarations
from assay.msl.rules.inputs import input_attribute
from assay.msl.structure import (
    Function,
    Instantiation,
    Parameter,
    Structure,
    Variable,
    host_names,
)


@dataclass(frozen=True)
class Argument:
    """One parameter of a kernel.

    Attributes:
        name: Its name in the source.
        kind: ``buffer``, ``threadgroup`` or the name of a built-in input.
        index: Index of a buffer or threadgroup argument; None for inputs.
        type: The type as written, words separated by one space: ``device const float *``.
        line: Line of the declaration, from 1.
        column: Column of the declaration, from 1.
    """

    name: str
    kind: str
    index: int | None
    type: str
    line: int
    column: int


@dataclass(frozen=True)
class Kernel:
    """One kernel that a pipeline can be made of.

    Attributes:
        name: The name that the host asks for.
        arguments: Its parameters, in order.
        synchronises: Whether it can reach a barrier or a simdgroup function, or its threads share
            memory, so that the order in which they run matters.
        line: Line of its definition, from 1.
    """

    name: str
    arguments: tuple[Argument, ...]
    synchronises: bool
    line: int


@dataclass(frozen=True)
class FunctionConstant:
    """``[[function_constant(index)]]``: the host gives its value when it makes a pipeline."""

    name: str
    index: int


@dataclass(frozen=True)
class Program:
    """A compiled source: the shared object at ``path``, its kernels, and warnings."""

    path: Path
    kernels: tuple[Kernel, ...]
    constants: tuple[FunctionConstant, ...] = ()
    warnings: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True)
class Entry:
    """A kernel together with what generated launch code needs to know about it.

    ``callee`` is the C++ expression for the function, ``tag`` that for its identity in the
    threadgroup memory, ``cap`` that for its launch cap (0 where it has none).
    """

    kernel: Kernel
    callee: str
    tag: str
    cap: str


def entries(structure: Structure) -> list[Entry]:
    """All kernels of a source: functions, and the instances of templates."""
    found = []
    for function in structure.kernels:
        own = f"{function.namespace}{function.name}"
        if function.template is None:
            names = host_names(a for a, _ in function.placed) or [own]
            found += [_entry(structure, function, name, None) for name in names]
        for instance in structure.instantiations:
            if instance.name == function.name and function.template:
                names = host_names(instance.attributes) or [own]
                found += [_entry(structure, function, name, instance) for name in names]
    return found


def _entry(
    structure: Structure, function: Function, name: str, instance: Instantiation | None
) -> Entry:
    arguments = structure.text(instance.arguments) if instance else ""
    kernel = Kernel(
        name=name,
        arguments=tuple(_arguments(structure, function.parameters)),
        synchronises=_shares_memory(structure, function)
        or _reaches_synchronisation(structure, function),
        line=structure.tokens[function.name_index].line,
    )
    attributes = instance.attributes if instance else ()
    caps = [a.arguments for a in attributes if a.name == CAP]
    return Entry(
        kernel=kernel,
        callee=f"{function.namespace}{function.name}{arguments}",
        tag=f"{function.namespace}assay_tag_{function.start}{arguments}",
        cap=" ".join(caps[0])
        if caps
        else f"{function.namespace}assay_cap_{function.start}{arguments}",
    )


def _arguments(structure: Structure, parameters: tuple[Parameter, ...]) -> list[Argument]:
    """Arguments with explicit indices; pointers without one take the next free buffer."""
    result: list[Argument] = []
    for parameter in parameters:
        attribute = next(
            (a for a in parameter.attributes if a.name == input_attribute(parameter)), None
        )
        kind = attribute.name if attribute else "buffer"
        index = None
        if attribute and kind in RESOURCES and attribute.arguments[:1]:
            index = int(attribute.arguments[0]) if attribute.arguments[0].isdigit() else None
        elif kind in RESOURCES:
            used = {argument.index for argument in result if argument.kind == kind}
            index = next(i for i in range(len(used) + 1) if i not in used)
        token = structure.tokens[parameter.start]
        result.append(
            Argument(
                parameter.name,
                kind,
                index,
                type_text(structure, parameter),
                token.line,
                token.column,
            )
        )
    return result


def function_constants(structure: Structure) -> list[tuple[FunctionConstant, Variable]]:
    """The function constants of a source with their declarations."""
    return [
        (FunctionConstant(variable.name, index), variable)
        for variable in structure.variables
        for attribute in variable.attributes
        if attribute.name == "function_constant"
        and (index := _sum(attribute.arguments)) is not None
    ]


def _sum(words: tuple[str, ...]) -> int | None:
    """The value of ``3`` or of ``500 + 2``, which macros make of an index."""
    terms = "".join(words).split("+")
    return sum(map(int, terms)) if all(term.isdigit() for term in terms) else None


def type_text(structure: Structure, parameter: Parameter) -> str:
    """The declared type without the name, one space between words."""
    words = [structure.tokens[i].text for i in parameter.declarator]
    if parameter.name in words:
        words.reverse()
        words.remove(parameter.name)
        words.reverse()
    return " ".join(words)


def _shares_memory(structure: Structure, kernel: Function) -> bool:
    """Whether a kernel has threadgroup memory: if it lacks a barrier, that has to show."""
    arguments = any(input_attribute(p) == "threadgroup" for p in kernel.parameters)
    return arguments or bool(threadgroup_declarations(structure, kernel))


_SYNCHRONISING = ("threadgroup_barrier", "simdgroup_", "simd_", "quad_")


def _reaches_synchronisation(structure: Structure, kernel: Function) -> bool:
    """Whether a barrier or simdgroup function is mentioned in the kernel or what it mentions."""
    bodies: dict[str, list[Function]] = {}
    for function in structure.functions:
        if function.body:
            bodies.setdefault(function.name, []).append(function)
            bodies.setdefault(function.owner or function.name, []).append(function)
    pending, seen = [kernel], {id(kernel)}
    while pending:
        function = pending.pop()
        assert function.body is not None
        for token in structure.tokens[slice(*function.body)]:
            if token.kind != "identifier":
                continue
            if token.text.startswith(_SYNCHRONISING) and token.text not in INPUTS:
                return True
            for callee in bodies.get(token.text, ()):
                if id(callee) not in seen:
                    seen.add(id(callee))
                    pending.append(callee)
    return False
