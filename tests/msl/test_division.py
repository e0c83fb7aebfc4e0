"""Integer division: exact, never trapping, right where only some threads divide."""

import numpy as np
import pytest

from assay.msl.operands import divisors
from assay.msl.parser import parse
from assay.msl.tokens import code, tokenize

HEADER = "#include <metal_stdlib>\nusing namespace metal;\n"
KINDS = {
    "char": np.int8,
    "uchar": np.uint8,
    "short": np.int16,
    "ushort": np.uint16,
    "int": np.int32,
    "uint": np.uint32,
    "long": np.int64,
    "ulong": np.uint64,
}


@pytest.mark.parametrize("name", KINDS)
def test_quotients_and_remainders_truncate(run, rng, name) -> None:
    kind = KINDS[name]
    info = np.iinfo(kind)
    a = rng.integers(info.min, info.max, 5000, dtype=kind, endpoint=True)
    b = rng.integers(info.min, info.max, 5000, dtype=kind, endpoint=True)
    b[1000:] >>= kind(rng.integers(1, info.bits - 1))
    a[:4], b[:4] = [info.max, info.min, info.max, 7], [1, info.max, info.max, 7]
    b[b == 0] = 3
    exact = [
        int(abs(x) // abs(y)) * (1 if (x < 0) == (y < 0) else -1)
        for x, y in zip(a.tolist(), b.tolist(), strict=True)
    ]
    quotient = run.map("a / b", a, b, out=name, dtype=np.dtype(kind))
    remainder = run.map("a % b", a, b, out=name, dtype=np.dtype(kind))
    left = [x - q * y for x, y, q in zip(a.tolist(), b.tolist(), exact, strict=True)]
    # INT_MIN / -1 wraps around, as it does on the hardware.
    assert quotient.tolist() == [np.array(q).astype(kind).item() for q in exact]
    assert remainder.tolist() == left


@pytest.mark.parametrize("name", ["int", "uint", "long", "ulong"])
@pytest.mark.parametrize("expression", ["a / b", "a % b", "a / (b + b)", "(a /= b, a)"])
def test_division_by_zero_does_not_trap(run, name, expression) -> None:
    a, b = np.arange(64).astype(KINDS[name]), np.zeros(64, KINDS[name])
    run.map(expression, a, b, out=name, dtype=np.dtype(KINDS[name]))


@pytest.mark.parametrize("kind", ["uint", "int", "ulong", "ushort"])
@pytest.mark.parametrize("operation", ["row % n", "(row * 3) / n", "row -= n * (row / n)"])
def test_division_behind_a_branch(run, rng, kind, operation) -> None:
    """Values that are the same for a row of threads, divided only by every second one."""
    source = f"""{HEADER}
    kernel void k(device const char *in [[buffer(0)]], device int *out [[buffer(1)]],
                  constant {kind} &n [[buffer(2)]], uint2 gid [[thread_position_in_grid]]) {{
      if (((gid.x + gid.y) & 1) != 0) return;
      {kind} row = {kind}(gid.y + 1);
      {kind} r = {operation};
      out[gid.y * 64 + gid.x] = in[r * 64 + gid.x];
    }}"""
    data = rng.integers(-100, 100, (256, 64)).astype(np.int8)
    n = np.array([64], KINDS[kind])
    out = run(source, [data, np.zeros((64, 64), np.int32), n], (64, 64, 1), (16, 16, 1))[1]
    y, x = np.indices((64, 64))
    row = {"row % n": (y + 1) % 64, "(row * 3) / n": (y + 1) * 3 // 64}.get(operation, (y + 1) % 64)
    assert np.array_equal(out, np.where((x + y) % 2 == 0, data[row, x], 0))


def test_vectors_constants_and_user_types(run) -> None:
    source = (
        HEADER
        + """
    struct Fraction { int top; };
    static int operator/(Fraction f, int d) { return f.top / d; }
    template <uint N> constexpr uint half_of() { return 10 / N; }
    constant constexpr uint W = 12;
    kernel void k(device int *o [[buffer(0)]], constant int &d [[buffer(1)]]) {
      int4 v = int4(7, -7, 8, 100) / d;
      uint3 u = uint3(7, 8, 9) % uint3(2, 3, 4);
      threadgroup float tile[W / 4 + half_of<5>()];
      v.y /= d;
      int4 w = v; w /= 2; w.x %= d;
      tile[0] = 7.0 / d;
      float values[] = {float(v.x), float(v.y), float(v.w), float(u.x), float(u.y), float(u.z),
                        tile[0], float(Fraction{9} / d), 1.0f / (float)d, -7 / float(d * 2),
                        float(sizeof(tile) / sizeof(float)), float(w.z), float(w.x)};
      for (int j = 0; j < 13; ++j) o[j] = int(values[j] * 100);
    }"""
    )
    out = run(source, [np.zeros(13, np.int32), np.int32([2])], (1, 1, 1), (1, 1, 1))[0]
    assert out.tolist() == [300, -100, 5000, 100, 200, 100, 350, 400, 50, -175, 500, 200, 100]


@pytest.mark.parametrize(
    ("expression", "operand"),
    [
        ("a / b + c", "b"),
        ("a / -b * c", "- b"),
        ("a % (b + 1) % 2", "( b + 1 )"),
        ("a / f(b, c)[1].x * d", "f ( b , c ) [ 1 ] . x"),
        ("a / (float)b", "( float ) b"),
        ("a / (b) * c", "( b )"),
        ("a / p->q * r", "p -> q"),
        ("a / ns::f<int>(b) - c", "ns :: f < int > ( b )"),
        ("a / b < c", "b"),
        ("a /= b + c", "b + c"),
        ("f(a /= b, c)", "b"),
        ("a / *p", "* p"),
        ("a / sizeof(b)", "sizeof ( b )"),
        ("x ? a / b : c", "b"),
    ],
)
def test_extent_of_a_divisor(expression, operand) -> None:
    structure = parse(code(tokenize(f"void f() {{ {expression}; }}")))
    (found,) = divisors(structure)
    assert structure.text((found.start, found.stop)) == operand


def test_plain_numbers_stay(run) -> None:
    assert divisors(parse(code(tokenize("int a = b / 4 + c % 3u - d / 2.0f;")))) == []
