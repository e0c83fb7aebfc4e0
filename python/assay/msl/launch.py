"""Launch code: the C++ through which the CPU device runs the kernels of a source."""

from __future__ import annotations

from collections.abc import Sequence

from assay.msl.attributes import INPUTS, POSITION, RESOURCES
from assay.msl.program import Argument, Entry, FunctionConstant, qualified
from assay.msl.structure import Variable
from assay.msl.translate import SOURCE_NAME

_AXES = ("x", "y", "z")

# Everything a kernel may ask about its threadgroup; what it does not ask costs nothing.
_GROUP = """\
const uint grid_size_x = group->threads_per_grid[0], grid_size_y = group->threads_per_grid[1],
  grid_size_z = group->threads_per_grid[2];
const uint grid_origin_x = 0u, grid_origin_y = 0u, grid_origin_z = 0u;
const uint group_count_x = group->threadgroups_per_grid[0],
  group_count_y = group->threadgroups_per_grid[1], group_count_z = group->threadgroups_per_grid[2];
const uint dispatch_size_x = group->dispatch_threads_per_threadgroup[0],
  dispatch_size_y = group->dispatch_threads_per_threadgroup[1],
  dispatch_size_z = group->dispatch_threads_per_threadgroup[2];
const uint group_size_x = group->threads_per_threadgroup[0],
  group_size_y = group->threads_per_threadgroup[1],
  group_size_z = group->threads_per_threadgroup[2];
const uint group_position_x = group->threadgroup_position[0],
  group_position_y = group->threadgroup_position[1],
  group_position_z = group->threadgroup_position[2];
const uint group_threads = group_size_x * group_size_y * group_size_z;
const uint dispatch_threads = dispatch_size_x * dispatch_size_y * dispatch_size_z;
const uint first_x = group_position_x * dispatch_size_x;
const uint first_y = group_position_y * dispatch_size_y;
const uint first_z = group_position_z * dispatch_size_z;
char *const memory = group->threadgroup_memory;
"""

# Positions are counted in 64 bits and bounded, so that the optimiser need not fear wrap-around and
# makes vectors of consecutive threads.
_LOOPS = """\
const ulong end_x = (ulong)first_x + group_size_x;
__builtin_assume(end_x <= 0xffffffffu);
for (uint local_position_z = 0; local_position_z < group_size_z; ++local_position_z)
for (uint local_position_y = 0; local_position_y < group_size_y; ++local_position_y) {{
const uint row = (local_position_z * group_size_y + local_position_y) * group_size_x;
const uint grid_position_y = first_y + local_position_y;
const uint grid_position_z = first_z + local_position_z;
#pragma clang loop vectorize(assume_safety)
for (ulong position = first_x; position < end_x; ++position) {{
const uint grid_position_x = (uint)position;
const uint local_position_x = grid_position_x - first_x;
const uint index = row + local_position_x;
{call}
}}
}}
"""

_ONE_THREAD = """\
const uint grid_position_x = first_x + local_position_x;
const uint grid_position_y = first_y + local_position_y;
const uint grid_position_z = first_z + local_position_z;
const uint index =
  (local_position_z * group_size_y + local_position_y) * group_size_x + local_position_x;
{call}
"""

_FUNCTION = """\
static const uint assay_uses_{number}[] = {{{uses}}};
static void assay_run_{number}(void *const *buffers, const assay_threadgroup *group,
  uint {x}, uint {y}, uint {z}) {{
{body}}}
"""

# In front of a source whose kernels are listed without code.
LISTING = """\
#undef ASSAY_SLOT
#define ASSAY_SLOT ASSAY_LISTED_SLOT
"""

_NAMED = """\
# {line} "{file}"
static_assert(sizeof(&{callee}), "");
# 1 "launch"
"""

_MENTION = """\
static const uint assay_uses_{number}[] = {{{uses}}};
static void assay_mention_{number}() {{ (void)&{callee}; }}
"""

_TABLE = """\
static const assay_kernel assay_kernels[] = {{
{rows}
}};
static const assay_function_constant assay_constants[] = {{
{constants}
}};
extern "C" {{
extern __attribute__((weak, visibility("hidden"))) assay_threadgroup_slot __start_assay_slots[];
extern __attribute__((weak, visibility("hidden"))) assay_threadgroup_slot __stop_assay_slots[];
extern __attribute__((visibility("default"))) const assay_kernel_library_t assay_kernel_library;
const assay_kernel_library_t assay_kernel_library = {{
  ASSAY_KERNEL_ABI, {count}, assay_kernels, __start_assay_slots, __stop_assay_slots,
  &assay_runtime_table, assay_constants}};
ASSAY_EMITTED const void *assay_library() {{ return &assay_kernel_library; }}
}}
"""


