"""What a compiled Metal source consists of: its kernels and their arguments."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from assay.errors import Diagnostic
from assay.msl.attributes import FUNCTION_CONSTANT, INPUTS, RESOURCES
from assay.msl.deduction import instance_arguments, is_instance
from assay.msl.integers import integer, named_integers
from assay.msl.mentions import Mentions
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
from assay.msl.tokens import Token

IS_DEFINED = "is_function_constant_defined"


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
    """``[[function_constant(index)]]``: the host gives its value when it makes a pipeline.

    It is ``optional`` where the source asks ``is_function_constant_defined(name)``.
    """

    name: str
    index: int
    optional: bool = False


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
    threadgroup memory, ``cap`` that for its launch cap (0 where it has none). ``conditions`` has,
    for each argument, the expression that says whether it is there; None where it always is.
    ``constants`` are the positions of its function constants among those of the source. ``place``
    is where it is declared, or instantiated.
    """

    kernel: Kernel
    callee: str
    tag: str
    cap: str
    conditions: tuple[str | None, ...]
    constants: tuple[int, ...]
    place: Token


@dataclass(frozen=True)
class _Uses:
    """What a kernel leads to: function constants by position, barriers or simdgroup functions.

    ``names`` are the integers that its attributes may name.
    """

    constants: tuple[int, ...]
    synchronises: bool
    names: Mapping[str, int]

    @classmethod
    def of(
        cls,
        reached: Collection[str],
        constants: Sequence[FunctionConstant],
        names: Mapping[str, int],
    ) -> _Uses:
        positions = (i for i, constant in enumerate(constants) if constant.name in reached)
        return cls(tuple(positions), any(map(_synchronises, reached)), names)


def entries(structure: Structure) -> list[Entry]:
    """All kernels of a source: functions, and the instances of templates."""
    found = []
    mentions = Mentions(structure)
    integers = named_integers(structure)
    constants = [constant for constant, _ in function_constants(structure)]
    for function in structure.kernels:
        own = f"{function.namespace}{function.name}"
        uses = _Uses.of(mentions.reached(function), constants, integers)
        if function.template is None:
            names = host_names(a for a, _ in function.placed) or [own]
            found += [_entry(structure, function, name, None, uses) for name in names]
        for instance in structure.instantiations:
            if is_instance(structure, function, instance):
                names = host_names(instance.attributes) or [own]
                found += [_entry(structure, function, name, instance, uses) for name in names]
    return found


def _entry(
    structure: Structure,
    function: Function,
    name: str,
    instance: Instantiation | None,
    uses: _Uses,
) -> Entry:
    arguments = instance_arguments(structure, function, instance) if instance else ""
    kernel = Kernel(
        name=name,
        arguments=tuple(_arguments(structure, function.parameters, uses.names)),
        synchronises=_shares_memory(structure, function) or uses.synchronises,
        line=structure.tokens[function.name_index].line,
    )
    attributes = instance.attributes if instance else ()
    caps = [a.arguments for a in attributes if a.name == CAP]

    def own(name: str) -> str:  # from the outermost namespace: the library may know the name too
        return f"::{function.namespace}{name}{arguments}"

    return Entry(
        kernel=kernel,
        callee=own(spelled_name(structure, function)),
        tag=own(f"assay_tag_{function.start}"),
        cap=" ".join(caps[0]) if caps else own(f"assay_cap_{function.start}"),
        conditions=tuple(
            own(condition_name(parameter)) if condition(parameter) else None
            for parameter in function.parameters
        ),
        constants=uses.constants,
        place=structure.tokens[instance.span[0] if instance else function.name_index],
    )


def spelled_name(structure: Structure, kernel: Function) -> str:
    """Its name in generated code, where a name has to stand for one function."""
    if structure.is_overloaded(kernel):
        return f"assay_kernel_{kernel.start}"
    return kernel.name


def condition(parameter: Parameter) -> str | None:
    """The expression of ``[[function_constant(expression)]]``, without which it is always there."""
    for attribute in parameter.attributes:
        if attribute.name == FUNCTION_CONSTANT:
            return " ".join(attribute.arguments)
    return None


def condition_name(parameter: Parameter) -> str:
    """Name of the variable that holds the value of a parameter's condition."""
    return f"assay_condition_{parameter.start}"


def _arguments(
    structure: Structure, parameters: tuple[Parameter, ...], names: Mapping[str, int]
) -> list[Argument]:
    """Arguments with explicit indices; pointers without one take the next that is free."""
    result: list[Argument] = []
    for parameter in parameters:
        attribute = next(
            (a for a in parameter.attributes if a.name == input_attribute(parameter)), None
        )
        in_threadgroup = "threadgroup" in map(structure.at, parameter.declarator)
        kind = attribute.name if attribute else "threadgroup" if in_threadgroup else "buffer"
        index = None
        if attribute and kind in RESOURCES and attribute.arguments[:1]:
            index = integer(attribute.arguments, names)
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
    tokens = structure.tokens
    asked = {
        tokens[structure.partner[index + 1] - 1].text
        for index, token in enumerate(tokens)
        if token.text == IS_DEFINED and structure.at(index + 1) == "("
    }
    names = named_integers(structure) if structure.variables else {}
    return [
        (FunctionConstant(variable.name, index, variable.name in asked), variable)
        for variable in structure.variables
        for attribute in variable.attributes
        if attribute.name == FUNCTION_CONSTANT
        and (index := integer(attribute.arguments, names)) is not None
    ]


def qualified(variable: Variable) -> str:
    """Its name with all namespaces: ``fast`` alone could be Metal's namespace as well."""
    return f"::{variable.namespace}{variable.name}"


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


def _synchronises(name: str) -> bool:
    """Whether a kernel that leads to this name may contain a barrier or a simdgroup function."""
    return name.startswith(_SYNCHRONISING) and name not in INPUTS
