"""What Metal leaves out of C++ (specification, section 1.5), and what it does not."""

import pytest

from assay import msl
from assay.errors import CompileError

HEADER = "#include <metal_stdlib>\nusing namespace metal;\n"


def source(statement: str, before: str = "") -> str:
    """The declarations are on line 3, the statement is on line 6."""
    return (
        f"{HEADER}{before}\nkernel void k(device float *y [[buffer(0)]], constant float &a "
        "[[buffer(1)]],\nuint i [[thread_position_in_grid]]) {\n"
        f"{statement}\n}}\n"
    )


REJECTED = {
    "recursion": ("y[i] = f(3);", "int f(int n) { return n < 2 ? 1 : n * f(n - 1); }", 3),
    "recursion through another": (
        "y[i] = f(a);",
        "float f(float); float g(float x) { return f(x); } float f(float x) { return g(x); }",
        3,
    ),
    "recursion of a method": (
        "S s; y[i] = s.f(3);",
        "struct S { float f(int n) { return n > 0 ? f(n - 1) : 1; } };",
        3,
    ),
    "auto-parameter": ("y[i] = f(1);", "float f(auto x) { return x; }", 3),
    "auto-parameter of an array's": (
        "array<float, 2> p = {1, 2}; y[i] = f(p);",
        "float f(const thread auto &x) { return x[0]; }",
        3,
    ),
    "unknown-name concept": ("y[i] = 1;", "template <typename T> concept C = true;", 3),
    "unknown-name printf": ('printf("x");', "", 6),
    "program-scope": ("y[i] = g;", "device float g;", 3),
    "type of an atomic": ("device atomic_int *n = (device atomic_int *)y; n[0]++;", "", 6),
    "type of a stored atomic": ("device atomic_int *n = (device atomic_int *)y; *n = 1;", "", 6),
    "varargs": ("y[i] = f(1, 2);", "float f(int n, ...) { return n; }", 3),
    "program-scope static local": ("static const float t[2] = {1, 2}; y[i] = t[i & 1];", "", 6),
    "program-scope static constexpr local": (
        "static constexpr float t[2] = {1, 2}; y[i] = t[i & 1];",
        "",
        6,
    ),
    "program-scope static data member": (
        "y[i] = S::n;",
        "struct S { static constexpr int n = 3; };",
        3,
    ),
    "call with an order": (
        "atomic_fetch_add_explicit((device atomic_int *)y, 1, memory_order_acquire);",
        "",
        6,
    ),
    "call of a store with an order": (
        "atomic_store_explicit((device atomic_int *)y, 1, memory_order_release);",
        "",
        6,
    ),
    "call of an exchange with an order": (
        "int e = 0; atomic_compare_exchange_weak_explicit((device atomic_int *)y, &e, 1, "
        "memory_order_relaxed, memory_order_seq_cst);",
        "",
        6,
    ),
    "call with unsigned numbers as a condition": ("uint2 m = uint2(i); y[i] = any(m);", "", 6),
    "call of select with unsigned numbers": (
        "uint4 m = uint4(i); y[i] = select(float4(a), float4(1), m).x;",
        "",
        6,
    ),
    "call with numbers as a condition": ("int2 m = int2(i); y[i] = all(m);", "", 6),
    "call of select with numbers": ("y[i] = select(float4(a), float4(1), int4(1)).x;", "", 6),
    "type of conditions": ("int4 n = int4(1); bool4 m = n; y[i] = m.x;", "", 6),
    "type of a comparison": ("float4 v = a; int4 m = v > 1.0f; y[i] = m.x;", "", 6),
    "call of simd_sum with 64 bits": ("y[i] = simd_sum(ulong(i));", "", 6),
    "call of simd_shuffle with 64 bits": ("y[i] = simd_shuffle_down(long2(i), 1).x;", "", 6),
    "call of simd_broadcast with a structure": (
        "S s{a}; y[i] = simd_broadcast(s, 0).v;",
        "struct S { float v; };",
        6,
    ),
    "syntax of half integers": ("half h = 1h; y[i] = h;", "", 6),
    "syntax of bfloat integers": ("bfloat h = 1bf; y[i] = h;", "", 6),
    "syntax of float integers": ("float f = 1f; y[i] = f;", "", 6),
    "syntax of nested functions": ("float f(float v) { return v; } y[i] = f(a);", "", 6),
    "narrowing": ("int n{a}; y[i] = n;", "", 6),
    "narrowing of a constant": ("uint n = {-1}; y[i] = n;", "", 6),
    "narrowing in an array": ("int n[2] = {1, i + 0.5f}; y[i] = n[0];", "", 6),
    "narrowing of a member": ("S s{a}; y[i] = s.n;", "struct S { int n; };", 6),
    "forbidden-word": ("__int128 n = 1; y[i] = n;", "", 6),
    "forbidden-word unsigned": ("y[i] = 1;", "unsigned __int128 f() { return 1; }", 3),
    "forbidden-word __float128": ("__float128 n = 1;", "", 6),
    "forbidden-word long long": ("long long n = 1; y[i] = n;", "", 6),
    "forbidden-word unsigned long long": ("y[i] = f(1);", "int f(unsigned long long n);", 3),
    "forbidden-word __declspec": ("y[i] = 1;", "__declspec(noinline) void f() {}", 3),
    "forbidden-word asm": ('asm volatile("nop");', "", 6),
    "forbidden-word typeid": ("y[i] = typeid(a) == typeid(i);", "", 6),
    "kernel-name": ("y[i] = 1;", "kernel void main(device float *y [[buffer(0)]]) {}", 3),
    "call": ("simdgroup_float8x8 m; simdgroup_load(m, y, 8, ulong2(0), false, 5);", "", 6),
    "call of a barrier": ("threadgroup_barrier(mem_flags::mem_none, 3, 4);", "", 6),
    "call of a simdgroup function": ("y[i] = simd_sum(a, 7u);", "", 6),
    "address-space": ("constant float t[2] = {1, 2}; y[i] = t[i & 1];", "", 6),
}


