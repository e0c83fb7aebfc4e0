"""What compiled programs compute, against numpy."""

import numpy as np
import pytest

from assay.errors import PipelineError

HEADER = "#include <metal_stdlib>\nusing namespace metal;\n"
COUNT = 4096


def floats(rng: np.random.Generator, low: float, high: float, count: int = COUNT) -> np.ndarray:
    return rng.uniform(low, high, count).astype(np.float32)


# name, domain, numpy's function in double precision, allowed error in units of the last place
UNARY = [
    ("sin", (-30, 30), np.sin, 4),
    ("cos", (-30, 30), np.cos, 4),
    ("tan", (-1.5, 1.5), np.tan, 6),
    ("exp", (-80, 80), np.exp, 4),
    ("exp2", (-120, 120), np.exp2, 4),
    ("exp10", (-35, 35), lambda x: 10**x, 4),
    ("log", (1e-30, 1e30), np.log, 4),
    ("log2", (1e-3, 1e3), np.log2, 4),
    ("log10", (1e-3, 1e3), np.log10, 4),
    ("sqrt", (0, 1e6), np.sqrt, 1),
    ("rsqrt", (1e-3, 1e6), lambda x: 1 / np.sqrt(x), 3),
    ("tanh", (-10, 10), np.tanh, 8),
    ("sinh", (-8, 8), np.sinh, 8),
    ("cosh", (-8, 8), np.cosh, 6),
    ("asin", (-1, 1), np.arcsin, 4),
    ("acos", (-1, 1), np.arccos, 4),
    ("atan", (-50, 50), np.arctan, 4),
    ("sinpi", (-8, 8), lambda x: np.sin(np.pi * (x - 2 * np.rint(x / 2))), 8),
    ("floor", (-9, 9), np.floor, 0),
    ("ceil", (-9, 9), np.ceil, 0),
    ("trunc", (-9, 9), np.trunc, 0),
    ("rint", (-9, 9), np.rint, 0),
    ("fract", (-9, 9), lambda x: x - np.floor(x), 1),
    ("fabs", (-9, 9), np.abs, 0),
    ("sign", (-9, 9), np.sign, 0),
    ("saturate", (-2, 2), lambda x: np.clip(x, 0, 1), 0),
    ("fast::exp", (-20, 20), np.exp, 4),
    ("precise::sin", (-20, 20), np.sin, 4),
]


@pytest.mark.parametrize(("name", "domain", "exact", "ulp"), UNARY, ids=[u[0] for u in UNARY])
def test_unary_functions(run, rng, name, domain, exact, ulp) -> None:
    x = floats(rng, *domain)
    got = run.map(f"{name}(a)", x, out="float", dtype=np.float32)
    want = exact(x.astype(np.float64))
    # Near a zero of a periodic function the error is relative to its amplitude.
    scale = np.spacing(np.maximum(np.abs(want), 2.0**-3).astype(np.float32))
    assert np.max(np.abs(got - want) / scale) <= ulp + 0.5


BINARY = [
    ("pow(a, b)", (0.1, 10), (-5, 5), np.power, 4),
    ("powr(a, b)", (0.1, 10), (-5, 5), np.power, 40),
    ("atan2(a, b)", (-5, 5), (-5, 5), np.arctan2, 4),
    ("fmod(a, b)", (-9, 9), (1, 2), np.fmod, 0),
    ("min(a, b)", (-9, 9), (-9, 9), np.minimum, 0),
    ("fmax(a, b)", (-9, 9), (-9, 9), np.maximum, 0),
    ("step(a, b)", (-9, 9), (-9, 9), lambda a, b: (b >= a) * 1.0, 0),
    ("copysign(a, b)", (-9, 9), (-9, 9), np.copysign, 0),
    ("fma(a, b, 1.0)", (-9, 9), (-9, 9), lambda a, b: a * b + 1, 1),
    ("mix(a, b, 0.25)", (-9, 9), (-9, 9), lambda a, b: a + (b - a) * 0.25, 4),
    ("clamp(a, -1.0, 1.0) + b", (-9, 9), (-9, 9), lambda a, b: np.clip(a, -1, 1) + b, 1),
    ("dot(float3(a, b, 1), float3(b, 2, a))", (-3, 3), (-3, 3), lambda a, b: a * b + 2 * b + a, 6),
    ("length(float2(a, b))", (1, 3), (1, 3), np.hypot, 2),
    ("cross(float3(a, b, 0), float3(0, 1, 0)).z", (-3, 3), (-3, 3), lambda a, b: a, 0),
]


