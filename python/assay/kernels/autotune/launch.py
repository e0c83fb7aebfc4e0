"""Mutations of a kernel's signature: launch cap and pointer aliasing."""

from __future__ import annotations

from collections.abc import Iterator

from assay.kernels.autotune.program import Edit, Program
from assay.kernels.autotune.rewrite import Rewrite
from assay.msl.structure import Attribute, Function

_ATTRIBUTE = "max_total_threads_per_threadgroup"
_CAPS = (32, 64, 128, 256, 512, 1024)
_SHAPE_FREE_INPUTS = frozenset(("buffer", "thread_position_in_grid", "threads_per_grid"))


def launch_cap(program: Program) -> Iterator[Rewrite]:
    """Set, change or remove the cap of kernels that work with any threadgroup shape."""
    for kernel in program.structure.kernels:
        if not _is_shape_free(program, kernel):
            continue
        present = _cap(kernel)
        if present:
            yield Rewrite(f"remove the launch cap of {kernel.name}", (_removal(program, present),))
        for threads in _CAPS:
            if present and present.arguments == (str(threads),):
                continue
            text = f"[[{_ATTRIBUTE}({threads})]]"
            label = f"cap {kernel.name} at {threads} threads per threadgroup"
            yield Rewrite(label, (_placement(program, kernel, present, text),))


def _is_shape_free(program: Program, kernel: Function) -> bool:
    """Whether the kernel neither sees its threadgroup nor shares anything with it."""
    inputs = {a.name for parameter in kernel.parameters for a in parameter.attributes}
    assert kernel.body is not None
    body = {token.text for token in program.tokens[kernel.start : kernel.body[1]]}
    shares = any("barrier" in text or text.startswith(("simd_", "quad_")) for text in body)
    return inputs <= _SHAPE_FREE_INPUTS and "threadgroup" not in body and not shares


def _cap(kernel: Function) -> Attribute | None:
    return next((a for a, _ in kernel.placed if a.name == _ATTRIBUTE), None)


def _removal(program: Program, attribute: Attribute) -> Edit:
    first, last = attribute.span
    return Edit(program.tokens[first].offset, program.tokens[last].offset, "")


def _placement(program: Program, kernel: Function, present: Attribute | None, text: str) -> Edit:
    if present:
        first, last = present.span
        end = program.tokens[last - 1]
        return Edit(program.tokens[first].offset, end.offset + len(end.text), text)
    start = program.tokens[kernel.template[1] if kernel.template else kernel.start].offset
    return Edit(start, start, f"{text}\n")


def no_alias(program: Program) -> Iterator[Rewrite]:
    """Promise that the buffers of a kernel do not overlap: the host binds each to one index."""
    for kernel in program.structure.kernels:
        edits = []
        for parameter in kernel.parameters:
            texts = [program.tokens[index].text for index in parameter.declarator]
            if "device" in texts and texts[-2:-1] == ["*"]:
                start = program.tokens[parameter.declarator[-1]].offset
                gap = "" if program.text[start - 1].isspace() else " "
                edits.append(Edit(start, start, f"{gap}__restrict "))
        if edits:
            yield Rewrite(f"mark the buffers of {kernel.name} as not overlapping", tuple(edits))
