"""metal::array and C arrays in every address space, by value."""

import numpy as np
import pytest

from assay import msl
from assay.errors import CompileError

HEADER = "#include <metal_stdlib>\nusing namespace metal;\n"
WHERE = """
float where(thread float &x) { return 1; }
float where(const thread float &x) { return 2; }
float where(device float &x) { return 3; }
float where(const device float &x) { return 4; }
float where(constant float &x) { return 5; }
float where(threadgroup float &x) { return 6; }
"""


def source(kind: str, body: str, before: str) -> str:
    return f"""{HEADER}{before}
    kernel void k(device float *o [[buffer(0)]], device {kind} &d [[buffer(1)]],
                  const device {kind} &cd [[buffer(2)]], constant {kind} &c [[buffer(3)]],
                  threadgroup {kind} *tp [[threadgroup(0)]]) {{
      threadgroup {kind} &t = *tp;
      {kind} l = cd;
      {body}
    }}"""


def values(run, kind: str, body: str, before: str, count: int) -> list[float]:
    """What a kernel writes that has objects ``d``, ``cd``, ``c``, ``t`` and ``l`` of one type."""
    numbers = np.arange(1, 9, dtype=np.float32)
    arrays = [np.zeros(count, np.float32), numbers, 10 * numbers, 100 * numbers]
    text = source(kind, body, before)
    return run(text, arrays, (1, 1, 1), (1, 1, 1), threadgroup_memory={0: 64})[0].tolist()


KINDS = {
    "array": ("array<float, 4>", "{0}"),
    "array in a struct": ("P", "{0}.a"),
    "C array in a struct": ("P", "{0}.c"),
    "array in an array": ("array<array<float, 4>, 2>", "{0}[1]"),
    "alias of an array": ("row_t", "{0}"),
}
TYPES = """
struct P { array<float, 4> a; float c[4]; };
using row_t = array<float, 4>;
"""


@pytest.mark.parametrize("name", KINDS)
def test_references_and_pointers_to_elements(name: str, run) -> None:
    kind, spelled = KINDS[name]
    d, cd, c, t, local = (spelled.format(space) for space in ("d", "cd", "c", "t", "l"))
    body = f"""for (uint i = 0; i < 4; i++) {t}[i] = {c}[i] * 2;
      device float &e = {d}[1]; e = 50; const device float &f = {cd}[0]; constant float &g = {c}[2];
      threadgroup float *p = &{t}[1]; *p += 1; thread float &h = {local}[3]; h = 9;
      device float *q = &{d}[0]; ++*q; device const float *r = &{d}[2]; constant float *s = &{c}[3];
      o[0] = e - {d}[1]; o[1] = f - {cd}[0]; o[2] = g - {c}[2]; o[3] = *p - 2 * {c}[1];
      o[4] = {local}[3]; o[5] = *q - {cd}[0] / 10; o[6] = *r - {cd}[2] / 10;
      o[7] = *s - 100 * {d}[3];
      o[8] = where({d}[0]); o[9] = where({cd}[0]); o[10] = where({c}[0]); o[11] = where({t}[0]);
      o[12] = where({local}[0]);"""
    want = [0, 0, 0, 1, 9, 1, 0, 0, 3, 4, 5, 6, 1]
    assert values(run, kind, body, TYPES + WHERE, 13) == pytest.approx(want, abs=1e-6)


@pytest.mark.parametrize("name", KINDS)
def test_loops_over_elements(name: str, run) -> None:
    kind, spelled = KINDS[name]
    d, cd, c, t, local = (spelled.format(space) for space in ("d", "cd", "c", "t", "l"))
    body = f"""for (threadgroup float &x : {t}) x = 1;
      for (threadgroup auto &x : {t}) x += where(x);
      for (device float &x : {d}) x = 2 + where(x);
      for (float x : {d}) o[0] += x;
      for (const device float &x : {cd}) o[1] += where(x);
      for (constant float &x : {c}) o[2] += where(x) + x - x;
      for (auto x : {c}) o[3] += x / {c}[0];
      for (float x : {t}) o[4] += x;
      for (thread float &x : {local}) x = where(x);
      for (auto &x : {local}) o[5] += x;
      for (const auto &x : {d}) o[6] += where(x);"""
    first = [1, 5][name == "C array in a struct" or name == "array in an array"]
    ratio = sum(range(first, first + 4)) / first
    want = [20, 16, 20, ratio, 28, 4, 16]
    assert values(run, kind, body, TYPES + WHERE, 7) == pytest.approx(want)


