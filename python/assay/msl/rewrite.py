"""Metal source as C++ for clang: what the two languages spell differently."""

from __future__ import annotations

import math
from collections.abc import Mapping

from assay.msl import explicit_objects
from assay.msl.attributes import ADDRESS_SPACES, FUNCTION_CONSTANT, INPUTS, RESOURCES
from assay.msl.braces import braced_arguments
from assay.msl.comparisons import comparisons
from assay.msl.conditionals import objects as conditional_objects
from assay.msl.constructors import SMALL_FLOATS, constructors
from assay.msl.divergence import diverging
from assay.msl.edits import Edits
from assay.msl.increments import increments
from assay.msl.literals import function_names, numbers, strings
from assay.msl.operands import casts, divisors, is_condition
from assay.msl.overloads import duplicates, name_start, object_qualifiers
from assay.msl.program import (
    IS_DEFINED,
    condition,
    condition_name,
    function_constants,
    qualified,
    spelled_name,
)
from assay.msl.rules.declarations import CAP, declarator_start, threadgroup_declarations
from assay.msl.rules.words import air_label
from assay.msl.standard import keep_earlier
from assay.msl.structure import Function, Structure, split_list
from assay.msl.twins import twins
from assay.msl.vector_types import VECTOR

# Attributes that Metal defines and clang does not know, or would misread because a word in them is
# a macro here.
_METAL_ATTRIBUTES = frozenset(
    (
        *INPUTS,
        *RESOURCES,
        "kernel",
        "host_name",
        "max_total_threads_per_threadgroup",
        "visible",
        "user_annotation",
        FUNCTION_CONSTANT,
    )
)
_FUNCTION_WORDS = frozenset(("inline", "static", "constexpr", "friend"))
_KERNEL_WORDS = frozenset(("kernel", "static", "inline", "extern"))

Scalar = bool | int | float
Constant = Scalar | tuple[Scalar, ...]
Constants = Mapping[int, Constant]


def rewrite(structure: Structure, constants: Constants | None = None) -> Edits:
    """The edits that turn a checked Metal source into C++ on top of our standard library.

    ``constants`` are the values of function constants by index, a vector being a tuple.
    """
    edits = Edits()
    _divisors(structure, edits)  # first: they enclose what other edits insert
    comparisons(structure, edits)
    numbers(structure, edits)
    strings(structure, edits)
    function_names(structure, edits)
    constructors(structure, edits)
    _braced_arguments(structure, edits)
    _casts(structure, edits)
    _bool_vectors(structure, edits)
    _conditionals(structure, edits)
    _attributes(structure, edits)
    _labels(structure, edits)
    for function in structure.kernels:
        _kernel_head(structure, function, edits)
        _threadgroup_memory(structure, function, edits)
    _drop_declarations(structure, edits)
    _array_parameters(structure, edits)
    _function_constants(structure, edits, constants or {})
    increments(structure, edits)
    diverging(structure, edits)
    twins(structure, edits)
    keep_earlier(structure, edits)
    _method_qualifiers(structure, edits)  # last: it drops what others have edited
    return edits


def _divisors(structure: Structure, edits: Edits) -> None:
    for divisor in divisors(structure):
        function = "assigned_divisor" if divisor.assigned else "divisor"
        edits.before[divisor.start] += f"assay::{function}("
        edits.after[divisor.stop - 1] += ")"


def _conditionals(structure: Structure, edits: Edits) -> None:
    for start, stop in conditional_objects(structure):
        edits.before[start] += "ASSAY_VALUE("
        edits.after[stop - 1] += ")"


def _casts(structure: Structure, edits: Edits) -> None:
    """A cast of a vector converts its components; clang would keep their bits."""
    names = {token.text for token in structure.tokens if VECTOR.match(token.text)}
    names.update(SMALL_FLOATS)
    types = names | structure.alias_names | structure.template_types
    for cast in casts(structure, types):
        is_type = structure.at(cast.close - 1) in names or structure.at(cast.close - 1) == ">"
        operand = cast.close + 1
        condition = (
            is_type
            and structure.at(operand) == "("
            and cast.stop == (structure.partner[operand] + 1)
        )
        function = "from_condition" if condition and is_condition(structure, operand) else "cast"
        edits.replaced[cast.opening] = f"assay::{function}<"
        edits.replaced[cast.close] = ">("
        edits.after[cast.stop - 1] += ")"
    for index, token in enumerate(structure.tokens[:-2]):
        if token.text == "static_cast" and structure.at(index + 1) == "<":
            close = structure.template_end(index + 1) - 1
            if structure.at(close - 1) in types or structure.at(index + 2) == "vec":
                edits.replaced[index] = "assay::cast"


def _bool_vectors(structure: Structure, edits: Edits) -> None:
    for index, token in enumerate(structure.tokens):
        words = structure.words((index, index + 4))
        if token.text == "vec" and words == ["vec", "<", "bool", ","]:
            start = index - 2 if structure.at(index - 1) == "::" else index
            edits.remove(start, index + 4)
            edits.replaced[index] = "assay::bools<"


