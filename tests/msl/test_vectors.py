"""Vectors of every type: members, constructors, casts, vectors of bool, packed vectors."""

import numpy as np
import pytest

from assay import msl
from assay.errors import CompileError

HEADER = "#include <metal_stdlib>\nusing namespace metal;\n"
TYPES = "char uchar short ushort int uint long ulong half bfloat float".split()  # noqa: SIM905


def one_thread(run, body: str, count: int, before: str = "") -> list[float]:
    source = f"{HEADER}{before}\nkernel void k(device float *o [[buffer(0)]]) {{\n{body}\n}}"
    return run(source, [np.zeros(count, np.float32)], (1, 1, 1), (1, 1, 1))[0].tolist()


@pytest.mark.parametrize("kind", TYPES)
def test_vectors_of_any_type_in_templates(run, kind: str) -> None:
    before = """
      template <typename T, int N> T sum(vec<T, N> v) {
        T s = 0; for (int i = 0; i < N; ++i) s += v[i]; return s; }
      template <typename T, uint N> vec<T, N> twice(vec<T, N> v) { return v + v; }
      template <typename T> struct Block {
        vec<T, 4> a; metal::vec<T, 2> b;
        Block(vec<T, 3> v) : a(v, T(4)), b(v.yz) {}
        T last() const { return a.w + b.y; } };
      template <typename T> void all(device float *o) {
        vec<T, 4> v(1, 2, 3, 4);
        vec<T, 4> w = vec<T, 4>(v.zw, v.xy), u = {v.x, v.yz, T(9)}, z{};
        w.xz = v.yw; w.a += u.a; z.rgb = vec<T, 3>(5);
        o[0] = float(sum(w)); o[1] = float(sum(u)); o[2] = float(Block<T>(v.xyz).last());
        o[3] = float(sum(twice(z))); }"""
    want = [2 + 4 + 4 + 11, 1 + 2 + 3 + 9, 4 + 3, 30]
    assert one_thread(run, f"all<{kind}>(o);", 4, before) == want


@pytest.mark.parametrize("kind", TYPES)
def test_casts_of_scalars_fill_vectors(run, kind: str) -> None:
    before = "template <typename T> T filled(float x) { return (T)(x); }"
    body = f"""float s = 3; {kind}4 v = ({kind}4)(s + 1), w = ({kind}4)s, u = ({kind}4)(2);
      {kind}3 t = filled<{kind}3>(5);
      o[0] = v.w; o[1] = w.w; o[2] = u.w; o[3] = t.z;"""
    assert one_thread(run, body, 4, before) == [4, 3, 2, 5]


def test_vectors_of_bool(run) -> None:
    before = """
      template <typename T, int N> struct Mask { metal::vec<bool, N> bits; vec<T, N> values; };
      template <int N> int count(vec<bool, N> v) { int n = 0;
        for (int i = 0; i < N; ++i) n += v[i]; return n; }"""
    body = """float4 x = float4(1, 2, 3, 4);
      vec<bool, 4> b = x > 2; bool4 c = b; metal::vec<bool, 2> d(true, false);
      Mask<float, 4> m{c, x}; Mask<half, 3> n; n.bits = vec<bool, 3>(true);
      o[0] = count<4>(b) + 10 * count<2>(d) + 100 * count<4>(m.bits) + 1000 * count<3>(n.bits);
      o[1] = all(b.zw) + 2 * any(b.xy) + 4 * b.yzw.z + 8 * b.a;
      c.xy = b.wz; c.r = false; c.yzw = bool3(c.x, true, c.x);
      o[2] = c.x + 2 * c.y + 4 * c.z + 8 * c.w;
      o[3] = select(x, -x, !b).x + select(x, -x, bool4(d, d)).y;
      o[4] = sizeof(vec<bool, 4>) + 10 * sizeof(vec<bool, 3>) + 100 * sizeof(bool2);
      bool4 e = bool4(d, b.xy), f(b.xyz, true), g = vec<bool, 4>(e && f);
      o[5] = e.x + 2 * e.y + 4 * e.z + 8 * f.w + 16 * g.x; bool2 h = d.yx; o[6] = h.x + 2 * h.y;"""
    # b is 0011 and d is 10.
    want = [2 + 10 + 200 + 3000, 1 + 4 + 8, 4, 2 - 1, 244, 1 + 8, 2]
    assert one_thread(run, body, 7, before) == want


