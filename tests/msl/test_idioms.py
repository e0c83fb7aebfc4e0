"""Idioms of production libraries that compile on Apple's compiler, one small program each."""

import numpy as np
import pytest

from assay import msl
from assay.errors import CompileError

HEADER = "#include <metal_stdlib>\nusing namespace metal;\n"


def test_mathematics_for_bfloat_of_a_librarys_own(run) -> None:
    """A library may add functions to namespace metal that Apple's library lacks."""
    source = (
        HEADER
        + """
#pragma METAL internals : enable
#define OWN(fast_math) \\
  METAL_FUNC bfloat exp(bfloat x) { return bfloat(__metal_exp(float(x), fast_math)); } \\
  METAL_FUNC bfloat max(bfloat x, bfloat y) { \\
    return bfloat(__metal_fmax(float(x), float(y), fast_math)); \\
  } \\
  METAL_FUNC bfloat fma(bfloat x, bfloat y, bfloat z) { \\
    return bfloat(__metal_fma(float(x), float(y), float(z))); \\
  } \\
  METAL_FUNC bfloat frexp(bfloat x, thread int &e) { \\
    return bfloat(__metal_frexp(float(x), &e)); \\
  } \\
  METAL_FUNC bfloat ldexp(bfloat x, int k) { \\
    return bfloat(__metal_ldexp(float(x), k, fast_math)); \\
  } \\
  METAL_FUNC bool isnan(bfloat x) { return __metal_isnan(float(x), fast_math); }
namespace metal {
OWN(__METAL_MAYBE_FAST_MATH__)
namespace fast {
OWN(__METAL_FAST_MATH__)
}
namespace precise {
OWN(__METAL_PRECISE_MATH__)
}
METAL_FUNC bfloat simd_sum(bfloat x) { return bfloat(__metal_simd_sum(float(x))); }
METAL_FUNC bfloat simd_and(bfloat x) { return bfloat(__metal_simd_and(float(x))); }
METAL_FUNC bfloat simd_shuffle_and_fill_up(bfloat x, bfloat filling, ushort delta) {
  return as_type<bfloat>(__metal_simd_shuffle_and_fill_up(
      as_type<ushort>(x), as_type<ushort>(filling), delta, __metal_get_simdgroup_size(ushort())));
}
}
kernel void k(device bfloat *x, device float *out, uint i [[thread_position_in_grid]]) {
  int e;
  const bfloat m = frexp(bfloat(8), e);
  out[i] = float(simd_sum(x[i])) + float(m) + e + float(precise::fma(x[i], x[i], ldexp(m, 1)));
  out[i] += float(max(x[i], bfloat(2))) + float(simd_shuffle_and_fill_up(x[i], bfloat(7), 1));
  out[i] += float(simd_and(bfloat(i + 4)));
}
"""
    )
    x = np.full(32, 3, np.float32)
    bits = (x.view(np.uint32) >> 16).astype(np.uint16)
    out = run(source, [bits, x], (32, 1, 1))[1]
    both = np.bitwise_and.reduce(np.arange(4, 36, dtype=np.float32).view(np.uint32)).view(
        np.float32
    )
    rest = 96 + 0.5 + 4 + 10 + 3 + both.view(np.float32)
    assert out.tolist() == [rest + (7 if i == 0 else 3) for i in range(32)]


@pytest.mark.parametrize(
    "internal",
    [
        "_disjunction<is_same<T, int>, is_same<T, float>>::value",
        "_conjunction<is_integral<T>, is_signed<T>>::value",
        "_negation<is_same<T, half>>::value",
    ],
)
def test_internal_traits(internal: str) -> None:
    source = f"{HEADER}template <typename T> constexpr constant bool fits = {internal};\n"
    msl.compile(source + 'static_assert(fits<int>, ""); kernel void k(device int *x) {}')


