"""What wrong programs are told: at most five messages, with a place, in the words of Metal."""

import re
from pathlib import Path

import pytest

from assay import msl
from assay.errors import CompileError

HEADER = "#include <metal_stdlib>\nusing namespace metal;\n"
DECLARED = """
struct S { float v; };
struct Private { private: int a; };
struct Made { int a; Made(int) {} };
enum class E { one };
template <typename T, typename U> T both(T x) { return x; }
template <typename T> enable_if_t<is_integral_v<T>, T> whole(T x) { return x; }
float shared(threadgroup float *p) { return p[0]; }
"""
BODIES = """
float4 v = float4(1, 2, 3, 4, 5);|float2 v(1, 2, 3);|float2 v(1); y[i] = v.z;
packed_float3 p; p.w = 1;|half h = 1; bfloat b = h;|S s; s = simd_sum(s.w);
atomic_fetch_add_explicit(y, 1, memory_order_relaxed);|y[i] = simd_shuffle(x[i]);
float4x4 m; float3 v = m * float3(1);|float3x3 m(1, 2);|float2x2 m; auto c = m * float3x3(1);
bool4 b; y[i] = b;|y[i] = clamp(1, 2.0f, i);|y[i] = min(i, -1);|y[i] = as_type<float>(1.0h);
array<float, 4> q; q.foo();|array<float> q;|simdgroup_float8x8 m; simdgroup_load(m);
simdgroup_matrix<float, 4, 4> m;|simdgroup_float8x8 m; m = m * m;|y[i] = x / 2;|y[i] = a / S();
y[i] = a % 2;|float4 v; v = v % 3;|y /= 2;|y[i] = 1 / y;|const float q = 1; q = 2;|return 1;
Foo f;|y[i] = both<int>(1);|y[i] = whole(1.0);|static_assert(sizeof(float) == 8, "8 bytes");
constexpr float q = a;|y[i] = (a;|y[i] = a a;|S s = (S)a;|y[i] = is_function_constant_defined(zz);
threadgroup float t[i];|threadgroup Foo t[4];|threadgroup float &t = y[0];|y[i] = shared(y);
S s; s.foo();|Made m(1, 2);|Made m;|Private p; y[i] = p.a;|S s; s = s + s;|S s; float f = s;
a(1);|y.foo = 1;|a->b = 1;|*a = 1;|float *p = &y[i];|x[i] = 1;|switch (a) { case 1: break; }
switch (i) { case 1: break; case 1: break; }|break;|float q; int q;|y[i] = metal::foo(1);
y[i] = metal::fast::foo(1);|y[i] = std::max(1, 2);|printf("%f", a);|y[i] = sizeof(Foo);|E e = 1;
y[i] = 0x1.0;|threadgroup_barrier();|threadgroup_barrier(1);|float m; y[i] = frexp(a, m);
y[i] = sincos(a);|y[i] = pow(a);|y[i] = dot(float3(1), float4(1));|y[i] = clz(1.0f);
float2 v = cross(float2(1), float2(1));|y[i] = extract_bits(1);|texture2d<float> t;|double d;
raytracing::ray r;|long double d;|goto e; e: ;|throw 1;|y[i] = nullptr;|y[i] = 1hh;
uint u = simd_ballot(true);|simd_vote v = 3;|y[i] = is_foo_v<int>;|packed_float3 p = float4(1);
packed_float3 p; p = p + "a";|y = x + y;|if (x == 3) y[i] = 1;|y[i] = a ? float4(1) : 1;
y[i] = ~a;|Made(1)(2);
"""
SOURCES = {
    "template argument": 'template [[host_name("f")]] kernel void f<Foo>(device Foo *);',
    "too many template arguments": "template kernel void f<float, 3>(device float *);",
    "not of this type": 'template [[host_name("f")]] kernel void f<S>(device S *);',
    "unknown template": 'template [[host_name("g")]] kernel void g<float>(device float *);',
    "matrix as constant": "constant float4x4 c [[function_constant(0)]];",
    "vertex function": "vertex float4 v(uint i [[vertex_id]]) { return float4(0); }",
    "base class": "struct A : B {};",
    "namespace": "using namespace foo;",
    "directive": "#error stop here",
    "open condition": "#if 1",
    "macro": "#define F(a, b) a\nconstant int n = F(1);",
    "garbage": "@@ $$ ``",
    "concept": "template <typename T> concept Number = true;",
}
OWN_WORDS = re.compile(
    r"assay|ext_vector|address_space|_Float16|__bf16|__attribute__|-W[a-z]|launch|<stdin>|include/"
    r"|program_source|clang|__builtin|divisor\("
)


def bodies() -> list[str]:
    return [body for line in BODIES.strip().splitlines() for body in line.split("|")]


def check(source: str) -> None:
    with pytest.raises(CompileError) as caught:
        msl.compile(source)
    diagnostics = caught.value.diagnostics
    assert 1 <= len(diagnostics) <= 5
    for found in diagnostics:
        assert found.line is not None and found.rule not in ("", "internal", "compiler")
        assert found.hint, found
        assert not OWN_WORDS.search(f"{found.message} {found.hint or ''}"), found


MISSING = {
    '#include "missing.h"': ("unknown-header", "add the directory that it is in with -I"),
    "#if MAY_HAVE(x)\n#endif": ("directive", "define MAY_HAVE before, or ask with #ifdef MAY_HAVE"),
}


@pytest.mark.parametrize("directive", MISSING)
def test_what_a_header_lacks(directive: str, tmp_path: Path) -> None:
    (tmp_path / "part.h").write_text(f"#pragma once\n\n{directive}\n")
    with pytest.raises(CompileError) as caught:
        msl.compile(f'{HEADER}#include "part.h"\n', include=[tmp_path])
    found = caught.value.diagnostics[0]
    assert (found.file, found.line) == (str(tmp_path / "part.h"), 3)
    rule, hint = MISSING[directive]
    assert found.rule == rule and found.hint and found.hint.startswith(hint)


@pytest.mark.parametrize("body", bodies())
def test_wrong_statements(body: str) -> None:
    check(
        f"{HEADER}{DECLARED}kernel void k(device const float *x [[buffer(0)]], device float *y "
        "[[buffer(1)]], constant float &a [[buffer(2)]], uint i [[thread_position_in_grid]]) {\n"
        f"{body}\n}}\n"
    )


@pytest.mark.parametrize("name", SOURCES)
def test_wrong_declarations(name: str) -> None:
    template = "template <typename T> kernel void f(device T *p) { p[0] = T(1) / 2; }\n"
    check(f"{HEADER}{DECLARED}{template}{SOURCES[name]}\n")
