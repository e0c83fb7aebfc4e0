"""What a compiled Metal source consists of: its kernels and their arguments."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from assay.errors import Diagnostic
from assay.msl.attributes import INPUTS, RESOURCES
from assay.msl.rules.declarations import CAP, threadgroup_declarations
from assay.msl.rules.inputs import input_attribute
from assay.msl.structure import Function, Parameter, Structure


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
        synchronises: Whether it can reach a barrier or a simdgroup function.
        line: Line of its definition, from 1.
    """

    name: str
    arguments: tuple[Argument, ...]
    synchronises: bool
    line: int


@dataclass(frozen=True)
class Program:
    """A compiled source: the shared object at ``path``, its kernels, and warnings."""

    path: Path
    kernels: tuple[Kernel, ...]
    warnings: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True)
class Entry:
    """A kernel together with what generated launch code needs to know about it."""

    kernel: Kernel
    function: Function
    parameters: tuple[Parameter, ...]
    callee: str
    tag: str
    cap: str
    has_threadgroup_memory: bool


def entries(structure: Structure) -> list[Entry]:
    """All kernels of a source: functions, and the instances of templates."""
    found = []
    for function in structure.kernels:
        if function.template is None:
            found.append(_entry(structure, function, function))
        else:
            instances = [
                f
                for f in structure.functions
                if f.is_kernel
                and f.body is None
                and f.name == function.name
                and len(f.parameters) == len(function.parameters)
            ]
            found += [_entry(structure, function, instance) for instance in instances]
    return found


def _entry(structure: Structure, function: Function, instance: Function) -> Entry:
    own = (instance.name_index + 1, instance.parameter_list[0])
    arguments = structure.text(own) if instance is not function else ""
    parameters = (
        tuple(
            replace(mine, name=theirs.name, attributes=mine.attributes or theirs.attributes)
            for mine, theirs in zip(instance.parameters, function.parameters, strict=True)
        )
        if instance is not function
        else function.parameters
    )
    named = [a.arguments[0].strip('"') for a, _ in instance.placed if a.name == "host_name"]
    kernel = Kernel(
        name=named[0] if named else f"{function.namespace}{function.name}",
        arguments=tuple(_arguments(structure, parameters)),
        synchronises=_reaches_synchronisation(structure, function),
        line=structure.tokens[function.name_index].line,
    )
    caps = [a.arguments for a, _ in (*function.placed, *instance.placed) if a.name == CAP]
    return Entry(
        kernel=kernel,
        function=function,
        parameters=parameters,
        callee=f"{function.namespace}{function.name}{arguments}",
        tag=f"{function.namespace}assay_tag_{function.start}{arguments}",
        cap=" ".join(caps[0]) if caps else "0",
        has_threadgroup_memory=bool(threadgroup_declarations(structure, function)),
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


def type_text(structure: Structure, parameter: Parameter) -> str:
    """The declared type without the name, one space between words."""
    words = [structure.tokens[i].text for i in parameter.declarator]
    if parameter.name in words:
        words.reverse()
        words.remove(parameter.name)
        words.reverse()
    return " ".join(words)


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