def _braced_arguments(structure: Structure, edits: Edits) -> None:
    for argument in braced_arguments(structure):
        edits.replaced[argument.opening] = f"assay::from_list<{argument.type}>("
        edits.replaced[structure.partner[argument.opening]] = ")"


def _attributes(structure: Structure, edits: Edits) -> None:
    tokens = structure.tokens
    for index in range(len(tokens) - 2):
        if tokens[index].text == tokens[index + 1].text == "[" and (
            tokens[index + 2].text in _METAL_ATTRIBUTES
        ):
            edits.remove(index, structure.partner[index] + 1)


def _labels(structure: Structure, edits: Edits) -> None:
    """``f() __asm("air.simdgroup_async_copy_1d.p3i8.p1i8");`` names a function of the library."""
    for index, token in enumerate(structure.tokens):
        name = air_label(structure, index) if token.kind == "identifier" else None
        if name:
            edits.replaced[index + 2] = f'"assay.{name}"'
            edits.after[index + 4] += (
                f" ASSAY_EMITTED void *assay_use_{index}() {{ return (void *)&assay_{name}; }}"
            )


def _kernel_head(structure: Structure, function: Function, edits: Edits) -> None:
    """A kernel becomes an inline function with the address of its threadgroup memory at the end."""
    start = function.template[1] if function.template else function.start
    header = _template_head(structure, function)
    edits.before[function.start] += (
        f"{header}static constexpr char assay_tag_{function.start} = 0; "
        f"{header}static constexpr unsigned assay_cap_{function.start} = {_cap(function)}; "
    )
    for parameter in function.parameters:
        if given := condition(parameter):
            edits.before[function.start] += (
                f"{header}static constexpr bool {condition_name(parameter)} = ({given}); "
            )
    edits.before[start] += "static inline __attribute__((always_inline)) "
    separator = ", " if function.parameters else ""
    close = function.parameter_list[1] - 1
    edits.before[close] += f"{separator}char *assay_memory"
    edits.replaced[function.name_index] = spelled_name(structure, function)
    for index in range(start, function.name_index):
        if structure.at(index) in _KERNEL_WORDS or structure.tokens[index].kind == "string":
            edits.replaced[index] = ""


def _template_head(structure: Structure, function: Function) -> str:
    """The parameters of a kernel template, for variables that have the same ones.

    Those of a variable have no default if one behind them has none.
    """
    if function.template is None:
        return ""
    inner = (function.template[0] + 2, function.template[1] - 1)
    parts = [structure.words(p) for p in split_list(structure.tokens, inner, structure.partner)]
    has_default = ["=" in words for words in parts]
    if has_default != sorted(has_default):
        parts = [words[: words.index("=")] if "=" in words else words for words in parts]
    return f"template < {', '.join(map(' '.join, parts))} > "


def _cap(function: Function) -> str:
    """The most threads of a threadgroup, as written: it may depend on template arguments."""
    caps = [a.arguments for a, _ in function.placed if a.name == CAP and a.arguments]
    return f"({' '.join(caps[0])})" if caps else "0"


def tag(structure: Structure, function: Function) -> str:
    """Name of the variable whose address identifies a kernel (of each instance of a template)."""
    names = template_arguments(structure, function)
    arguments = f"<{', '.join(names)}>" if function.template else ""
    return f"assay_tag_{function.start}{arguments}"


def template_arguments(structure: Structure, function: Function) -> list[str]:
    """The names of a template's own parameters; a pack is followed by ``...``."""
    if function.template is None:
        return []
    tokens = structure.tokens
    names = []
    inner = (function.template[0] + 2, function.template[1] - 1)
    for start, stop in split_list(tokens, inner, structure.partner):
        texts = [token.text for token in tokens[start:stop]]
        declared = texts[: texts.index("=")] if "=" in texts else texts
        names.append(declared[-1] + ("..." if "..." in declared else ""))
    return names


def _threadgroup_memory(structure: Structure, function: Function, edits: Edits) -> None:
    """Each declaration becomes a slot, placed by the device when the code is loaded.

    Metal counts only memory that is referenced, so an array that no code uses gets no slot.
    """
    tokens = structure.tokens
    for start, stop in threadgroup_declarations(structure, function):
        first = declarator_start(structure, start, stop)
        names = [
            next((tokens[i].text for i in range(*part) if tokens[i].kind == "identifier"), "")
            for part in split_list(tokens, (first, stop), structure.partner)
        ]
        if not _used(structure, names, stop, function):
            edits.replaced[start] = ""  # a local variable that the optimiser drops
            continue
        if structure.at(start - 1) == "volatile":
            edits.replaced[start - 1] = ""
        own = f"assay_memory_{start}"
        edits.replaced[start] = f"struct alignas(16) {own}_t {{"
        references = " ".join(f"auto &{name} = {own}.{name};" for name in names)
        edits.replaced[stop] = (
            f"; }}; ASSAY_SLOT({own}_t, {own}_slot, &{tag(structure, function)}) "
            f"threadgroup {own}_t &{own} = "
            f"ASSAY_THREADGROUP({own}_t, assay_memory, {own}_slot); {references}"
        )