@pytest.mark.parametrize(("expression", "first", "second", "exact", "ulp"), BINARY)
def test_functions_of_two_arguments(run, rng, expression, first, second, exact, ulp) -> None:
    x, y = floats(rng, *first), floats(rng, *second)
    got = run.map(expression, x, y, out="float", dtype=np.float32)
    want = exact(x.astype(np.float64), y.astype(np.float64))
    scale = np.spacing(np.maximum(np.abs(want), 1).astype(np.float32))
    assert np.max(np.abs(got - want) / scale) <= ulp + 0.5


INTEGERS = [np.int8, np.uint8, np.int16, np.uint16, np.int32, np.uint32, np.int64, np.uint64]
NAMES = dict(
    zip(INTEGERS, ["char", "uchar", "short", "ushort", "int", "uint", "long", "ulong"], strict=True)
)


def saturate(value: int, kind: type) -> int:
    info = np.iinfo(kind)
    return min(max(value, int(info.min)), int(info.max))


INTEGER_FUNCTIONS = {
    "popcount(a)": lambda a, b, k: a.bit_count() if a >= 0 else (a + 2 ** bits(k)).bit_count(),
    "clz(a)": lambda a, b, k: bits(k) - (a % 2 ** bits(k)).bit_length(),
    "ctz(a)": lambda a, b, k: bits(k) if a == 0 else ((a & -a).bit_length() - 1),
    "min(a, b)": lambda a, b, k: min(a, b),
    "max(a, b)": lambda a, b, k: max(a, b),
    "addsat(a, b)": lambda a, b, k: saturate(a + b, k),
    "subsat(a, b)": lambda a, b, k: saturate(a - b, k),
    "hadd(a, b)": lambda a, b, k: (a + b) >> 1,
    "rhadd(a, b)": lambda a, b, k: (a + b + 1) >> 1,
    "mulhi(a, b)": lambda a, b, k: (a * b) >> bits(k),
    "absdiff(a, b)": lambda a, b, k: abs(a - b),
}


def bits(kind: type) -> int:
    return np.iinfo(kind).bits


@pytest.mark.parametrize("kind", INTEGERS, ids=NAMES.values())
@pytest.mark.parametrize("expression", INTEGER_FUNCTIONS)
def test_integer_functions(run, rng, kind, expression) -> None:
    info = np.iinfo(kind)
    a, b = (rng.integers(info.min, info.max, 64, dtype=kind, endpoint=True) for _ in range(2))
    a[:3] = 0, info.max, info.min
    exact = INTEGER_FUNCTIONS[expression]
    want = [exact(x, y, kind) for x, y in zip(a.tolist(), b.tolist(), strict=True)]
    mask = 2 ** bits(kind) - 1
    unsigned = np.dtype(f"u{np.dtype(kind).itemsize}")
    got = run.map(expression, a, b, out=NAMES[kind], dtype=np.dtype(kind))
    assert [v & mask for v in want] == got.view(unsigned).tolist()


def test_nan_and_infinity_are_told_apart_under_fast_math(run) -> None:
    x = np.array([1, np.nan, np.inf, -np.inf, 0, 1e-40], np.float32)
    for name, want in [
        ("isnan", [0, 1, 0, 0, 0, 0]),
        ("isinf", [0, 0, 1, 1, 0, 0]),
        ("isfinite", [1, 0, 0, 0, 1, 1]),
    ]:
        got = run.map(f"{name}(a) ? 1 : 0", x, out="int", dtype=np.dtype(np.int32))
        assert got.tolist() == want