def test_arrays_as_arguments(run) -> None:
    before = """
      float low(device array<float, 4> &a) { a[3] = 7; return a[0]; }
      float low(constant array<float, 4> &a) { return a[1]; }
      float low(threadgroup array<float, 4> *a) { return (*a)[2]; }
      template <typename T, size_t N> T sum(const thread array<T, N> &a) {
        T s = 0; for (T x : a) s += x; return s; }
      template <typename T, size_t N> T sum(const device array<T, N> &a) {
        T s = N; for (const device T &x : a) s += x; return s; }
      template <typename T, size_t N> T sum(constant array<T, N> &a) {
        T s = 2 * a.size(); for (size_t i = 0; i < N; ++i) s += a[i]; return s; }
      float pass(device float *p) { return p[1]; }
      float pass(constant float *p) { return -p[1]; }
      float by_value(array<float, 4> a) { a[0] = 0; return sum(a); }
      """
    body = """t = c; o[0] = low(d); o[1] = low(c); o[2] = low(&t); o[3] = d[3];
      o[4] = sum(l); o[5] = sum(cd); o[6] = sum(c); o[7] = pass(d.data()); o[8] = pass(c.data());
      o[9] = pass(&c[1]); o[10] = by_value(cd); o[11] = by_value(t);"""
    want = [1, 200, 300, 7, 100, 104, 1008, 2, -200, -300, 90, 900]
    assert values(run, "array<float, 4>", body, before, 12) == want


def test_ends_of_arrays(run) -> None:
    body = """t.fill(3); d.fill(2); d.front() = 1; device float &b = d.back(); b = 8; l.front() = 4;
      device float *first = d.begin(); const device float *last = d.end();
      const array<float, 4> fixed = l;
      o[0] = last - first; o[1] = first[1]; o[2] = d[0] + d[3]; o[3] = t[2]; o[4] = c.front();
      o[5] = *(c.end() - 1); o[6] = fixed.front() + fixed.back(); o[7] = where(c.back());
      o[8] = c.size() + d.size() + t.size() + (c.empty() ? 1 : 0); o[9] = *t.begin();
      o[10] = where(*fixed.data()); o[11] = where(*t.data());"""
    want = [4, 2, 9, 3, 100, 400, 44, 5, 12, 3, 2, 6]
    assert values(run, "array<float, 4>", body, WHERE, 12) == want


def test_arrays_at_program_scope(run) -> None:
    before = (
        WHERE
        + """
      constant array<float, 3> plain = {1, 2, 3};
      constant array<float, 3> braced = {{4, 5, 6}};
      constexpr constant array<uint, 3> listed{7, 8, 9};
      constant array<array<float, 2>, 2> nested = {{{1, 2}, {3, 4}}};
      constant array<float2, 2> vectors = {float2(1), float2(2, 3)};
      static_assert(listed.size() == 3 && listed[1] == 8, "known");
      constexpr float total(array<float, 3> a) { return a[0] + a[1] + a[2]; }"""
    )
    body = """for (float x : plain) o[0] += x;
      for (constant float &x : braced) o[1] += where(x);
      constant array<float, 2> &row = nested[1];
      o[2] = row[0]; o[3] = where(nested[1][1]); o[4] = listed[2]; o[5] = vectors[1].y;
      constant float *p = plain.data(); o[6] = p[2];
      constexpr float known = total({1, 2, 3}); o[7] = known;"""
    assert values(run, "float4", body, before, 8) == [6, 15, 3, 5, 9, 3, 3, 6]


def test_columns_and_components_of_objects_in_memory(run) -> None:
    before = """
      struct M { float2x2 m; packed_float3 p; };
      float where(device float2 &x) { return 1; }
      float where(constant float2 &x) { return 2; }
      float where(threadgroup float2 &x) { return 3; }
      float where(thread float2 &x) { return 4; }"""
    body = """t = c; device float2 &column = d.m[1]; column.x = 40; constant float2 &fixed = c.m[0];
      device float2 *first = &d.m[0]; threadgroup float &z = t.p[2]; z = 5;
      device float *pp = &d.p[0]; pp[1] = 6;
      o[0] = d.m[1].x; o[1] = fixed.y; o[2] = first[1].x; o[3] = t.p.z; o[4] = d.p.y;
      o[5] = where(d.m[0]); o[6] = where(c.m[0]); o[7] = where(t.m[0]); o[8] = where(l.m[0]);"""
    want = [40, 200, 40, 5, 6, 1, 2, 3, 4]
    assert values(run, "M", body, before, 9) == want


@pytest.mark.parametrize(
    "statement",
    [
        "device float &x = l[0];",
        "threadgroup float &x = d[0];",
        "device float *x = &c[0];",
        "for (device float &x : t) x = 1;",
        "device float *x = t.data();",
        "device array<float, 4> &x = l;",
    ],
)
def test_elements_stay_in_their_address_space(statement: str) -> None:
    with pytest.raises(CompileError) as caught:
        msl.compile(source("array<float, 4>", statement, ""))
    found = caught.value.diagnostics[0]
    assert found.rule == "address-space" and found.line == 9 and "assay" not in str(found)


@pytest.mark.parametrize("statement", ["c[0] = 1;", "cd.front() = 1;", "for (auto &x : c) x = 1;"])
def test_constants_stay_as_they_are(statement: str) -> None:
    with pytest.raises(CompileError) as caught:
        msl.compile(source("array<float, 4>", statement, ""))
    found = caught.value.diagnostics[0]
    assert found.rule == "const" and found.line == 9