def _used(structure: Structure, names: list[str], start: int, function: Function) -> bool:
    assert function.body is not None
    tokens = structure.tokens
    for index in range(start, function.body[1]):
        discarded = tokens[index - 1].text == ")" and tokens[index - 2].text == "void"
        if tokens[index].text in names and not discarded:
            return True
    return False


def _drop_declarations(structure: Structure, edits: Edits) -> None:
    """The launch code instantiates kernel templates by calling them, behind all definitions."""
    for function in structure.functions:
        if function.is_kernel and function.body is None:
            edits.drop(function.start, function.stop)
    for instance in structure.instantiations:
        edits.remove(*instance.span)


def _method_qualifiers(structure: Structure, edits: Edits) -> None:
    """``float f() const device``: clang knows no methods for objects in one address space.

    Of methods that differ in nothing else the first serves all if they do the same.
    """
    separate = explicit_objects.methods(structure)
    explicit_objects.write(structure, separate, edits)
    starts = {function.start for function in separate}
    for function in structure.functions:
        if function.is_kernel or function.start in starts:
            continue
        qualifiers = range(*object_qualifiers(structure, function))
        spaces = [index for index in qualifiers if structure.at(index) in ADDRESS_SPACES]
        for index in spaces:
            edits.replaced[index] = ""
        if spaces and function.body:
            _returned_members(structure, function, edits)
    for duplicate in duplicates(structure, starts):
        edits.drop(duplicate.function.start, duplicate.function.stop)


def _returned_members(structure: Structure, function: Function, edits: Edits) -> None:
    """``device T &at(int i) device { return a[i]; }``: to clang ``a`` is in thread memory."""
    name = name_start(structure, function)
    words = structure.words((function.template[1] if function.template else function.start, name))
    kind = [word for word in words if word not in _FUNCTION_WORDS]
    if not ({"&", "*"} & set(kind) and set(ADDRESS_SPACES) & set(kind)):
        return
    assert function.body is not None
    for index in range(*function.body):
        stop = structure.find(index, function.body[1] - 1, ";")
        if structure.at(index) == "return" and stop is not None and stop > index + 1:
            edits.after[index] += f" ({' '.join(kind)})("
            edits.before[stop] += ")"


def _array_parameters(structure: Structure, edits: Edits) -> None:
    """``device T x[]`` is a pointer to device memory; clang takes the words for the parameter's."""
    for function in structure.functions:
        for parameter in function.parameters:
            places = parameter.declarator
            words = [structure.at(index) for index in places]
            if parameter.name not in words or not set(ADDRESS_SPACES) & set(words):
                continue
            name = len(words) - 1 - words[::-1].index(parameter.name)
            if words[name + 1 : name + 2] != ["["] or {"*", "&"} & set(words[:name]):
                continue
            close = structure.partner[places[name + 1]]
            edits.remove(places[name + 1], close + 1)
            edits.before[places[name]] += "(*"
            edits.after[places[name]] += ")"


def _function_constants(structure: Structure, edits: Edits, values: Constants) -> None:
    """A function constant gets its value in the source.

    Without one it is not defined, and zero. One that has to have a value is 1 until the host gives
    it, because it may be a divisor.
    """
    for constant, variable in function_constants(structure):
        value = values.get(constant.index)
        spelled = (
            ("{}" if constant.optional else "assay::unknown()")
            if value is None
            else _spelled(value)
        )
        defined = "false" if value is None else "true"
        edits.before[variable.span[0]] += (
            f"constexpr bool assay_defined_{constant.name} = {defined}; constexpr "
        )
        edits.before[variable.span[1]] += f" = {spelled}"
        edits.after[variable.span[1]] += f" ASSAY_CHECK_CONSTANT({qualified(variable)});"
    for index, token in enumerate(structure.tokens):
        if token.text == IS_DEFINED and structure.at(index + 1) == "(":
            edits.remove(index, index + 2)
            close = structure.partner[index + 1]
            edits.replaced[close] = ""
            edits.before[close - 1] += "assay_defined_"


def _spelled(value: Constant) -> str:
    """An initialiser in C++, which neither infinity nor the smallest integer has a literal for."""
    if isinstance(value, tuple):
        return "{" + ", ".join(map(_spelled, value)) + "}"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return f"{value}ull" if value >= 0 else f"(-{-value - 1}ll - 1)"
    if math.isnan(value):
        return '__builtin_nanf("")'
    if math.isinf(value):
        return "__builtin_inff()" if value > 0 else "-__builtin_inff()"
    return repr(value)