def test_vector_constructors_swizzles_and_conversions(run) -> None:
    source = (
        HEADER
        + """
    kernel void k(device float *o [[buffer(0)]], constant float &s [[buffer(1)]],
                  uint i [[thread_position_in_grid]]) {
      float4 v(1, 2, 3, 4), w = float4(v.zw, s, 6.5);
      v.xy = w.yx;
      float3 c{v.xy, 9};
      int4 n = int4(w);
      half2 h = half2(w.xy);
      uchar4 u = uchar4(250, 251, 252, 253);
      packed_float3 p = packed_float3(7, 8, 9);
      float4 q = float4(float3(p), 0.5);
      bool3 less = c < float3(5.0);
      float4 list = {w.xy, c.xy}, single = {2};
      float values[] = {v.x, v.y, v.z, v.w, c.z, float(n.w), float(h.y), float(u.w), q.y,
                        float(any(less)), float(all(less)), select(c, float3(-1), less).x,
                        float(sizeof(packed_float3)), float(sizeof(float3)), v[2], w.rgba.b, list.y,
                        list.z, single.x};
      for (int j = 0; j < 19; ++j) o[j] = values[j];
    }"""
    )
    out, _ = run(source, [np.zeros(19, np.float32), np.float32([5])], (1, 1, 1), (1, 1, 1))
    assert out.tolist() == [4, 3, 3, 4, 9, 6, 4, 253, 8, 1, 0, -1, 12, 16, 3, 5, 4, 4, 2]


def test_constructors_of_template_types(run) -> None:
    source = (
        HEADER
        + """
    template <typename V> V pair(float a, float b) { return V(a, b); }
    template <typename T, int N> vec<T, N> twice(vec<T, N> v) { return v + v; }
    using F2 = float2;
    struct P { float x, y; P(float a, float b) : x(a), y(b) {} };
    kernel void k(device float *o [[buffer(0)]]) {
      o[0] = pair<float2>(1, 2).y; o[1] = pair<P>(3, 4).y; o[2] = twice(float3(5)).z;
      o[3] = F2(6, 7).y; o[4] = vec<float, 2>(8, 9).x; o[5] = metal::float2(1, 11).y;
    }"""
    )
    (out,) = run(source, [np.zeros(6, np.float32)], (1, 1, 1), (1, 1, 1))
    assert out.tolist() == [2, 4, 10, 7, 8, 11]


def test_literals_are_float_and_half(run) -> None:
    source = (
        HEADER
        + """
    template <typename T> int size(T) { return sizeof(T); }
    kernel void k(device int *o [[buffer(0)]]) {
      o[0] = size(1.0); o[1] = size(1e-3); o[2] = size(2.5h); o[3] = size(.5); o[4] = size(1);
      o[5] = size(0x1Fu); o[6] = size(1.0f);
    }"""
    )
    (out,) = run(source, [np.zeros(7, np.int32)], (1, 1, 1), (1, 1, 1))
    assert out.tolist() == [4, 4, 2, 4, 4, 4, 4]


