"""Compares a candidate's kernels with the signatures that the host binds."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from assay.errors import CompileError, Diagnostic, PipelineError
from assay.kernels.spec import Argument, TaskSpec, normalised_type
from assay.names import nearest

if TYPE_CHECKING:
    from assay.msl import Argument as Parameter
    from assay.msl import Kernel as CandidateKernel


_BUILT_IN = re.compile(
    r"(packed_)?(bool|u?char|u?short|u?int|u?long|half|bfloat|float)[234]?|u?int(8|16|32|64)_t|size_t"
)
_THREADGROUP_ARRAY = re.compile(r"\s*threadgroup\s+[^;()&*]*\[")


def missing_kernel(spec: TaskSpec, name: str, present: Iterable[str]) -> PipelineError:
    """Error for a kernel that the task needs and the candidate lacks."""
    names = sorted(present)
    match = nearest(name, [other for other in names if other not in spec.kernels])
    there = f"it defines {', '.join(names)}" if names else "it defines no kernel"
    advice = f"; rename '{match}'" if match else ""
    return PipelineError(name, f"the source has no kernel '{name}': {there}{advice}")


def pipeline_finding(
    error: PipelineError, source: str, kernels: Iterable[CandidateKernel] | None
) -> Diagnostic:
    """Diagnostic for a pipeline that cannot be made, on the line that is to be changed."""
    lines = {kernel.name: kernel.line for kernel in kernels or ()}
    line = lines.get(error.kernel)
    if line is not None and "hreadgroup memory" in error.message:
        declarations = (
            number
            for number, text in enumerate(source.splitlines(), 1)
            if number >= line and _THREADGROUP_ARRAY.match(text)
        )
        line = next(declarations, line)
        hint = "make the arrays in threadgroup memory smaller, or keep values in registers"
        return Diagnostic(error.message, line, rule="threadgroup-memory", hint=hint)
    if line is None:
        line = lines.get(nearest(error.kernel, lines) or "")
        return Diagnostic(error.message, line, rule="missing-kernel")
    return Diagnostic(error.message, line, rule="pipeline")


def _essence(text: str) -> tuple[str, ...]:
    """Element type words, without address space, const, restrict and pointer or reference."""
    dropped = {"device", "constant", "const", "volatile", "__restrict", "__restrict__", "*", "&"}
    words = normalised_type(text.replace("metal::", "")).split()
    kept = tuple(word for word in words if word not in dropped)
    return {("unsigned",): ("uint",), ("unsigned", "int"): ("uint",), ("uint32_t",): ("uint",)}.get(
        kept, kept
    )


def compatible(found: str, wanted: Argument) -> bool:
    """Whether a parameter of type ``found`` can take what the host binds.

    The element type has to be the same. A read-only argument may be in ``device`` or ``constant``,
    with or without ``const``; one that the kernel has to write must be writable. A type of the
    candidate's own may be an alias and passes.
    """
    element = _essence(found)
    if element != _essence(wanted.type) and _BUILT_IN.fullmatch(" ".join(element)):
        return False
    words = normalised_type(found).split()
    if wanted.writable:
        return "device" in words and "const" not in words
    return "device" in words or "constant" in words


def _fault(found: Parameter, message: str, hint: str, severity: str = "error") -> Diagnostic:
    return Diagnostic(
        message, found.line, found.column, rule="signature", hint=hint, severity=severity
    )


def _check_argument(
    kernel: str, found: Parameter, wanted: dict[int, Argument]
) -> Diagnostic | None:
    if found.kind == "threadgroup":
        return _fault(
            found,
            f"the host binds no [[threadgroup({found.index})]] argument for '{kernel}'",
            "declare the array in the kernel's body: threadgroup float tile[256];",
        )
    if found.kind != "buffer":
        return None
    if found.index is None:
        return None
    argument = wanted.get(found.index)
    if argument is None:
        last = max(wanted)
        return _fault(
            found,
            f"the host binds no [[buffer({found.index})]] for '{kernel}'",
            f"use only the buffers 0 to {last} of the given signature",
        )
    if compatible(found.type, argument):
        return None
    return _fault(
        found,
        f"buffer {argument.index} of '{kernel}' is '{argument.type}{argument.name}',"
        f" not '{normalised_type(found.type)}'",
        f"declare it as: {argument.type}{argument.name} [[buffer({argument.index})]]; to read it"
        " as another type, cast the pointer in the body",
        severity="warning",
    )


def check_signatures(
    spec: TaskSpec, kernels: Iterable[CandidateKernel] | None
) -> tuple[Diagnostic, ...]:
    """Check that the candidate has the task's kernels with the task's buffer arguments.

    Args:
        kernels: The candidate's kernels, or None where the front end does not tell.

    Returns:
        Warnings of buffers that the candidate declares with another type. Metal binds bytes: such a
        kernel runs, and what it computes decides.

    Raises:
        CompileError: An argument is one that the host does not bind.
        PipelineError: A kernel is missing.
    """
    if kernels is None:
        return ()
    present = {kernel.name: kernel for kernel in kernels}
    diagnostics = []
    for name in spec.kernels.keys() & present.keys():
        wanted = {argument.index: argument for argument in spec.kernels[name].signature}
        for found in present[name].arguments:
            diagnostic = _check_argument(name, found, wanted)
            if diagnostic:
                diagnostics.append(diagnostic)
    diagnostics.sort(key=lambda d: (d.line or 0, d.column or 0))
    errors = [diagnostic for diagnostic in diagnostics if diagnostic.severity == "error"]
    if errors:
        raise CompileError(errors)
    for name in spec.kernels:
        if name not in present:
            raise missing_kernel(spec, name, present)
    return tuple(diagnostics)
