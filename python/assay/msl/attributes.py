"""The inputs that a Metal compute kernel can declare, as one table."""

from __future__ import annotations

from dataclasses import dataclass

# Names of the thread variables that generated launch code defines; _x, _y, _z are appended.
POSITION = "position"
SCALAR = "scalar"


@dataclass(frozen=True)
class Input:
    """A built-in kernel input (Metal Shading Language specification, section 5.2.3.6).

    Attributes:
        kind: ``position`` (a scalar or a vector of 2 or 3 components; all inputs of this kind of
            one kernel have the same width) or ``scalar``.
        value: The variable, or for scalars the expression, that generated code reads.
        any_shape: Whether the value does not depend on how the grid is cut into threadgroups.
    """

    kind: str
    value: str
    any_shape: bool = False


INPUTS: dict[str, Input] = {
    "thread_position_in_grid": Input(POSITION, "grid_position", any_shape=True),
    "threads_per_grid": Input(POSITION, "grid_size", any_shape=True),
    "thread_position_in_threadgroup": Input(POSITION, "local_position"),
    "threads_per_threadgroup": Input(POSITION, "group_size"),
    "threadgroup_position_in_grid": Input(POSITION, "group_position"),
    "threadgroups_per_grid": Input(POSITION, "group_count"),
    "dispatch_threads_per_threadgroup": Input(POSITION, "dispatch_size"),
    # Of the region that stage-in data would be read for: the whole grid.
    "grid_origin": Input(POSITION, "grid_origin", any_shape=True),
    "grid_size": Input(POSITION, "grid_size", any_shape=True),
    "thread_index_in_threadgroup": Input(SCALAR, "index"),
    "thread_index_in_simdgroup": Input(SCALAR, "(index & 31u)"),
    "simdgroup_index_in_threadgroup": Input(SCALAR, "(index >> 5)"),
    "threads_per_simdgroup": Input(SCALAR, "32u", any_shape=True),
    "thread_execution_width": Input(SCALAR, "32u", any_shape=True),
    "simdgroups_per_threadgroup": Input(SCALAR, "((group_threads + 31u) >> 5)"),
    "dispatch_simdgroups_per_threadgroup": Input(SCALAR, "((dispatch_threads + 31u) >> 5)"),
    "thread_index_in_quadgroup": Input(SCALAR, "(index & 3u)"),
    "quadgroup_index_in_threadgroup": Input(SCALAR, "(index >> 2)"),
    "quadgroups_per_threadgroup": Input(SCALAR, "((group_threads + 3u) >> 2)"),
    "dispatch_quadgroups_per_threadgroup": Input(SCALAR, "((dispatch_threads + 3u) >> 2)"),
}

FUNCTION_CONSTANT = "function_constant"
RESOURCES = ("buffer", "threadgroup")  # arguments that are bound to memory

POSITION_TYPES = frozenset(f"{base}{n}" for base in ("uint", "ushort") for n in ("", "2", "3"))
SCALAR_TYPES = frozenset(("uint", "ushort"))
ADDRESS_SPACES = ("device", "constant", "threadgroup", "thread")
