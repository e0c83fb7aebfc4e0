"""Rules of Metal that clang reads differently, and the rest of the library, against numpy."""

import numpy as np
import pytest

import assay
from assay import msl

HEADER = "#include <metal_stdlib>\nusing namespace metal;\n"
LANE = np.arange(32)
VALUES = np.random.default_rng(7).integers(-50, 50, 32).astype(np.int32)
FILL = VALUES[::-1] + 1000


def one_thread(run, body: str, count: int, before: str = "") -> list[float]:
    source = f"{HEADER}{before}\nkernel void k(device float *o [[buffer(0)]]) {{\n{body}\n}}"
    return run(source, [np.zeros(count, np.float32)], (1, 1, 1), (1, 1, 1))[0].tolist()


def test_casts_of_vectors_convert_components(run) -> None:
    body = """
      int4 a = int4(1, -2, 3, 4);
      float4 f = (float4)a, g = static_cast<float4>(a);
      half4 h = (half4)f;
      uint2 u = (uint2)-f.yy;
      float3 c = (float3)(a.xyz > 0);
      float s = 12 / (float)a.z * 2;
      float values[] = {f.y, g.w, (float)h.z, (float)u.x, c.x, c.y, s, -(float4)a.x * 2.0f,
                        to<half4>(f).y, to<float4>(a).z};
      for (int j = 0; j < 10; ++j) o[j] = values[j];"""
    body = body.replace("-(float4)a.x * 2.0f", "(-(float4)a.x * 2.0f).y")
    before = "template <typename T, typename U> T to(U u) { return (T)u; }"
    assert one_thread(run, body, 10, before) == [-2, 4, 3, 2, 1, 0, 8, -2, -2, 3]


def test_constructors_of_member_types(run) -> None:
    before = """
      template <typename T> struct Traits { using type = T; using four = vec<T, 4>; };
      template <typename T> float last(T x) { return typename Traits<T>::four(1, 2, 3, x).w; }"""
    body = """
      o[0] = Traits<float>::type(3) + last(4.0f);
      o[1] = metal::float2(1, 2).y + ::float2(5).x;
      using W = half4;
      typedef float2 V;
      o[2] = W(1, 2, 3, 4).z + ((W)float4(5)).x + V(o[0], 1).x;"""
    assert one_thread(run, body, 3, before) == [7, 7, 15]


def test_the_launch_cap_may_depend_on_template_arguments(run) -> None:
    source = f"""{HEADER}
    template <typename T, bool Small>
    [[kernel]] [[max_total_threads_per_threadgroup(Small ? 32 : 64)]] void f(
        device T *o [[buffer(0)]]) {{ o[0] = T(1); }}
    template [[host_name("small")]] [[kernel]] decltype(f<float, true>) f<float, true>;
    template [[host_name("large")]] [[kernel]] decltype(f<half, false>) f<half, false>;"""
    library = run.device.compile(source)
    caps = [library.pipeline(n).max_total_threads_per_threadgroup for n in ("small", "large")]
    assert caps == [32, 64]


def test_overloads_by_address_space_share_code(run) -> None:
    before = """
      struct Pair { float a, b;
        float sum() const device { return a + b; }
        float sum() const thread { return a + b; } };
      template <typename T> T twice(device const T *p) { return 2 * p[0]; }
      template <typename U> U twice(thread const U *q) { return 2 * q[0]; }
      struct A { float f() { return 1; } };
      struct B { float f() { return 2; } };"""
    body = """
      float v = 3; o[0] = 4; o[1] = 5;
      float d = twice(o), t = twice(&v), s = ((device Pair *)o)->sum();
      Pair p{1, 2};
      o[0] = d; o[1] = t; o[2] = s; o[3] = p.sum(); o[4] = A().f() + 10 * B().f();"""
    assert one_thread(run, body, 5, before) == [8, 6, 9, 3, 21]


@pytest.mark.parametrize(
    ("values", "want"),
    [({}, [-1, 0, 5]), ({500: 7, 501: True}, [7, 1, 5]), ({501: False}, [-1, 2, 5])],
)
def test_function_constants(values, want) -> None:
    source = f"""{HEADER}
    #define BASE 500
    constant int count [[function_constant(BASE)]];
    constant bool flag [[function_constant(BASE + 1)]];
    constant bool has_count = is_function_constant_defined(count);
    constant int used = has_count ? count : -1;
    kernel void k(device int *o [[buffer(0)]]) {{
      threadgroup int t[4];
      t[0] = 5;
      o[0] = used;
      o[1] = flag ? 1 : is_function_constant_defined(flag) ? 2 : 0;
      o[2] = t[0];
    }}"""
    device = assay.device("cpu")
    buffer = device.buffer(np.zeros(3, np.int32))
    commands = device.command_buffer()
    commands.set_pipeline(device.compile(source).pipeline("k", values))
    commands.set_buffer(buffer, 0, 0)
    commands.dispatch_threads((1, 1, 1), (1, 1, 1))
    commands.commit()
    commands.wait(20.0)
    assert buffer.view(np.int32).tolist() == want