def test_every_position_input(run) -> None:
    source = (
        HEADER
        + """
    kernel void k(device uint *o [[buffer(0)]], uint3 g [[thread_position_in_grid]],
      uint3 l [[thread_position_in_threadgroup]], uint3 t [[threadgroup_position_in_grid]],
      uint3 n [[threads_per_threadgroup]], uint3 s [[threads_per_grid]],
      uint3 c [[threadgroups_per_grid]], uint3 d [[dispatch_threads_per_threadgroup]],
      uint x [[thread_index_in_threadgroup]], ushort a [[thread_index_in_simdgroup]],
      uint b [[simdgroup_index_in_threadgroup]], uint w [[threads_per_simdgroup]],
      uint m [[simdgroups_per_threadgroup]]) {
      device uint *r = o + 16 * ((g.z * s.y + g.y) * s.x + g.x);
      uint v[] = {l.x, l.y, l.z, t.x, t.y, t.z, n.x, n.y, n.z, c.x, d.x, x, a, b, w, m};
      for (int j = 0; j < 16; ++j) r[j] = v[j];
    }"""
    )
    shape, group = (21, 5, 3), (8, 4, 2)
    count = int(np.prod(shape))
    out = run(source, [np.zeros((count, 16), np.uint32)], shape, group)[0]
    for flat in range(count):
        grid = (flat % 21, flat // 21 % 5, flat // 105)
        local = [p % n for p, n in zip(grid, group, strict=True)]
        position = [p // n for p, n in zip(grid, group, strict=True)]
        size = [min(n, s - p * n) for p, n, s in zip(position, group, shape, strict=True)]
        index = (local[2] * size[1] + local[1]) * size[0] + local[0]
        simdgroups = -(-int(np.prod(size)) // 32)
        want = [*local, *position, *size, 3, 8, index, index % 32, index // 32, 32, simdgroups]
        assert out[flat].tolist() == want


def test_kernel_templates_with_host_names(run) -> None:
    source = (
        HEADER
        + """
    template <typename T, uint W> [[kernel]] void fill(
        device T *o [[buffer(0)]], constant T &v [[buffer(1)]],
        uint l [[thread_position_in_threadgroup]], uint g [[thread_position_in_grid]]) {
      threadgroup T tile[W];
      tile[l] = v + T(l);
      threadgroup_barrier(mem_flags::mem_threadgroup);
      o[g] = tile[W - 1 - l];
    }
    template [[host_name("fill_f32")]] [[kernel]] void fill<float, 8>(
        device float *, constant float &, uint, uint);
    template [[host_name("fill_f16")]] [[kernel]] void fill<half, 8>(
        device half *, constant half &, uint, uint);
    """
    )
    for name, kind in [("fill_f32", np.float32), ("fill_f16", np.float16)]:
        arrays = [np.zeros(16, kind), np.array([2], kind)]
        out, _ = run(source, arrays, (16, 1, 1), (8, 1, 1), kernel=name)
        assert out.tolist() == [9, 8, 7, 6, 5, 4, 3, 2] * 2


def test_threadgroup_memory_counts_only_what_is_used(run) -> None:
    source = (
        HEADER
        + """
    kernel void k(device float *o [[buffer(0)]], uint l [[thread_position_in_threadgroup]]) {
      threadgroup float used[32], also[33];
      threadgroup float4 unused[4000];
      if (l < 16) { threadgroup int nested[4]; nested[l & 3] = 1; used[l] = nested[l & 3]; }
      threadgroup_barrier(mem_flags::mem_threadgroup);
      also[l] = used[l & 15];
      o[l] = also[l];
    }"""
    )
    pipeline = run.device.compile(source).pipeline("k")
    assert pipeline.static_threadgroup_memory_length == 272 + 16
    out = run(source, [np.zeros(32, np.float32)], (32, 1, 1))[0]
    assert out.tolist() == [1] * 32


def test_too_much_threadgroup_memory_is_a_pipeline_error(run) -> None:
    source = (
        HEADER
        + """
    kernel void k(device float *o [[buffer(0)]], uint l [[thread_position_in_threadgroup]]) {
      threadgroup float a[8448];
      a[l] = l; o[l] = a[l];
    }"""
    )
    library = run.device.compile(source)
    with pytest.raises(PipelineError, match=r"33792.*32768") as caught:
        library.pipeline("k")
    assert caught.value.kernel == "k"


def test_atomics(run) -> None:
    source = (
        HEADER
        + """
    kernel void k(device atomic_uint *sum [[buffer(0)]], device atomic_int *low [[buffer(1)]],
                  device atomic_float *f [[buffer(2)]], uint i [[thread_position_in_grid]]) {
      threadgroup atomic_uint part;
      atomic_fetch_add_explicit(&part, 0, memory_order_relaxed);
      atomic_fetch_add_explicit(&sum[0], i, memory_order_relaxed);
      atomic_fetch_min_explicit(low, -int(i), memory_order_relaxed);
      atomic_fetch_add_explicit(f, 0.5, memory_order_relaxed);
      uint old = 7;
      while (!atomic_compare_exchange_weak_explicit(&sum[1], &old, old + 1, memory_order_relaxed,
                                                    memory_order_relaxed)) {}
    }"""
    )
    arrays = [np.zeros(2, np.uint32), np.zeros(1, np.int32), np.zeros(1, np.float32)]
    total, low, half_count = run(source, arrays, (1000, 1, 1))
    assert total.tolist() == [499500, 1000]
    assert low.tolist() == [-999]
    assert half_count.tolist() == [500]


def test_shifts_are_no_conditions(run) -> None:
    source = (
        HEADER
        + """
    kernel void k(device const uint *in [[buffer(0)]], device float *o [[buffer(1)]]) {
      uint2 v = uint2(in[0], in[1]);
      float2 a = float2(v >> 1), b = float2(v << 1), c = float2((v >> 1) > 20);
      o[0] = a.x; o[1] = a.y; o[2] = b.x; o[3] = b.y; o[4] = c.x; o[5] = c.y;
    }"""
    )
    out = run(source, [np.uint32([7, 80]), np.zeros(6, np.float32)], (1, 1, 1), (1, 1, 1))[1]
    assert out.tolist() == [3, 40, 14, 160, 0, 1]


def test_matrices(run, rng) -> None:
    source = (
        HEADER
        + """
    kernel void k(device const float4x4 *m [[buffer(0)]], device const float4 *v [[buffer(1)]],
                  device float4 *o [[buffer(2)]]) {
      const float4x4 a = m[0], b = m[1];
      o[0] = a * v[0]; o[1] = v[0] * a; o[2] = (a * b)[1]; o[3] = transpose(a)[2];
      o[4] = (2.0 * a + b - float4x4(1.0))[3];
      const float3x3 c(a[0].xyz, a[1].xyz, float3(1, 2, 4));
      const float2x3 d = float2x3(1, 2, 3, 4, 5, 6);
      o[5] = float4(determinant(c), determinant(a), d[1].x, (d * float2(1, 2)).z);
    }"""
    )
    m = rng.uniform(-1, 1, (2, 4, 4)).astype(np.float32)  # m[i][column][row]
    v = rng.uniform(-1, 1, (1, 4)).astype(np.float32)
    out = run(source, [m, v, np.zeros((6, 4), np.float32)], (1, 1, 1), (1, 1, 1))[2]
    a, b = m[0].T.astype(float), m[1].T.astype(float)
    c = np.stack([m[0, 0, :3], m[0, 1, :3], [1, 2, 4]], axis=1)
    want = [
        a @ v[0],
        v[0] @ a,
        (a @ b)[:, 1],
        a[2],
        (2 * a + b - np.eye(4))[:, 3],
        [np.linalg.det(c), np.linalg.det(a), 4, 15],
    ]
    assert np.allclose(out, want, atol=1e-5)


def test_arrays(run) -> None:
    source = (
        HEADER
        + """
    template <typename T, size_t N> T total(array<T, N> a) {
      T s = 0;
      for (T v : a) s += v;
      return s;
    }
    kernel void k(device float *o [[buffer(0)]]) {
      array<float, 3> a = {{1, 2, 3}};
      a[2] = 5;
      o[0] = total(a) + a.size();
    }"""
    )
    (out,) = run(source, [np.zeros(1, np.float32)], (1, 1, 1), (1, 1, 1))
    assert out.tolist() == [11]


def test_vectors_of_bool(run) -> None:
    source = (
        HEADER
        + """
    kernel void k(device const int *in [[buffer(0)]], device float *o [[buffer(1)]]) {
      int3 c = int3(in[0], in[1], in[2]);
      bool3 m = c >= 3;
      bool3 both = m && (c < 6);
      bool2 n = bool2(true, in[1] > 3);
      float3 a = float3(c >= 3), b = float3(m), d = float3(!both);
      int3 e = int3(c >= 3 || c < 0);
      uint2 u = uint2(n);
      float4 kept = float4(vec<int, 4>(2, 3, 4, 5));
      m.y = true;
      float values[] = {a.x, a.y, b.x, d.x, d.z, float(e.x), float(e.y), float(u.x), float(u.y),
                        kept.x, float(m.x), float(m.y), float(all(m)), float(any(both)),
                        float(all(m == bool3(true))), float(any(m != bool3(true))),
                        float(half3(c > 2).z),
                        select(a, float3(9), m).y, float(sizeof(bool4)), float(both[0])};
      for (int j = 0; j < 20; ++j) o[j] = values[j];
    }"""
    )
    out = run(source, [np.int32([5, 1, 7]), np.zeros(20, np.float32)], (1, 1, 1), (1, 1, 1))[1]
    want = [1, 0, 1, 0, 1, 1, 0, 1, 0, 2, 1, 1, 1, 1, 1, 0, 1, 9, 4, 1]
    assert out.tolist() == want