def test_braces_as_arguments_for_vectors(run) -> None:
    source = (
        HEADER
        + """
template <typename I = long>
I place(uint3 at, uint width) { return at.x + I(width) * at.y + at.z; }
template <typename I = long>
I place(I at, constant uint *, uint) { return at; }
float length_of(const float2 v, float scale) { return scale * length(v); }
struct Box {
  float area(float2 low, vec<float, 2> high) { return (high - low).x * (high - low).y; }
};
template <int N>
kernel void k(device float *out, uint2 i [[thread_position_in_grid]]) {
  out[0] = place({N * i.x + 1u, 2, i.y}, 10u);
  out[1] = length_of({3.0f, 4.0f}, 2.0f);
  out[2] = Box().area({1.0f, 1.0f}, {3.0f, 5.0f});
}
template [[host_name("k")]] kernel void k<2>(device float *, uint2);
"""
    )
    assert run(source, [np.zeros(3, np.float32)], (1, 1, 1), (1, 1, 1))[0].tolist() == [21, 10, 8]


def test_limits_of_the_type_that_is_not_char(run) -> None:
    source = (
        HEADER + "kernel void k(device int *x) { x[0] = numeric_limits<int8_t>::max();"
        "x[1] = numeric_limits<int8_t>::lowest(); x[2] = numeric_limits<char>::max(); }"
    )
    assert run(source, [np.zeros(3, np.int32)], (1, 1, 1), (1, 1, 1))[0].tolist() == [
        127,
        -128,
        127,
    ]


@pytest.mark.parametrize(
    ("expression", "exact"),
    [
        ("pow(a, short(b))", lambda a, b: a ** b.astype(int)),
        ("pow(2.0f, b)", lambda a, b: 2**b),
        ("pow(10.0f, b)", lambda a, b: 10**b),
        ("pow(a, 1.0f / 3.0f)", lambda a, b: a ** (1 / 3)),
        ("pow(M_E_F, b)", lambda a, b: np.exp(b)),
        ("pow(a, -0.5f)", lambda a, b: a**-0.5),
        ("log(pow(a, b))", lambda a, b: b * np.log(a)),
    ],
)
def test_powers_that_the_optimiser_knows(run, expression, exact) -> None:
    """It turns them into functions that the processor's library has to have."""
    a = np.linspace(0.5, 4, 40).astype(np.float32)
    b = np.linspace(-9, 9, 40).round().astype(np.float32)
    out = run.map(expression, a, b, out="float", dtype=np.float32)
    assert np.allclose(out, exact(a.astype(np.float64), b.astype(np.float64)), rtol=2e-6)


def test_lists_in_braces_that_leave_components_out(run) -> None:
    source = (
        HEADER
        + """
uint4 same(uint4 v) { return v; }
kernel void k(device uint4 *x) {
  uint4 a = {1, 2, 3};
  uint4 b{4, 5};
  x[0] = a;
  x[1] = b + uint4{1, 1} + same({0, 10});
}
"""
    )
    out = run(source, [np.zeros((2, 4), np.uint32)], (1, 1, 1), (1, 1, 1))[0]
    assert out.tolist() == [[1, 2, 3, 0], [5, 16, 0, 0]]


@pytest.mark.parametrize(
    ("position", "index"),
    [
        ("unsigned int", "unsigned short"),
        ("const uint32_t", "uint16_t"),
        ("Pos", "Index"),
        ("simd_uint3", "unsigned"),
        ("metal::vec<ushort, 2>", "const uint"),
    ],
)
def test_input_types_by_other_names(position: str, index: str) -> None:
    program = msl.compile(
        f"#include <simd/simd.h>\n{HEADER}typedef uint2 Pos; using Index = ushort;\n"
        f"kernel void k(device uint *x, {position} i [[thread_position_in_grid]],"
        f"{position} n [[threads_per_grid]], {index} l [[thread_index_in_simdgroup]]) {{}}"
    )
    assert len(program.kernels[0].arguments) == 4


@pytest.mark.parametrize("position", ["int", "size_t", "Signed", "float2"])
def test_input_types_that_are_none(position: str) -> None:
    with pytest.raises(CompileError) as error:
        msl.compile(
            f"{HEADER}typedef int2 Signed;\n"
            f"kernel void k(device uint *x, {position} i [[thread_position_in_grid]]) {{}}"
        )
    assert error.value.diagnostics[0].rule == "kernel-input"