def shifted(up: bool, delta: int, modulo: int) -> np.ndarray:
    place = LANE % modulo + (-delta if up else delta)
    inside = (place >= 0) & (place < modulo)
    source = LANE - LANE % modulo + place % modulo
    return np.where(inside, VALUES[source], FILL[source])


QUAD = VALUES.reshape(8, 4)
OPERATIONS = {
    "simd_shuffle_and_fill_up(v, f, 3)": shifted(True, 3, 32),
    "simd_shuffle_and_fill_up(v, f, 5, 8)": shifted(True, 5, 8),
    "simd_shuffle_and_fill_down(v, f, ushort(3))": shifted(False, 3, 32),
    "simd_shuffle_and_fill_down(v, f, 1, 2)": shifted(False, 1, 2),
    "quad_shuffle_and_fill_up(v, f, 1)": shifted(True, 1, 4),
    "quad_shuffle_and_fill_down(v, f, 1, 2)": shifted(False, 1, 2),
    "quad_shuffle_rotate_up(v, 1)": np.roll(QUAD, 1, 1).ravel(),
    "quad_shuffle_rotate_down(v, 1)": np.roll(QUAD, -1, 1).ravel(),
    "quad_prefix_inclusive_sum(v)": QUAD.cumsum(1).ravel(),
    "quad_prefix_exclusive_sum(v)": (QUAD.cumsum(1) - QUAD).ravel(),
    "quad_prefix_inclusive_product(v % 5)": np.fmod(QUAD, 5).cumprod(1).ravel(),
    "quad_product(v % 5)": np.repeat(np.fmod(QUAD, 5).prod(1), 4),
    "quad_is_first() ? 1 : 0": LANE % 4 == 0,
    "int(quad_vote::vote_t(quad_ballot(v > 0)))": np.repeat((QUAD > 0) @ [1, 2, 4, 8], 4),
    "int(quad_vote::vote_t(quad_active_threads_mask()))": np.full(32, 15),
    "(quad_ballot(v > 0).all() ? 2 : 0) + quad_ballot(v > 0).any()": np.repeat(
        2 * (QUAD > 0).all(1) + (QUAD > 0).any(1), 4
    ),
    "int(simd_vote::vote_t(simd_ballot(lane < 9)))": np.full(32, 511),
}


@pytest.mark.parametrize("expression", OPERATIONS)
def test_simdgroup_functions(run, expression) -> None:
    source = f"""{HEADER}
    kernel void k(device const int *in [[buffer(0)]], device const int *fill [[buffer(1)]],
                  device int *out [[buffer(2)]], uint i [[thread_position_in_grid]],
                  ushort lane [[thread_index_in_simdgroup]]) {{
      const int v = in[i], f = fill[i];
      out[i] = {expression};
    }}"""
    out = run(source, [VALUES, FILL, np.zeros(32, np.int32)], (32, 1, 1))[2]
    assert out.tolist() == np.asarray(OPERATIONS[expression], np.int32).tolist()


WORDS = np.random.default_rng(8).integers(0, 2**32, 256, dtype=np.uint64).astype(np.uint32)


def fields(bits: list[int], signed: bool = False) -> np.ndarray:
    starts = np.cumsum([0, *bits[:-1]])
    parts = np.stack(
        [WORDS.astype(np.int64) >> s & (2**b - 1) for s, b in zip(starts, bits, strict=True)]
    )
    if signed:
        halves = np.array([[2 ** (b - 1)] for b in bits])
        parts = np.where(parts >= halves, parts - 2 * halves, parts)
    largest = np.array([[2 ** (b - signed) - 1] for b in bits])
    return np.maximum(parts / largest, -1).astype(np.float32)


PACKED = {
    "unorm4x8": fields([8] * 4),
    "snorm4x8": fields([8] * 4, signed=True),
    "unorm2x16": fields([16] * 2),
    "snorm2x16": fields([16] * 2, signed=True),
    "unorm10a2": fields([10, 10, 10, 2]),
}