def test_members_of_packed_vectors(run) -> None:
    body = """packed_float3 p(1, 2, 3); packed_half3 h = packed_half3(half3(4, 5, 6));
      device packed_float3 *d = (device packed_float3 *)(o + 9);
      packed_float2 two(7, 8); packed_uchar4 four(9, 10, 11, 12);
      d[0] = p.zyx; d->xy = p.yx; d->b += 1;
      o[0] = d->x; o[1] = d->y; o[2] = d->z; o[3] = (p.xy * two.yx).y; o[4] = h.rg.y + h.zxy.x;
      p.xz = p.zx; o[5] = p.r; o[6] = four.bgra.x + four.wz.x; o[7] = dot(float3(p), p.rrr);
      p.xyz *= 2; o[8] = p.y;"""
    assert one_thread(run, body, 12)[:9] == [2, 1, 2, 14, 11, 3, 23, 18, 4]


def test_names_that_hosts_and_kernels_share(run) -> None:
    """Those of <simd/simd.h>."""
    before = "#include <simd/simd.h>\n"
    body = """simd_float4 v = simd_float4(vector_float3(1, 2, 300), 4);
      vector_uchar4 c = vector_uchar4(v / 2); simd_int2 i = (simd_int2)v.yz;
      matrix_float2x2 m = matrix_float2x2({5, 6}, {7, 8}); simd_float2x2 n = {{1, 0}, {0, 2}};
      simd::float2 w = m * n * simd_float2(1); o[0] = c.z; o[1] = i.y; o[2] = w.x; o[3] = v.w;"""
    assert one_thread(run, body, 4, before) == [150, 300, 19, 4]


def test_operators_and_conversions_of_packed_vectors(run) -> None:
    body = """packed_float3 p(1.5f, -2.5f, 3); packed_int3 i = packed_int3(p), j = i;
      packed_uint3 u(12, 13, 14); packed_half3 h(packed_half3(i).zyx); packed_float3 q(p.x, h.yz);
      u <<= 1; j &= 3; j |= 8; j %= 5; u ^= u >> 2u; packed_uint3 w = (u & 7u) + (u | 1) % 4;
      o[0] = i.x; o[1] = i.y; o[2] = h.x; o[3] = q.z; o[4] = j.x + 10 * j.z; o[5] = u.x;
      o[6] = w.y; float3 c = o[0] > 0 ? float3(7) : p, d = o[0] > 0 ? q : c; o[7] = c.y;
      o[8] = d.x; packed_float3 e = o[0] < 0 ? p : q; o[9] = e.y;"""
    u = [24 ^ 24 >> 2, 26 ^ 26 >> 2]
    want = [1, -2, 3, 1, (1 | 8) % 5 + 10 * ((3 | 8) % 5), u[0], (u[1] & 7) + (u[1] | 1) % 4]
    assert one_thread(run, body, 10) == [*want, 7, 1.5, -2]


@pytest.mark.parametrize(
    "statement",
    [
        "float2 v; v.z = 1;",
        "float4 v; v.xyr = float3(1);",
        "float4 v; v.xx = float2(1);",
        "bool2 v; v.z = true;",
        "packed_float3 v; v.w = 1;",
        "float3 v = float2(1);",
        "float4 v = float4(float3(1));",
        "int2 v = float2(1);",
        "float3 v(1, 2);",
    ],
)
def test_what_vectors_do_not_have(statement: str) -> None:
    with pytest.raises(CompileError) as caught:
        msl.compile(f"{HEADER}kernel void k(device float *o [[buffer(0)]]) {{\n{statement}\n}}")
    assert caught.value.diagnostics[0].line == 4