def launch_code(
    entries: list[Entry],
    constants: Sequence[tuple[FunctionConstant, Variable]] = (),
    with_code: bool = True,
) -> str:
    """Run functions of all kernels, and the table that the device reads.

    Without code the kernels are checked and listed only.
    """
    function = _run_function if with_code else _mention
    functions = [_named(entry) + function(number, entry) for number, entry in enumerate(entries)]
    rows = "\n".join(_row(number, entry, with_code) for number, entry in enumerate(entries))
    if not entries:  # C++ has no empty arrays
        rows = "{nullptr, 0, 0, 0, 0, nullptr, nullptr, nullptr, 0}"
    declared = "\n".join(
        f"ASSAY_FUNCTION_CONSTANT({qualified(variable)}, "
        f'"{constant.name}", {constant.index}, {constant.optional:d}),'
        for constant, variable in constants
    )
    table = _TABLE.format(
        rows=rows, count=len(entries), constants=declared or "{nullptr, 0, 0, 0, 0}"
    )
    return "".join(functions) + table


def _run_function(number: int, entry: Entry) -> str:
    arguments = entry.kernel.arguments
    types = [f"assay::parameter<{i}, decltype({entry.callee})>" for i in range(len(arguments))]
    bindings = map(_binding, range(len(arguments)), arguments, types, entry.conditions)
    values = map(_value, range(len(arguments)), arguments, types)
    call = f"{entry.callee}({', '.join([*values, 'memory'])});"
    synchronises = entry.kernel.synchronises
    template = _ONE_THREAD if synchronises else _LOOPS
    position = [f"local_position_{axis}" if synchronises else "" for axis in _AXES]
    body = _GROUP + "".join(bindings) + template.format(call=call)
    uses = ", ".join(map(str, entry.constants)) or "0"
    return _FUNCTION.format(
        number=number, body=body, uses=uses, **dict(zip(_AXES, position, strict=True))
    )


def _named(entry: Entry) -> str:
    """Mentions a kernel where it is instantiated: wrong template arguments are reported there."""
    return _NAMED.format(
        line=entry.place.line, file=entry.place.file or SOURCE_NAME, callee=entry.callee
    )


def _mention(number: int, entry: Entry) -> str:
    """Makes the compiler instantiate a kernel for which it makes no code."""
    uses = ", ".join(map(str, entry.constants)) or "0"
    return _MENTION.format(number=number, callee=entry.callee, uses=uses)


def _binding(number: int, argument: Argument, kind: str, condition: str | None) -> str:
    """Fetches a pointer once a threadgroup: inside the loop it would stop vectorisation."""
    if argument.kind not in RESOURCES:
        return ""
    array = "group->threadgroup_arguments" if argument.kind == "threadgroup" else "buffers"
    words = argument.type.split()
    macro = "ASSAY_BIND_POINTER"
    source = f"{array}[{argument.index}]"
    if "&" in words:
        macro = "ASSAY_BIND_CONSTANT" if "constant" in words else "ASSAY_BIND_REFERENCE"
        source = f"assay::if_given({condition}, {source})" if condition else source
    return f"{macro}(({kind}), argument_{number}, {source})\n"


def _value(number: int, argument: Argument, kind: str) -> str:
    if argument.kind in RESOURCES:
        return f"argument_{number}"
    source = INPUTS[argument.kind]
    if source.kind != POSITION:
        return f"({kind})({source.value})"
    parts = ", ".join(f"{source.value}_{axis}" for axis in _AXES)
    return f"assay::position<{kind}>({parts})"


def _mask(entry: Entry, kind: str) -> str:
    """Bits of the arguments that have to be bound, as an expression."""
    bits = [
        (1 << argument.index, condition)
        for argument, condition in zip(entry.kernel.arguments, entry.conditions, strict=True)
        if argument.kind == kind and argument.index is not None
    ]
    always = sum(bit for bit, condition in bits if condition is None)
    parts = [f"({condition} ? {bit:#x}u : 0u)" for bit, condition in bits if condition]
    return " | ".join([f"{always:#x}u", *parts])


def _row(number: int, entry: Entry, with_code: bool) -> str:
    kernel = entry.kernel
    flags = ["ASSAY_KERNEL_SYNCHRONISES"] if kernel.synchronises else []
    if not kernel.synchronises and all(
        a.kind == "buffer" or (a.kind in INPUTS and INPUTS[a.kind].any_shape)
        for a in kernel.arguments
    ):
        flags.append("ASSAY_KERNEL_ANY_SHAPE")
    run = f"assay_run_{number}" if with_code else "nullptr"
    return (
        f'{{"{kernel.name}", {" | ".join(flags) or "0"}, {entry.cap}, {_mask(entry, "buffer")}, '
        f"{_mask(entry, 'threadgroup')}, &{entry.tag}, {run}, assay_uses_{number}, "
        f"{len(entry.constants)}}},"
    )