def test_functions_as_template_arguments_beside_types_of_the_same_name(run) -> None:
    source = (
        HEADER
        + """
typedef float (*unary)(float);
typedef float (binary)(float, float);
typedef int words[2];
template <typename F> float call(F f, float x) { return f(x); }
template <float (*F)(float)> float through(float x) { return F(x); }
template <binary F> float both(float x) { return F(x, float(2)); }
float twice(float x) { return 2 * x; }
float product(float x, float y) { return x * y; }
struct Add { float operator()(float x) { return x + 1; } };
kernel void k(device float *x) {
  words w = {int(x[0]), 4};
  x[0] = through<twice>(3) + call(Add(), x[0]) + both<product>(w[1]);
}
"""
    )
    assert run(source, [np.zeros(1, np.float32)], (1, 1, 1), (1, 1, 1))[0].tolist() == [6 + 1 + 8]


def test_messages_to_the_host() -> None:
    msl.compile(
        "#include <metal_logging>\n" + HEADER + 'constant os_log logger("kernels", "debug");\n'
        "kernel void k(device float *x, uint i [[thread_position_in_grid]]) {\n"
        'os_log_default.log_info("%u: %f", i, x[i]); logger.log_error("done"); x[i] = 1; }'
    )


def test_constant_arrays_that_are_computed(run) -> None:
    source = (
        HEADER
        + """
struct Squares {
  array<uint, 4> values;
  static constexpr Squares make() {
    Squares s = {};
    for (uint i = 0; i < 4; ++i) s.values[i] = i * i;
    return s;
  }
};
constexpr static constant Squares squares = Squares::make();
kernel void k(device uint *x, uint i [[thread_position_in_grid]]) { x[i] = squares.values[i]; }
"""
    )
    assert run(source, [np.zeros(4, np.uint32)], (4, 1, 1))[0].tolist() == [0, 1, 4, 9]


@pytest.mark.parametrize("name", ["step", "exp", "transpose", "select", "simd_sum"])
def test_kernels_with_names_of_the_library(run, name: str) -> None:
    source = f"{HEADER}kernel void {name}(device float *x) {{ x[0] = 2; }}"
    assert run(source, [np.zeros(1, np.float32)], (1, 1, 1), (1, 1, 1), name)[0].tolist() == [2]


def test_kernels_with_names_of_functions(run) -> None:
    source = (
        HEADER
        + """
namespace n { float relu(float x); kernel void relu(device float *x) { x[0] = relu(x[0]) - 5; } }
float relu(float x);
kernel void relu(device float *x) { x[0] = relu(x[0]) + 1; }
float relu(float x) { return max(x, 0.0f); }
float n::relu(float x) { return 2 * x; }
"""
    )
    x = np.array([-3], np.float32)
    assert run(source, [x], (1, 1, 1), (1, 1, 1), "relu")[0].tolist() == [1]
    assert run(source, [x], (1, 1, 1), (1, 1, 1), "n::relu")[0].tolist() == [-11]


def test_conditions_over_objects_in_two_address_spaces(run) -> None:
    source = (
        HEADER
        + """
struct pair {
  float a, b;
  constexpr pair(float x = 0, float y = 0) thread : a(x), b(y) {}
  template <typename T, enable_if_t<is_arithmetic_v<T>, bool> = true>
  constexpr pair(T x) threadgroup : a(x), b(0) {}
};
struct Sum { static constexpr constant pair init = pair(7, 8); };
thread float &larger(thread float &x, thread float &y) { return x > y ? x : y; }
kernel void k(device pair *x, uint i [[thread_position_in_grid]]) {
  threadgroup pair shared[32];
  Sum op;
  shared[i] = x[i];
  threadgroup_barrier(mem_flags::mem_threadgroup);
  pair total = i < 4 ? shared[i] : op.init;
  total.b += (i & 1 ? x[i] : i & 2 ? Sum::init : shared[i]).a;
  float p = 1, q = 2;
  thread float &r = i ? p : q;
  r += 1;
  larger(p, q) += 1;
  x[i] = total;
  x[i].a += p - q;
}
"""
    )
    x = np.arange(64, dtype=np.float32).reshape(32, 2)
    out = run(source, [x], (32, 1, 1))[0]
    want = np.where(np.arange(32)[:, None] < 4, x, [7, 8])
    want[:, 1] += [7 if i & 3 == 2 else x[i, 0] for i in range(32)]
    want[:, 0] += [1 - 4 if i == 0 else 2 - 3 for i in range(32)]
    assert np.array_equal(out, want)