@pytest.mark.parametrize("name", REJECTED)
def test_rejected(name: str) -> None:
    statement, before, line = REJECTED[name]
    with pytest.raises(CompileError) as caught:
        msl.compile(source(statement, before))
    first = caught.value.diagnostics[0]
    assert (first.rule, first.line) == (name.split()[0], line)
    assert first.hint and "assay" not in f"{first.message} {first.hint}"


ACCEPTED = {
    "recursion of a constant": (
        "constexpr int n = f(5); y[i] = n;",
        "constexpr int f(int n) { return n < 2 ? 1 : n * f(n - 1); }",
    ),
    "recursive templates": (
        "y[i] = f<5>();",
        "template <int N> int f() { return N + f<N - 1>(); } template <> int f<0>() { return 0; }",
    ),
    "overloads that call each other": (
        "y[i] = f(float2(a));",
        "float f(float x) { return x; } float f(float2 v) { return f(v.x) + f(v.y); }",
    ),
    "an overload of a function of the library": (
        "y[i] = exp(Complex{a, 0}).re + max(a, a, 1.0f);",
        "struct Complex { float re, im; }; Complex exp(Complex z) { return {exp(z.re), z.im}; }"
        "float max(float x, float y, float z) { return max(max(x, y), z); }",
    ),
    "methods that call methods": (
        "y[i] = S{a}.f(2) + T{a}.g(1);",
        "struct S { float a; float g(int n) { return a + n; } float f(int n) { return g(n); } };"
        "struct T { float a; float f(int n) { return a; } float g(int n) { return S{a}.f(n); } };",
    ),
    "methods that call functions of another's name": (
        "y[i] = S{a}.f(2);",
        "float g(int n); struct S { float a; float f(int n) { return g(n); } };"
        "struct T { float g(int n) { return 1; } }; float f(int n) { return n; }"
        "float g(int n) { return f(n); }",
    ),
    "methods with the name of a function": (
        "y[i] = S{a}.f();",
        "float f(float x) { return x; } struct S { float a; float f() { return ::f(a); } };",
    ),
    "overloads of library functions": (
        "y[i] = min(a, a, a);",
        "float min(float a, float b, float c) { return min(a, min(b, c)); }",
    ),
    "kernels with the name of a library function": (
        "y[i] = 1;",
        "kernel void abs(device float *y [[buffer(0)]]) { y[0] = abs(y[0]); }",
    ),
    "a call before the declared one": (
        "y[i] = g(a);",
        "float f(float x); float g(float x) { return f(x); } float f(float x) { return x; }",
    ),
    "constants that fit": (
        "half h{0.1f}; uchar c{255}; float f{1}; ushort s[2] = {1, 2}; y[i] = h + c + f + s[0];",
        "",
    ),
    "numbers of 64 bits": (
        "long n = 1l; ulong m = 1ul; unsigned long o = 1; y[i] = n + m;",
        "",
    ),
    "base classes": ("D d; d.n = 1; y[i] = d.n;", "struct B { int n; }; struct D : B {};"),
    "destructors": ("S s; y[i] = s.n;", "struct S { int n = 1; ~S() {} };"),
    "noexcept": ("y[i] = f();", "float f() noexcept { return 1; }"),
    "overloads that take anything": (
        "y[i] = sizeof(f(1));",
        "template <typename T> char f(T x); int f(...);",
    ),
    "static methods of a local type": (
        "struct S { static float f() { return 1; } }; y[i] = S::f();",
        "",
    ),
    "static data members": (
        "y[i] = S::n + S::f();",
        "struct S { static constexpr constant int n = 3; static int f() { return n; } };",
    ),
    "numbers converted to conditions": (
        "uint4 u = uint4(i); int2 n = int2(i); bool4 m = bool4(u); "
        "y[i] = all(m) + any(bool2(n)) + select(1.0f, 2.0f, all(n == 1));",
        "",
    ),
    "conditions converted to numbers": (
        "float4 v = a; int4 m = int4(v > 1.0f); bool4 n = v > 1.0f; y[i] = m.x + n.x;",
        "",
    ),
    "a comparison of numbers as numbers": ("int2 m = i > 1; int n = i > 1; y[i] = m.x + n;", ""),
    "numbers that simdgroup functions take": (
        "y[i] = simd_sum(bfloat(a)) + simd_max(half2(a)).x + simd_shuffle(i > 3, 1) + "
        "as_type<ulong>(simd_shuffle_xor(as_type<uint2>(ulong(i)), 1)) + "
        "simd_sum(packed_float3(a)).x;",
        "",
    ),
    "a fence with an order": (
        "atomic_thread_fence(mem_flags::mem_device, memory_order_acq_rel); y[i] = a;",
        "",
    ),
    "static constant arrays": ("static constant float t[2] = {1, 2}; y[i] = t[i & 1];", ""),
    "variables with names of vector extensions": ("int vector = 1, pixel = 2; y[i] = vector;", ""),
}


@pytest.mark.parametrize("name", ACCEPTED)
def test_accepted(name: str) -> None:
    statement, before = ACCEPTED[name]
    assert msl.compile(source(statement, before)).kernels
