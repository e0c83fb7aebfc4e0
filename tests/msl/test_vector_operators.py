"""Operators of vectors and their swizzles, by value."""

import numpy as np
import pytest

from assay import msl
from assay.errors import CompileError

HEADER = "#include <metal_stdlib>\nusing namespace metal;\n"


def ints(run, body: str, count: int, before: str = "") -> list[int]:
    """What a kernel writes to ``o`` that has integer vectors ``d`` and ``t``, 1 to 12 in ``d``."""
    source = f"""{HEADER}{before}
    kernel void k(device int *o [[buffer(0)]], device int4 *d [[buffer(1)]],
                  device float4 *f [[buffer(2)]], threadgroup uint2 *t [[threadgroup(0)]]) {{
      {body}
    }}"""
    numbers = np.arange(1, 13, dtype=np.int32)
    arrays = [np.zeros(count, np.int32), numbers, numbers.astype(np.float32)]
    return run(source, arrays, (1, 1, 1), (1, 1, 1), threadgroup_memory={0: 64})[0].tolist()


def test_increments_of_integer_vectors(run) -> None:
    before = "struct S { ushort3 n; uint2 m[2]; }; void bump(thread int4 &v) { v++; }"
    body = """int4 a = d[0], b = a++, c = ++a, e = a--; --a; a.xy++; --a.w;
      d[1]++; ++d[2]; device int4 *p = d; p++; (*p)--; ++p; t[0] = uint2(7, 0); t[0]--;
      S s = {ushort3(1, 2, 65535), {uint2(3), uint2(4)}}; s.n++; ++s.m[1]; thread S *q = &s; q->n++;
      uchar4 small = uchar4(255, 0, 3, 4); small++; int n = 5; n++; bump(c);
      vec<long, 2> wide = 4; long sum = (wide++).x + (++wide).y; if (n > 2) ++wide; else --wide;
      o[0] = a.x; o[1] = a.z; o[2] = a.w; o[3] = b.w; o[4] = c.x; o[5] = e.y; o[6] = d[1].x;
      o[7] = d[2].w; o[8] = p->x; o[9] = t[0].x; o[10] = t[0].y; o[11] = s.n.z; o[12] = s.m[1].x;
      o[13] = small.x; o[14] = n; o[15] = sum; o[16] = wide.x; o[17] = s.n.x; o[18] = 12 / ++n;"""
    want = [2, 3, 3, 4, 4, 4, 5, 13, 10, 6, -1, 1, 5, 0, 6, 10, 7, 3, 1]
    assert ints(run, body, 19, before) == want


@pytest.mark.parametrize("statement", ["float4 v = 1; v++;", "bool4 v = true; ++v;", "f[0]--;"])
def test_other_vectors_have_no_increments(statement: str) -> None:
    source = f"{HEADER}kernel void k(device float4 *f [[buffer(0)]]) {{\n{statement}\n}}"
    with pytest.raises(CompileError) as caught:
        msl.compile(source)
    found = caught.value.diagnostics[0]
    assert (found.rule, found.line) == ("type", 4) and "+= 1" in (found.hint or "")