def test_casts_to_vectors_outside_of_functions_and_through_templates(run) -> None:
    source = (
        HEADER
        + """
typedef float3 Real3;
constant float3 plain = (float3)(1.0f);
constant Real3 table[2] = {(Real3)(2.0f), (Real3)(-(3.0f))};
template <typename T>
struct Traits {
  typedef vec<T, 3> v3;
  v3 member = (v3)(T(4));
};
template <typename T>
using vec3 = vec<T, 3>;
template <typename T>
kernel void k(device float3 *out) {
  const T x = 5;
  out[0] = plain;
  out[1] = table[0];
  out[2] = table[1];
  out[3] = Traits<T>().member;
  out[4] = (typename Traits<T>::v3)(x);
  out[5] = (vec3<T>)(x);
  out[6] = (metal::vec<T, 3>)(x);
  out[7] = reflect(float3(0, 0, 1), normalize(float3(0, 0, -2)));
}
template [[host_name("k")]] kernel void k<float>(device float3 *);
"""
    )
    out = run(source, [np.zeros((8, 4), np.float32)], (1, 1, 1), (1, 1, 1))[0][:, :3]
    want = [[v] * 3 for v in (1, 2, -3, 4, 5, 5, 5)] + [[0, 0, -1]]
    assert out.tolist() == want


def test_kernels_declared_before_their_definition_and_with_c_linkage(run) -> None:
    source = (
        HEADER
        + """
kernel void twice(device float *x, uint i [[thread_position_in_grid]]);
extern "C" kernel void twice(device float *x, uint i [[thread_position_in_grid]]) { x[i] *= 2; }
template <typename T, int N = 3, typename U>
kernel void add(device T *x, device U *y, uint i [[thread_position_in_grid]]);
template <typename T, int N = 3, typename U>
kernel void add(device T *x, device U *y, uint i [[thread_position_in_grid]]) { x[i] += y[i] + N; }
template [[host_name("add")]]
kernel void add<float, 3, float>(device float *, device float *, uint);
"""
    )
    x = np.arange(4, dtype=np.float32)
    assert run(source, [x], (4, 1, 1), kernel="twice")[0].tolist() == [0, 2, 4, 6]
    assert run(source, [x, x], (4, 1, 1), kernel="add")[0].tolist() == [3, 5, 7, 9]


def test_instantiations_whose_template_arguments_are_deduced(run) -> None:
    source = (
        HEADER
        + """
template <int N>
struct Sizes { const int values[N]; };
template <typename T, int N, typename Wide = float>
[[kernel]] void scale(device const T *in [[buffer(0)]], device vec<T, 2> *out [[buffer(1)]],
                      const constant Sizes<N> *sizes [[buffer(2)]],
                      uint i [[thread_position_in_grid]]) {
  Wide factor = 1;
  for (int n = 0; n < N; ++n) factor *= sizes->values[n];
  out[i] = vec<T, 2>(T(factor * in[i]), T(N));
}
#define instantiate(name, type, n) \\
  template [[host_name("scale_" #name "_" #n)]] [[kernel]] void scale( \\
      const device type *in [[buffer(0)]], device vec<type, 2> *out [[buffer(1)]], \\
      const constant Sizes<n> *sizes [[buffer(2)]], uint i [[thread_position_in_grid]]);
instantiate(float32, float, 1)
instantiate(uint32, unsigned int, 2)
template [[host_name("unnamed")]] [[kernel]] void scale(
    device const half *, device vec<half, 2> *, const constant Sizes<3> *, uint);
"""
    )
    for name, dtype, n in (
        ("scale_float32_1", "f4", 1),
        ("scale_uint32_2", "u4", 2),
        ("unnamed", "f2", 3),
    ):
        x = np.arange(4).astype(dtype)
        arrays = [x, np.zeros((4, 2), dtype), np.array([3, 5, 2], np.int32)]
        out = run(source, arrays, (4, 1, 1), kernel=name)[1]
        assert out.tolist() == [[v * [3, 15, 30][n - 1], n] for v in range(4)]


