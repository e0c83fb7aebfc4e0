"""What Metal forbids beyond C++: one table, one entry a rule.

A rule is a name and a function from the structure of a source to diagnostics. The compiler finds
everything that is wrong as C++; these rules find what clang would let pass.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from assay.errors import Diagnostic
from assay.msl.rules import (
    address_spaces,
    conditions,
    declarations,
    inputs,
    kernels,
    recursion,
    words,
)
from assay.msl.structure import Structure

Check = Callable[[Structure], Iterable[Diagnostic]]

# In the order in which causes are reported: what makes later findings meaningless comes first.
RULES: dict[str, Check] = {
    "attribute-placement": declarations.attribute_placement,
    "restrict": words.restrict,
    "lambda": words.lambdas,
    "forbidden-word": words.forbidden,
    "varargs": words.varargs,
    "auto-parameter": words.auto_parameters,
    "reserved-name": words.reserved_names,
    "host-builtin": words.host_builtins,
    "long-double": words.long_doubles,
    "long-long": words.long_longs,
    "forbidden-attribute": words.dangerous_attributes,
    "unsupported-type": words.unsupported_types,
    "type-name": words.type_names_as_variables,
    "program-scope": declarations.program_scope,
    "static-local": declarations.static_locals,
    "unsupported-function": kernels.graphics_functions,
    "kernel-return": declarations.kernel_returns_void,
    "kernel-name": kernels.unique_names,
    "kernel-template": kernels.instantiations,
    "function-constant": declarations.asked_constants,
    "kernel-call": kernels.calls,
    "recursion": recursion.recursion,
    "threadgroup-variable": declarations.threadgroup_variables,
    "kernel-input": inputs.kernel_inputs,
    "kernel-input-width": inputs.position_widths,
    "buffer-index": inputs.buffer_indices,
    "address-space": address_spaces.pointer_casts,
    "address-space-overload": address_spaces.different_overloads,
    "condition": conditions.conditions,
    "gnu-attribute": words.ignored_attributes,
}


def check(structure: Structure) -> list[Diagnostic]:
    """All findings of all rules, in the order of the table."""
    return [finding for rule in RULES.values() for finding in rule(structure)]