@pytest.mark.parametrize("form", PACKED)
def test_unpack_and_pack(run, form) -> None:
    want = PACKED[form]
    got = [
        run.map(f"unpack_{form}_to_float(a)[{j}]", WORDS, out="float", dtype=np.float32)
        for j in range(len(want))
    ]
    assert np.allclose(got, want, rtol=0, atol=2e-7)
    again = run.map(
        f"pack_float_to_{form}(unpack_{form}_to_float(a))", WORDS, out="uint", dtype=np.uint32
    )
    unpacked = run.map(f"unpack_{form}_to_float(b)[0]", WORDS, again, out="float", dtype=np.float32)
    assert np.array_equal(unpacked, got[0])
    half = run.map(f"float(unpack_{form}_to_half(a)[0])", WORDS, out="float", dtype=np.float32)
    assert np.allclose(half, want[0], rtol=0, atol=5e-4)


def test_pack_bounds_and_rounds(run) -> None:
    body = """
      o[0] = pack_float_to_unorm4x8(float4(-1, 2, 0.5, 0.2)) == 0x3380FF00;
      o[1] = pack_float_to_snorm4x8(float4(-2, 2, -1, 0)) == 0x00817F81;
      o[2] = pack_half_to_unorm2x16(half2(1, 0)) == 0xFFFF;
      o[3] = abs(unpack_unorm4x8_srgb_to_float(0x80).x - 0.21586) < 1e-4;
      o[4] = pack_float_to_srgb_unorm4x8(float4(0.21586, 1, 0, 0.5)) == 0x8000FF80;"""
    assert one_thread(run, body, 5) == [1] * 5


def test_functions_with_two_results(run) -> None:
    body = """
      float4 whole; int4 e; half2 c;
      float4 part = modf(float4(2.5, -1.25, 3, 0), whole);
      float4 m = frexp(float4(12, 0.5, -3, 1), e);
      half2 s = sincos(half2(0, 1.5707963h), c);
      float2 l = ldexp(float2(3, 5), int2(2, -1));
      float values[] = {part.x, part.y, whole.x, whole.y, m.x, (float)e.x, m.z, (float)e.w,
                        (float)s.x, (float)c.x, l.x, l.y, (float)ilogb(float2(9, 1)).x};
      for (int j = 0; j < 13; ++j) o[j] = values[j];"""
    want = [0.5, -0.25, 2, -1, 0.75, 4, -0.75, 1, 0, 1, 12, 2.5, 3]
    assert one_thread(run, body, 13) == want


def test_numeric_limits_and_tests(run) -> None:
    body = """
      half4 h = half4(1, NAN, INFINITY, 3e-6h);
      bool4 n = isnan(h), f = isfinite(h), r = isnormal(h), u = isunordered(h, half4(1));
      float values[] = {(float)n.y, (float)n.z, (float)f.z, (float)f.w, (float)r.w, (float)u.y,
        (float)numeric_limits<half>::digits, (float)numeric_limits<bfloat>::digits,
        (float)numeric_limits<float>::max_exponent, (float)numeric_limits<int>::digits10,
        (float)numeric_limits<bool>::max(), (float)numeric_limits<uchar>::is_integer,
        (float)numeric_limits<half>::denorm_min() * 0x1p24f,
        (float)select(bfloat(1), bfloat(2), true), (float)dot(bfloat4(1), bfloat4(2)),
        (float)absdiff(int2(3, -4), int2(-2, 4)).y, (float)extract_bits(uint2(0xF0), 4, 3).x,
        (float)insert_bits(uint2(0), uint2(5), 2, 3).y};
      for (int j = 0; j < 18; ++j) o[j] = values[j];"""
    want = [1, 0, 0, 1, 0, 1, 11, 8, 128, 9, 1, 1, 1, 2, 8, 8, 7, 20]
    assert one_thread(run, body, 18) == want


def test_packed_vectors_and_matrices(run) -> None:
    body = """
      packed_float3 p(1, 2, 3);
      p += float3(1);
      p *= float3(2);
      float3 v = p * 2.0f + 1 - p;
      float2x2 m(1, 2, 3, 4);
      m *= m;
      float2 t = refract(normalize(float2(1, -1)), float2(0, 1), 0.5f);
      o[0] = p.x; o[1] = v.z; o[2] = m[1][0]; o[3] = m == m && !(m != m);
      o[4] = abs(t.x - 0.35355339f) < 1e-6f && abs(length(t) - 1) < 1e-6f;"""
    assert one_thread(run, body, 5) == [4, 9, 15, 1, 1]