def test_instantiations_that_match_no_template() -> None:
    source = (
        HEADER
        + "template <typename T>\n"
        + "kernel void f(device T *x, uint i [[thread_position_in_grid]]) {}\n"
        + "template kernel void f(device float *, device float *, uint);"
    )
    with pytest.raises(CompileError) as error:
        msl.compile(source)
    assert [(d.rule, d.line) for d in error.value.diagnostics] == [("unknown-name", 5)]


@pytest.mark.parametrize(
    ("expression", "want"),
    [
        ("precise::abs(i - 5)", 2.0),
        ("precise::sqrt(x[1])", 3.0),
        ("fast::pow(i, i)", 27.0),
        ("precise::exp(ulong(i) - i)", 1.0),
        ("precise::max(i, x[1])", 9.0),
    ],
)
def test_namespaces_for_float_take_integers(run, expression: str, want: float) -> None:
    source = (
        f"{HEADER}kernel void k(device float *out, device int *x) "
        f"{{ const int i = x[0]; out[0] = {expression}; }}"
    )
    arrays = [np.zeros(1, np.float32), np.array([3, 9], np.int32)]
    assert run(source, arrays, (1, 1, 1), (1, 1, 1))[0] == want


def test_attributes_behind_the_members_of_a_type(run) -> None:
    source = f"""{HEADER}
struct Block {{ half scale; uchar values[3]; }} __attribute__((packed, aligned(1)));
typedef struct {{ uchar a; uint b; }} __attribute__((__packed__)) Pair;
enum Mode {{ first, second }} __attribute__((unused));
static_assert(sizeof(Block) == 5 && sizeof(Pair) == 5, "packed");
kernel void k(device Block *blocks, device float *out, uint i [[thread_position_in_grid]]) {{
  out[i] = float(blocks[i].scale) * blocks[i].values[second];
}}"""
    blocks = np.zeros(3, np.dtype([("scale", "f2"), ("values", "u1", 3)]))
    blocks["scale"], blocks["values"] = [[2, 3, 4], [[1, 5, 9], [2, 6, 7], [3, 8, 4]]]
    out = run(source, [blocks, np.zeros(3, np.float32)], (3, 1, 1), (3, 1, 1))[1]
    assert out.tolist() == [10, 18, 32]


def test_a_method_whose_result_is_a_reference_to_an_array(run) -> None:
    source = f"""{HEADER}
template <typename T, int M, int N> struct Tile {{
  T d[M][N];
  thread T (&row(int i))[N] {{ return d[i]; }}
}};
kernel void k(device float *out) {{
  Tile<float, 2, 3> t;
  for (int i = 0; i < 2; ++i)
    for (int j = 0; j < 3; ++j) t.row(i)[j] = 10 * i + j;
  for (int i = 0; i < 6; ++i) out[i] = t.d[i / 3][i % 3];
}}"""
    out = run(source, [np.zeros(6, np.float32)], (1, 1, 1), (1, 1, 1))[0]
    assert out.tolist() == [0, 1, 2, 10, 11, 12]


def test_constants_at_program_scope_that_are_no_number(run) -> None:
    source = f"""{HEADER}
constant float not_a_number = NAN;
constant float2 both[2] = {{float2(NAN, 1), float2(-INFINITY, NAN)}};
struct Limits {{ static constexpr constant float unknown = NAN; }};
kernel void k(device float *out) {{
  out[0] = not_a_number;
  out[1] = both[1].y;
  out[2] = Limits::unknown;
}}"""
    assert np.isnan(run(source, [np.zeros(3, np.float32)], (1, 1, 1), (1, 1, 1))[0]).all()


def test_hexadecimal_floats_without_suffix_are_float(run) -> None:
    source = (
        f"{HEADER}kernel void k(device float *out) "
        "{ out[0] = max(out[0], 0x1.8p1); out[1] = sizeof(0x1p-3) + min(0X1P4, out[1]); }"
    )
    assert run(source, [np.ones(2, np.float32)], (1, 1, 1), (1, 1, 1))[0].tolist() == [3, 5]


