"""Random programs with branches and loops, on every number type and vector width, against numpy.

Arithmetic on integers wraps around. Numbers of half and bfloat stay small integers, so that every
step is exact.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

COUNT = 64
PROGRAMS = 6
HEADER = "#include <metal_stdlib>\nusing namespace metal;\n"
INTEGERS = {
    "char": np.int8,
    "uchar": np.uint8,
    "short": np.int16,
    "ushort": np.uint16,
    "int": np.int32,
    "uint": np.uint32,
    "long": np.int64,
    "ulong": np.uint64,
}
KINDS = (*INTEGERS, "half", "bfloat")
NAMES = ("p", "q", "r")
Values = np.ndarray  # threads x components


@dataclass(frozen=True)
class Type:
    """A vector type of a program."""

    kind: str
    width: int

    @property
    def name(self) -> str:
        return self.kind + (str(self.width) if self.width > 1 else "")

    @property
    def unsigned(self) -> str:
        """Signed numbers must not overflow; their sums and products go through this type."""
        return self.name if self.name.startswith("u") else f"u{self.name}"

    @property
    def dtype(self) -> type:
        return INTEGERS.get(self.kind, np.float64)

    @property
    def bits(self) -> int:
        return np.dtype(self.dtype).itemsize * 8


@dataclass
class State:
    """Values of the variables while a program is interpreted, and which threads are active."""

    variables: dict[str, Values]
    choice: np.ndarray
    active: np.ndarray = field(default_factory=lambda: np.ones(COUNT, bool))

    def assign(self, name: str, values: Values) -> None:
        self.variables[name][self.active] = values[self.active]


Step = tuple[list[str], Callable[[State], None]]  # lines of the kernel, and what they do


def quotient(x: Values, y: Values) -> Values:
    """Towards zero; the lowest number by -1 wraps around."""
    with np.errstate(over="ignore"):
        whole = x // y
        return (whole + ((x % y != 0) & ((x < 0) != (y < 0)))).astype(x.dtype)


def integer_operations(t: Type) -> dict[str, Callable[[Values, Values], Values]]:
    last = t.bits - 1
    shift = f"({{y}} & {t.name}({last}))"
    sums = {
        f"{t.name}({t.unsigned}({{x}}) {sign} {t.unsigned}({{y}}))": function
        for sign, function in (("+", np.add), ("-", np.subtract), ("*", np.multiply))
    }
    low, high = f"min({{x}}, {t.name}(9))", f"max({{y}}, {t.name}(9))"
    return {
        **sums,
        "{x} & {y}": np.bitwise_and,
        "{x} | {y}": np.bitwise_or,
        "{x} ^ {y}": np.bitwise_xor,
        "~{x}": lambda x, y: ~x,
        f"{{x}} >> {shift}": lambda x, y: x >> (y & last),
        f"{t.name}({t.unsigned}({{x}}) << {t.unsigned}{shift})": lambda x, y: x << (y & last),
        f"{{x}} / ({{y}} | {t.name}(1))": lambda x, y: quotient(x, y | 1),
        f"{{x}} % ({{y}} | {t.name}(1))": lambda x, y: x - quotient(x, y | 1) * (y | 1),
        f"clamp({{y}}, {low}, {high})": lambda x, y: np.clip(y, np.minimum(x, 9), np.maximum(y, 9)),
        **comparing(t),
    }


def float_operations(t: Type) -> dict[str, Callable[[Values, Values], Values]]:
    """Small again after each step."""
    table = {
        "{x} + {y}": np.add,
        "{x} - {y}": np.subtract,
        "{x} * {y}": np.multiply,
        f"fma({{x}}, {t.name}(2), {{y}})": lambda x, y: 2 * x + y,
        "fabs({x}) - floor({y})": lambda x, y: np.abs(x) - np.floor(y),
        "-{x} + ceil({y})": lambda x, y: -x + np.ceil(y),
        **comparing(t),
    }
    return {
        f"fmod({text}, {t.name}(16))": lambda x, y, f=function: np.fmod(f(x, y), 16)
        for text, function in table.items()
    }


def comparing(t: Type) -> dict[str, Callable[[Values, Values], Values]]:
    table = {
        "min({x}, {y})": np.minimum,
        "max({x}, {y})": np.maximum,
        "select({x}, {y}, {x} < {y})": np.maximum,
        "select({x}, {y}, {x} == {y})": lambda x, y: x,
        f"{t.name}({{x}} != {{y}})": lambda x, y: (x != y).astype(x.dtype),
    }
    if t.width == 1:
        table["({x} >= {y} ? {y} : {x})"] = np.minimum
    else:
        order = {2: "yx", 3: "zxy", 4: "yxwz"}[t.width]
        places = ["xyzw".index(letter) for letter in order]
        table[f"{{y}}.{order}"] = lambda x, y: y[:, places]
    return table


@st.composite
def assignments(draw: st.DrawFn, t: Type) -> Step:
    table = integer_operations(t) if t.kind in INTEGERS else float_operations(t)
    text = draw(st.sampled_from(sorted(table)))
    target, x, y = (draw(st.sampled_from(NAMES)) for _ in range(3))

    def act(state: State) -> None:
        with np.errstate(over="ignore"):
            values = table[text](state.variables[x], state.variables[y])
        state.assign(target, values.astype(t.dtype))

    return [f"{target} = {text.format(x=x, y=y)};"], act


@st.composite
def branches(draw: st.DrawFn, t: Type, depth: int) -> Step:
    bit = draw(st.integers(0, 3))
    then, otherwise = draw(blocks(t, depth - 1)), draw(blocks(t, depth - 1))

    def act(state: State) -> None:
        before = state.active
        taken = (state.choice >> bit & 1) == 1
        state.active = before & taken
        then[1](state)
        state.active = before & ~taken
        otherwise[1](state)
        state.active = before

    return [f"if (choice >> {bit} & 1) {{", *then[0], "} else {", *otherwise[0], "}"], act


@st.composite
def loops(draw: st.DrawFn, t: Type, depth: int) -> Step:
    """A loop that threads leave at different times, some through break."""
    index = f"i{depth}"
    stop = draw(st.integers(0, 3))
    body = draw(blocks(t, depth - 1))

    def act(state: State) -> None:
        before = state.active
        for turn in range(4):
            state.active = state.active & (turn < (state.choice & 3))
            body[1](state)
            state.active = state.active & ~((state.choice >> 2 == stop) & (turn == 1))
        state.active = before

    lines = [f"for (uint {index} = 0; {index} < (choice & 3); ++{index}) {{", *body[0]]
    return [*lines, f"if (choice >> 2 == {stop} && {index} == 1) break;", "}"], act


@st.composite
def blocks(draw: st.DrawFn, t: Type, depth: int) -> Step:
    kinds = [assignments(t)] * 3
    if depth > 0:
        kinds += [branches(t, depth), loops(t, depth)]
    steps = [draw(st.one_of(kinds)) for _ in range(draw(st.integers(1, 3)))]

    def act(state: State) -> None:
        for _, step in steps:
            step(state)

    return [line for lines, _ in steps for line in lines], act


@st.composite
def programs(draw: st.DrawFn) -> tuple[Type, Step]:
    t = Type(draw(st.sampled_from(KINDS)), draw(st.integers(1, 4)))
    return t, draw(blocks(t, 2))


def to_bits(t: Type, values: Values) -> np.ndarray:
    if t.kind == "half":
        return values.astype(np.float16)
    if t.kind == "bfloat":
        return (values.astype(np.float32).view(np.uint32) >> 16).astype(np.uint16)
    return values


def inputs(t: Type, seed: int) -> dict[str, Values]:
    rng = np.random.default_rng(seed)
    shape = (len(NAMES), COUNT, t.width)
    if t.kind in INTEGERS:
        info = np.iinfo(t.dtype)
        rows = rng.integers(info.min, info.max, shape, dtype=t.dtype, endpoint=True)
        rows >>= rng.integers(0, t.bits, shape).astype(t.dtype)
    else:
        rows = rng.integers(-15, 16, shape).astype(np.float64)
    return dict(zip(NAMES, rows, strict=True))


def kernel(t: Type, lines: list[str], number: int) -> str:
    def each(text: str) -> str:
        return " ".join(
            text.format(name=name, start=row * COUNT * t.width, width=t.width, j=j, at=at)
            for row, name in enumerate(NAMES)
            for j, at in enumerate([f"[{j}]" for j in range(t.width)] if t.width > 1 else [""])
        )

    body = "\n".join(lines)
    return (
        f"kernel void k{number}(device {t.kind} *x [[buffer(0)]], device const uint *choices "
        f"[[buffer(1)]], uint i [[thread_position_in_grid]]) {{\n"
        f"const uint choice = choices[i]; {t.name} {', '.join(NAMES)};\n"
        f"{each('{name}{at} = x[{start} + {width} * i + {j}];')}\n{body}\n"
        f"{each('x[{start} + {width} * i + {j}] = {name}{at};')}\n}}\n"
    )


@settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
@given(batch=st.lists(programs(), min_size=PROGRAMS, max_size=PROGRAMS))
def test_random_programs(run, batch: list[tuple[Type, Step]]) -> None:
    choice = np.random.default_rng(1).integers(0, 16, COUNT).astype(np.uint32)
    source = HEADER + "".join(kernel(t, step[0], n) for n, (t, step) in enumerate(batch))
    for number, (t, (lines, act)) in enumerate(batch):
        state = State(inputs(t, number), choice)
        before = to_bits(t, np.stack(list(state.variables.values())))
        got = run(source, [before, choice], (COUNT, 1, 1), kernel=f"k{number}")[0]
        act(state)
        want = to_bits(t, np.stack(list(state.variables.values())))
        if t.kind == "bfloat":  # zero has two signs
            got, want = got & ((got << 1 != 0) * 0xFFFF), want & ((want << 1 != 0) * 0xFFFF)
        assert np.array_equal(got, want), f"{t.name}:\n" + "\n".join(lines)