def test_the_name_of_a_function_is_text_in_constant_memory(run) -> None:
    source = (
        HEADER
        + """
static uint length_of(constant const char *text) { uint n = 0; while (text[n]) ++n; return n; }
template <typename T> static uint report(device T *out) {
  *out = length_of(__func__);
  return length_of(__FUNCTION__);
}
kernel void name(device uint *out [[buffer(0)]]) { out[1] = report(out) + length_of(__func__); }
"""
    )
    out = run(source, [np.zeros(2, np.uint32)], (1, 1, 1), (1, 1, 1), kernel="name")[0]
    assert out.tolist() == [6, 10]


def test_types_that_simdgroup_functions_take() -> None:
    source = (
        HEADER
        + """
template <typename T> constexpr constant bool takes = __is_valid_simdgroup_type<T>::value;
static_assert(takes<float> && takes<half> && takes<uchar> && takes<int2>);
static_assert(!takes<long> && !takes<bool> && !takes<bfloat>);
kernel void name() {}
"""
    )
    assert [kernel.name for kernel in msl.compile(source).kernels] == ["name"]


def test_kernels_with_c_linkage_and_kernels_declared_before(run) -> None:
    source = (
        HEADER
        + """
inline namespace v1 { constant float two = 2; }
kernel void later(device float *out, uint i [[thread_position_in_grid]]);
extern "C" kernel void first(device float *out, uint i [[thread_position_in_grid]]) {
  out[i] = two;
}
extern "C" {
kernel void second(device float *out, uint i [[thread_position_in_grid]]) { out[i] = v1::two + 1; }
}
kernel void later(device float *out, uint i [[thread_position_in_grid]]) { out[i] = 4; }
"""
    )
    arrays = [np.zeros(1, np.float32)]
    found = [run(source, arrays, (1, 1, 1), kernel=k)[0][0] for k in ("first", "second", "later")]
    assert found == [2, 3, 4]


def test_macros_of_the_compiler(run) -> None:
    source = (
        HEADER
        + """
struct Shared { float a; int b; };
static_assert(offsetof(Shared, b) == 4, "layout");
#if defined(__clang__) && __clang_major__ >= 14 && defined(__LITTLE_ENDIAN__)
kernel void k(device float *out, constant simd_half4 &v) { out[0] = v.x; }
#endif
"""
    )
    assert [kernel.name for kernel in msl.compile(source).kernels] == ["k"]


def test_volatile_threadgroup_memory(run) -> None:
    source = (
        HEADER
        + """
kernel void k(device float *out, uint i [[thread_position_in_grid]]) {
  volatile threadgroup float tile[32];
  threadgroup volatile int count;
  tile[i] = i;
  if (i == 0) count = 32;
  threadgroup_barrier(mem_flags::mem_threadgroup);
  volatile threadgroup float *other = tile + (31 - i);
  out[i] = *other + count;
}
"""
    )
    out = run(source, [np.zeros(32, np.float32)], (32, 1, 1))[0]
    assert out.tolist() == [63 - i for i in range(32)]


def test_data_of_arrays_in_every_address_space(run) -> None:
    source = (
        HEADER
        + """
struct P { array<int, 4> sizes; };
static int f(constant int *p) { return p[0]; }
static int g(device int *p) { return p[0]; }
static int h(threadgroup const int *p) { return p[0]; }
static int t(thread const int *p) { return p[0]; }
kernel void k(constant P &p [[buffer(0)]], device P &d [[buffer(1)]], device int *o [[buffer(2)]]) {
  threadgroup P s;
  s.sizes[0] = 5;
  P l = p;
  const P c = l;
  o[0] = f(p.sizes.data()) + g(d.sizes.data()) + h(s.sizes.data());
  o[1] = t(l.sizes.data()) + t(c.sizes.data()) + *(p.sizes.data() + 2);
  device int *w = d.sizes.data();
  w[1] = p.sizes.data()[3];
}
"""
    )
    sizes, other = np.arange(1, 5, dtype=np.int32), np.full(4, 7, np.int32)
    arrays, one = [sizes, other, np.zeros(2, np.int32)], (1, 1, 1)
    _, other, out = run(source, arrays, one, one)
    assert out.tolist() == [1 + 7 + 5, 1 + 1 + 3]
    assert other.tolist() == [7, 4, 7, 7]