def test_uniform_values(run) -> None:
    source = f"""{HEADER}
template <typename T> T twice(uniform<T> x) {{ return x + x; }}
kernel void k(device int *out, constant int &size, uint i [[thread_position_in_grid]]) {{
  const uniform<int> stride = make_uniform(4);
  const uniform<int> count = make_uniform(size) / stride;
  uniform<float> half_of = 0.5f;
  uniform<int> rest = size - count * stride;
  for (int j = 0; j < count; ++j) out[i] += j;
  out[i] += 100 * rest + twice<int>(rest) + int(half_of * 2);
}}"""
    arrays = [np.zeros(2, np.int32), np.array([14], np.int32)]
    assert run(source, arrays, (2, 1, 1), (2, 1, 1))[0].tolist() == [208, 208]


def test_matrices_of_bfloat_and_half_become_each_other(run) -> None:
    source = f"""{HEADER}
typedef matrix<bfloat, 4, 4> bfloat4x4;
typedef matrix<bfloat, 2, 3> bfloat2x3;
template <typename M> void load(device const half4x4 *from, thread M &to) {{ to = (M)(*from); }}
kernel void k(device const half4x4 *in, device float *out, device half *element) {{
  bfloat4x4 b;
  load(in, b);
  half4x4 back = half4x4(b);
  for (int i = 0; i < 16; ++i) out[i] = float(b[i / 4][i % 4]) + back[i / 4][i % 4];
  bfloat2x3 few(element[0], element[1], 2, 3.0f, 4, bfloat(5));
  out[16] = float(few[0][1]) + float(few[1][2]);
}}"""
    values = np.arange(16, dtype=np.float16)
    arrays = [values, np.zeros(17, np.float32), np.array([6, 7], np.float16)]
    out = run(source, arrays, (1, 1, 1), (1, 1, 1))[1]
    assert out.tolist() == [*range(0, 32, 2), 12]


def test_lists_of_any_length_as_arguments(run) -> None:
    source = (
        HEADER
        + """
template <typename T, int Columns, int Rows> struct Storage {
  vec<T, Rows> columns[Columns];
  Storage() thread = default;
  thread Storage &operator=(initializer_list<vec<T, Rows>> list) thread {
    size_t i = 0;
    for (vec<T, Rows> column : list) columns[i++] = column;
    return *this;
  }
};
int total(initializer_list<int> list) {
  int sum = 100 * list.size();
  for (size_t i = 0; i < list.size(); ++i) sum += list.begin()[i];
  return sum;
}
kernel void k(device float *out) {
  Storage<float, 2, 3> s;
  s = {float3(1, 2, 3), float3(4, 5, 6)};
  out[0] = s.columns[1].z;
  out[1] = total({1, 2, 3, 4});
}
"""
    )
    assert run(source, [np.zeros(2, np.float32)], (1, 1, 1))[0].tolist() == [6, 410]


def test_the_keyword_of_kernels_behind_their_type(run) -> None:
    source = HEADER + "void kernel k(device float *x) { x[0] = 3; }"
    assert run(source, [np.zeros(1, np.float32)], (1, 1, 1))[0].tolist() == [3]


def test_threadgroup_memory_of_types_without_a_name(run) -> None:
    source = (
        HEADER
        + """
kernel void k(device uint *x, uint i [[thread_index_in_threadgroup]]) {
  threadgroup struct { uint value[2]; } shared[32];
  threadgroup union { float f[2]; uint u[2]; } bits;
  threadgroup struct Counter { uint n; } counter, counters[2];
  shared[i].value[1] = i;
  bits.f[1] = 1;
  counter.n = 5;
  counters[1].n = 6;
  threadgroup_barrier(mem_flags::mem_threadgroup);
  x[i] = shared[i ^ 1].value[1] + 100 * (counter.n + counters[1].n) + bits.u[1];
}
"""
    )
    out = run(source, [np.zeros(32, np.uint32)], (32, 1, 1))[0]
    assert out.tolist() == [(i ^ 1) + 1100 + 0x3F800000 for i in range(32)]


