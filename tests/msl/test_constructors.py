"""Every way to write a vector or a matrix that Metal knows."""

import numpy as np
import pytest

HEADER = "#include <metal_stdlib>\nusing namespace metal;\n"
IN = "x = in[i], y = in[i + 1];"


def values(run, declarations: str, statements: str, result: str) -> list[float]:
    """The components of ``result``, a float4, where x = 2 and y = 3."""
    source = (
        f"{HEADER}{declarations}\nkernel void k(device const float *in, device float4 *out, "
        f"uint i [[thread_position_in_grid]]) {{ float {IN} {statements}\n out[i] = {result}; }}"
    )
    arrays = [np.array([2, 3], np.float32), np.zeros(4, np.float32)]
    return run(source, arrays, (1, 1, 1), (1, 1, 1))[1].tolist()


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ("float2 p = x, q(y, 1); float4 v(p, q);", [2, 2, 3, 1]),
        ("float4 a = {x, y, 0, 1}, v = {a.xy, 5, 6};", [2, 3, 5, 6]),
        ("float4 a(1), b{x, y, a.zw}, v(b.yx, b.wz);", [3, 2, 1, 1]),
        ("float2 a(x, y), b[2] = {{1, 2}, {a.yx}}; float4 v(b[0], b[1]);", [1, 2, 3, 2]),
        ("float2 a(x, y); auto v = decltype(float4())(a, a);", [2, 3, 2, 3]),
        (
            "float2 a(x, y); float3 r[2][1] = {{{x, y, 1}}, {{a.yx, 7}}}; float4 v(r[1][0], 0);",
            [3, 2, 7, 0],
        ),
    ],
)
def test_declarations(run, statements, expected) -> None:
    assert values(run, "", statements, "v") == expected


@pytest.mark.parametrize(
    "declaration",
    [
        "typedef float3 vec3;",
        "using vec3 = metal::float3;",
        "using base = vec<float, 3>; using vec3 = base;",
        "typedef metal::vec<float, 3> vec3;",
        "template <typename T> using v = vec<T, 3>; typedef v<float> vec3;",
    ],
)
def test_aliases_of_vectors(run, declaration) -> None:
    statements = "vec3 a(x, y, 1), b = {a.zy, 4}; vec3 c = vec3(b.xy, a.x);"
    assert values(run, declaration, statements, "float4(c, b.z)") == [1, 3, 2, 4]


def test_templates_of_aliases(run) -> None:
    declarations = """
namespace lib {
template <typename T> struct types {};
template <> struct types<float> { using two = float2; };
template <> struct types<half> { using two = half2; };
template <typename T> using two = typename types<T>::two;
}
template <typename T> struct Polar {
  template <typename U> using pair = lib::two<U>;
  pair<T> operator()(T r, T s) { return pair<T>(r * s, r + s); }
  pair<T> other(T r, T s) { return ::lib::two<T>(s, r); }
};
"""
    result = "float4(Polar<float>()(x, y), float2(Polar<half>().other(half(x), half(y))))"
    assert values(run, declarations, "", result) == [6, 5, 3, 2]


def test_members_and_results(run) -> None:
    declarations = """
struct Ray {
  float3 origin, direction;
  float2 range;
  Ray(float2 p, float3 d) : origin(p, 1.0f), direction{d.xy, 0}, range(0) { range.y = d.z; }
  float4 packed() const { return {origin.zy, direction.x, range.y}; }
};
static inline float3 swapped(float3 v) { return {v.yx, v.z}; }
"""
    result = "Ray(float2(x, y), swapped(float3(x, y, 9))).packed()"
    assert values(run, declarations, "", result) == [1, 3, 3, 9]


@pytest.mark.parametrize(
    "statement",
    [
        "float2x2 m = {{x, 1}, {y, 4}};",
        "float2x2 m{{x, 1}, {y, 4}};",
        "float2x2 m({x, 1}, {y, 4});",
        "float2x2 m = float2x2({x, 1}, {y, 4});",
        "float2x2 m = float2x2{{x, 1}, {y, 4}};",
        "float2x2 m = float2x2(float2(x, 1), float2(y, 4));",
        "float2x2 m = float2x2(x, 1, y, 4);",
    ],
)
def test_matrices(run, statement) -> None:
    assert values(run, "", statement, "float4(m[0], m[1])") == [2, 1, 3, 4]


def test_matrices_inside_a_namespace_called_metal(run) -> None:
    declarations = """
namespace library { namespace metal {
float2x2 filled(float x, float y) { float2x2 m = {{x, 1}, {y, 4}}; return m; }
} }
"""
    statement = "float2x2 m = library::metal::filled(x, y);"
    assert values(run, declarations, statement, "float4(m[0], m[1])") == [2, 1, 3, 4]


def test_names_from_the_global_namespace(run) -> None:
    result = "float4(x / ::metal::max(x, 1.0f), (float)::metal::float2(x, y).y, 1, 0)"
    assert values(run, "", "x /= ::metal::floor(y); x *= y;", result) == [1, 3, 1, 0]


def test_aliases_of_classes_keep_references(run) -> None:
    declarations = """
template <typename T, bool Twice> struct Counter {
  thread T &count;
  const T step;
  Counter(thread T &c, T s) : count(c), step(s) {}
  void add() { count += Twice ? 2 * step : step; }
};
typedef Counter<float, true> twice;
template <typename T> using once = Counter<T, false>;
struct Pair { float a, b; Pair(thread const float (&v)[2]) : a(v[0]), b(v[1]) {} };
typedef Pair pair_t;
"""
    statements = "float n = 0; twice t(n, x); t.add(); once<float> o = once<float>(n, y); o.add();"
    result = "float4(n, pair_t({x, y}).b, float2({x, n}))"
    assert values(run, declarations, statements, result) == [7, 3, 2, 7]


def test_objects_that_convert_to_vectors_or_to_their_elements(run) -> None:
    source = f"""{HEADER}
struct Complex {{
  float re, im;
  explicit operator float2() const {{ return float2(re, im); }}
}};
struct Number {{
  ushort bits;
  template <typename T, typename = enable_if_t<is_convertible_v<float, T>>>
  operator T() const {{ return T(bits); }}
}};
struct Half {{ float x; operator half() const {{ return half(x); }} }};
kernel void k(device float2 *out) {{
  const Complex c{{1, 2}};
  const Number n{{5}};
  const Half h{{7}};
  out[0] = float2(c);
  out[1] = (float2)c;
  out[2] = float2(n);
  out[3] = static_cast<float2>(h);
  out[4] = float2(1, n);
}}"""
    out = run(source, [np.zeros((5, 2), np.float32)], (1, 1, 1), (1, 1, 1))[0]
    assert out.tolist() == [[1, 2], [1, 2], [5, 5], [7, 7], [1, 5]]


def test_constants_with_arguments_and_members_of_dependent_types(run) -> None:
    declarations = """
    constant float4 weights(1, float2(2), 3);
    static constant uint2 step_(4, 5);
    template <typename T> struct Types { using pair = vec<T, 2>; };"""
    statements = "typename Types<float>::pair q{x, y}; typename Types<half>::pair h(x, 7);"
    result = "float4(weights.y + q.y, step_.y, float2(h))"
    assert values(run, declarations, statements, result) == [5, 5, 2, 7]