def test_compound_assignments_to_swizzles(run) -> None:
    body = """int4 v = d[0]; v.xy += int2(10, 20); v.yx = v.xy; v.zw *= 2; v.wzy -= int3(1);
      int4 w = d[1]; w.xz <<= 1; w.yw |= int2(8, 16); w.xyz %= 4; w.rg ^= 1; w.ba &= int2(3, 31);
      d[2].xy += v.zw; d[2].wz = d[2].xy; d[2].x /= 2; f[0].yzw *= f[1].xyz; f[1].zx = f[1].xz;
      uint2 u = uint2(1, 2); u.yx >>= uint2(1, 0); u += u.yx;
      for (int i = 0; i < 4; ++i) { o[i] = v[i]; o[4 + i] = w[i]; o[8 + i] = d[2][i];
        o[12 + i] = int(f[0][i]); o[16 + i] = int(f[1][i]); }
      o[20] = u.x; o[21] = u.y;"""
    v = [22, 10, 5, 7]
    w = [(10 % 4) ^ 1, (6 | 8) % 4 ^ 1, 14 % 4 & 3, (8 | 16) & 31]
    d = [(9 + 5) // 2, 10 + 7, 17, 14]
    f = [1, 2 * 5, 3 * 6, 4 * 7, 7, 6, 5, 8]
    assert ints(run, body, 22) == [*v, *w, *d, *f, 2, 2]


def test_swizzles_of_bool_vectors(run) -> None:
    body = """bool4 b = d[0] > 2; bool4 c = b.wzyx, e = b.xxww, g = b.rgba; bool3 h = c.xyz;
      bool4 n; n.wzyx = b; n.yx = bool2(true, false); bool4 m = b; m.xyzw = c; bool3 s = h.zyx;
      bool4 wide = c.xyzz; bool4 two = c.grab;
      for (int i = 0; i < 4; ++i) { o[i] = c[i]; o[4 + i] = e[i]; o[8 + i] = n[i]; o[12 + i] = m[i];
        o[16 + i] = wide[i]; o[20 + i] = two[i] + g[i]; }
      o[24] = s.x; o[25] = all(b.zw) && any(b.yz) && !any(b.xy) && !all(b.xyzw);"""
    want = [1, 1, 0, 0, 0, 0, 1, 1, 0, 1, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1, 1, 1, 0, 1]
    assert ints(run, body, 26) == want


def test_comparisons_are_true_and_false(run) -> None:
    before = """
      template <typename T> int sum(T v) { return v.x + v.y; }
      bool4 below(int4 a, int4 b) { return a < b; }"""
    body = """auto m = d[0] < 3; const auto n = d[0].xy == d[0].yx || d[0].xy > 0;
      bool4 b = d[0] >= 2;
      auto scalar = d[0].x < 3; auto chosen = d[0].x < 3 ? d[1] : d[0]; auto masked = d[0] & 6;
      o[0] = m.x + m.y + m.z; o[1] = sum(n); o[2] = b.y + b.z; o[3] = scalar; o[4] = chosen.x;
      o[5] = (d[0] < 4).z + (d[0] == d[0]).y; o[6] = (d[0] != 2)[1]; o[7] = masked.z;
      o[8] = float2(d[0].xy < 2).x; o[9] = int4(d[0] < 9).w; o[10] = below(d[0], d[1]).w;
      o[11] = select(int4(1), int4(2), d[0] > 1).y; o[12] = all(d[0] > 0) + any(f[0] > 4);
      o[13] = m.x ? 5 : 6; o[14] = (d[0] < 4).xyz.z; o[15] = is_same_v<decltype(m), bool4>;
      int4 one = int4(d[0].x < 2); o[16] = one.w;"""
    want = [2, 2, 2, 1, 5, 2, 0, 2, 1, 1, 1, 2, 1, 5, 1, 1, 1]
    assert ints(run, body, 17, before) == want


NO_CONDITIONS = [
    "int4 m = d[0] < d[1];",
    "uint4 m = d[0] == d[1];",
    "float4 m = f[0] < f[1];",
    "int2 m = d[0].xy < 3 && d[0].zw < 3;",
    "f[0] = f[0] > 0 ? f[1] : f[0];",
    "d[0] = d[0] > 0 ? d[1] : d[0];",
    "if (d[0] == d[1]) d[0] = 1;",
    "while (any(d[0] == 1) && d[0] < d[1]) d[0] = 1;",
]


def test_conditions_with_template_arguments(run) -> None:
    before = """
      template <int N> int g(int x) { return N + x; }
      template <int N> struct V { static constexpr constant int value = N; };
      template <typename A, typename B> int same() { return is_same_v<A, B> ? 1 : 0; }
      template <int N, bool B = (N > 2)> int large() { return B ? 1 : N > 1 && !B ? 2 : 3; }"""
    body = """int a = 3, b = 4;
      o[0] = same<int, int>() + 10 * same<int, uint>(); o[1] = large<4>() + 10 * large<2>();
      o[2] = g<2>(a) > 4 ? 5 : 6; o[3] = a < b ? g<1>(a) : g<2>(a);
      o[4] = a < V<2>::value ? 1 : V<3>::value > 2 ? 2 : 3; o[5] = g<(2 > 1 ? 4 : 5)>(1);
      o[6] = g<sizeof(int) == 4 ? 1 : 2>(0); o[7] = a > (b) ? 1 : b > (a) ? 2 : 3;
      int n[2 > 1 ? 3 : 4] = {1, 2, 3}; o[8] = n[a < b ? 2 : 1];
      o[9] = (a < b ? a : b) >= 3 ? 7 : 8;
      bool c = a < b; o[10] = c ? a >> 1 : a << 1; o[11] = a >> 1 > 0 ? a-- > 2 ? 4 : 5 : 6;"""
    assert ints(run, body, 12, before) == [1, 21, 5, 4, 2, 5, 1, 2, 3, 7, 1, 4]


@pytest.mark.parametrize("statement", NO_CONDITIONS)
def test_comparisons_of_vectors_are_no_numbers_and_no_conditions(statement: str) -> None:
    source = (
        f"{HEADER}kernel void k(device int4 *d [[buffer(0)]], device float4 *f [[buffer(1)]]) {{\n"
        f"{statement}\n}}"
    )
    with pytest.raises(CompileError) as caught:
        msl.compile(source)
    found = caught.value.diagnostics[0]
    assert found.line == 4 and found.hint and "assay" not in str(found), found


def test_scalars_beside_vectors(run) -> None:
    body = """uint4 u = uint4(d[0]); ushort2 s = ushort2(3, 5); long2 l = 7; uchar4 c = 200;
      u = (1u << u) >> 1; s = s * 2 + ushort(1); l = 10 - l; c += 100; d[0] = d[0] << 2;
      d[1] = 1 | d[1]; d[1] ^= 7; d[2] = 100 / d[2] % 7; f[0] = 1 - f[0]; f[0] = 2.0 / f[0] + 1;
      half4 h = half4(f[1]); h = 1 - h * 0.5h; h *= 2; float2 mixed = f[2].xy + d[0].x;
      o[0] = u.w; o[1] = s.y; o[2] = l.x; o[3] = c.z; o[4] = d[0].w; o[5] = d[1].y; o[6] = d[2].x;
      o[7] = int(f[0].y); o[8] = int(h.x); o[9] = int(mixed.y); o[10] = (-d[0]).x; o[11] = (~u).x;
      o[12] = !d[0].x;"""
    want = [8, 11, 3, 44, 16, (1 | 6) ^ 7, 100 // 9 % 7, -1, -3, 14, -4, ~1, 0]
    assert ints(run, body, 13) == want