def test_conditional_objects_that_are_written_to(run) -> None:
    source = (
        HEADER
        + """
kernel void k(device int *x) {
  int a = 1, b = 2;
  float2 u = 1, v = 2;
  (x[0] ? a : b) = 7;
  (x[1] ? a : b) += 5;
  (x[0] ? x[2] : x[3])++;
  (x[0] ? u : v).y = 9;
  x[1] = (x[1] ? a : x[2]) == 7;
  x[2] = 100 * a + b + u.y;
}
"""
    )
    out = run(source, [np.array([1, 0, 4, 4], np.int32)], (1, 1, 1))[0]
    assert out.tolist() == [1, 0, 716, 4]


def test_names_of_characters_in_types_and_traits_of_arrays(run) -> None:
    source = f"""{HEADER}
struct Plus {{ static constexpr constant char name[] = "plus"; float a; }};
static_assert(alignment_of_v<float4> == 16 && extent<float[3][2], 1>::value == 2, "traits");
kernel void k(device char *out) {{
  const char local[] = "abc";
  constant char *words[] = {{"de", "f"}};
  out[0] = Plus::name[1];
  out[1] = local[2];
  out[2] = words[1][0];
}}"""
    out = run(source, [np.zeros(3, np.int8)], (1, 1, 1), (1, 1, 1))[0]
    assert bytes(out) == b"lcf"


def test_names_that_are_types_elsewhere(run) -> None:
    source = f"""{HEADER}
#define MUL(a, b) ((a) * (b))
#define SUB(a, b) ((a) - (b))
#define BOTH(a, b) ((a) & (b))
template <typename C, class K> struct Pair {{ C c; K k; typedef K W; using D = vec<C, 4>; }};
template <typename N> N twice(N x) {{ return (N)x + (N)(x) + (N)-x; }}
using E = half;
typedef int real;
struct Complex {{ float real; float half_() const {{ return (real) * 2 - (real); }} }};
int negative(int x) {{ return (real)-x + (real)(x) * 2 + (real)*&x; }}
int f(int C, int K) {{
  int D = 5, E = 6;
  const int W = 7;
  return MUL(C, K) + SUB(D, E) + BOTH(W, 12) + (D) - 1;
}}
template <int C, typename T> struct Area {{
  static constexpr constant int value = MUL(C, C);
  int twice() const {{ return (C) * 2 - (C) + (T)(C); }}
}};
template <int N> int g(int x) {{ return SUB(N, x) * (N) + (int)(E)-x; }}
kernel void k(device int *out, constant int &C, uint K [[thread_position_in_grid]]) {{
  out[0] = f(3, 4);
  out[1] = g<10>(2);
  out[2] = twice(5);
  out[3] = SUB(C, 1) + SUB(K, 1);
  out[4] = int((E)-C);
  out[5] = Area<5, int>::value + Area<4, float>().twice();
  const Complex z{{3}};
  out[7] = negative(2) + int(z.half_());
  (out[4] > 0 ? out[6] : out[5]) += 1;
}}"""
    arrays = [np.zeros(8, np.int32), np.array([9], np.int32)]
    want = [19, 78, 5, 7, -9, 34, 0, 7]
    assert run(source, arrays, (1, 1, 1), (1, 1, 1))[0].tolist() == want


def test_a_librarys_own_template_vec(run) -> None:
    source = """#include <metal_stdlib>
template <typename T, int N> struct vec {
  T v[N];
  vec(T a) { for (int i = 0; i < N; ++i) v[i] = a + i; }
  T operator[](int i) const { return v[i]; }
};
template <typename T> struct Point : vec<T, 3> {
  vec<T, 2> rest;
  Point(T a) : vec<T, 3>(a), rest(a + 5) {}
};
kernel void k(device float *out) {
  Point<float> p(1);
  vec<float, 4> x = vec<float, 4>(3.0f);
  metal::vec<float, 2> y(7, 8);
  out[0] = p[2];
  out[1] = p.rest[1];
  out[2] = x[3];
  out[3] = y.y;
}"""
    assert run(source, [np.zeros(4, np.float32)], (1, 1, 1))[0].tolist() == [3, 7, 6, 8]
