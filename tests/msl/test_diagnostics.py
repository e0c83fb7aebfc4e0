"""Programs that Apple's compiler rejects or accepts, by the causes seen in published candidates."""

import re

import pytest

from assay import msl
from assay.errors import CompileError, Diagnostic

ARGUMENTS = (
    "device const float *x [[buffer(0)]], device float *y [[buffer(1)]], "
    "constant float &a [[buffer(2)]], uint i [[thread_position_in_grid]]"
)
CAP = "[[max_total_threads_per_threadgroup(64)]]"
HEAD = "#include <metal_stdlib>\nusing namespace metal;\n"


def kernel(body: str, arguments: str = ARGUMENTS, before: str = "") -> str:
    """A source whose kernel starts on line 3 and whose body starts on line 4."""
    return f"{HEAD}{before}kernel void k({arguments}) {{\n{body}\n}}\n"


def errors_of(source: str) -> tuple[Diagnostic, ...]:
    with pytest.raises(CompileError) as caught:
        msl.compile(source)
    return caught.value.diagnostics


REJECTED = {
    "cap behind the parameters": (
        f"{HEAD}kernel void k({ARGUMENTS})\n{CAP}\n{{ y[i] = a; }}",
        "attribute-placement",
        4,
    ),
    "cap between kernel and void": (
        f"{HEAD}kernel {CAP} void k({ARGUMENTS}) {{ y[i] = a; }}",
        "attribute-placement",
        3,
    ),
    "restrict": (
        kernel("y[i] = x[i];", ARGUMENTS.replace("float *x", "float *restrict x")),
        "restrict",
        3,
    ),
    "lambda": (kernel("auto f = [&](float v) { return v * a; };\ny[i] = f(x[i]);"), "lambda", 4),
    "lambda as an argument": (kernel("y[i] = a;\ng([](float v) { return v; });"), "lambda", 5),
    "program-scope variable": (
        kernel("y[i] = T[0];", before="constexpr float T[2] = {1.0f, 2.0f};\n"),
        "program-scope",
        3,
    ),
    "half as a name": (kernel("uint half = 3;\ny[i] = half;"), "type-name", 4),
    "half as a parameter": (
        f"{HEAD}static float f(float half) {{ return half; }}\n"
        + kernel("y[i] = f(a);")[len(HEAD) :],
        "type-name",
        3,
    ),
    "invented function": (kernel("y[i] = sincospi(x[i]);"), "unknown-name", 4),
    "invented flag": (kernel("threadgroup_barrier(mem_flags::fence);"), "unknown-name", 4),
    "mixed widths": (
        kernel("y[i] = a;", ARGUMENTS + ",\nuint3 t [[threads_per_threadgroup]]"),
        "kernel-input-width",
        4,
    ),
    "call with too few arguments": (
        kernel("y[i] = f(x[i]);", before="static float f(float p, float q) { return p + q; }\n"),
        "call",
        5,
    ),
    "invented input": (
        kernel("y[i] = a;", ARGUMENTS + ",\nuint n [[threadgroup_size_in_threadgroup]]"),
        "kernel-input",
        4,
    ),
    "input used as a global": (kernel("y[i] = thread_index_in_simdgroup;"), "kernel-input", 4),
    "cast to constant": (kernel("y[i] = ((constant float *)x)[i];"), "address-space", 4),
    "device pointer as threadgroup": (
        kernel("y[i] = f(y);", before="static float f(threadgroup float *p) { return *p; }\n"),
        "call",
        5,
    ),
    "bool vector in a uint vector": (kernel("uint4 m = float4(a) < float4(x[i]);"), "type", 4),
    "double": (kernel("double d = a;\ny[i] = d;"), "forbidden-word", 4),
    "inline assembly": (kernel('asm volatile("nop");'), "forbidden-word", 4),
    "instruction of the processor": (kernel("y[i] = __builtin_ia32_rdtsc();"), "unknown-name", 4),
    "frame address": (kernel("y[i] = (ulong)__builtin_frame_address(0);"), "unknown-name", 4),
    "return address": (kernel("y[i] = !__builtin_return_address(0);"), "unknown-name", 4),
    "allocation on the stack": (kernel("y[i] = !__builtin_alloca(i);"), "unknown-name", 4),
    "cycle counter": (kernel("y[i] = __builtin_readcyclecounter();"), "unknown-name", 4),
    "pasted builtin": (
        kernel("y[i] = PASTE(__builtin_, ia32_rdtsc)();", before="#define PASTE(a, b) a##b\n"),
        "unknown-name",
        5,
    ),
    "unclosed brace": (kernel("if (a > 1) {\ny[i] = a;"), "syntax", 3),
    "missing semicolon": (kernel("y[i] = a"), "syntax", 4),
    "undeclared": (kernel("\n\ny[i] = missing;"), "unknown-name", 6),
    "too many components": (kernel("float3 v = float3(a, x[i]);\ny[i] = v.x;"), "static-assert", 4),
    "other header": ('#include "/etc/passwd"\n' + kernel("y[i] = a;"), "unknown-header", 1),
    "embedded file": (HEAD + '#embed "/etc/passwd"\n' + kernel("y[i] = a;"), "unknown-header", 3),
    "write to constant": (kernel("a = 2;"), "const", 4),
    "texture": (
        kernel("y[i] = a;", ARGUMENTS + ",\ntexture2d<float> t [[texture(0)]]"),
        "unsupported-type",
        4,
    ),
    "graphics": (
        "struct V { float4 p [[position]]; };\n" + HEAD + "vertex V v(uint i [[vertex_id]]) {}",
        "unsupported-function",
        4,
    ),
    "graphics in brackets": (
        HEAD + "[[fragment]] float4 f() { return 1; }",
        "unsupported-function",
        3,
    ),
    "value without attribute": (kernel("y[i] = b;", ARGUMENTS + ",\nfloat b"), "kernel-input", 4),
    "buffer by value": (
        kernel("y[i] = b;", ARGUMENTS + ",\nfloat b [[buffer(3)]]"),
        "kernel-input",
        4,
    ),
    "index used twice": (
        kernel("y[i] = b;", ARGUMENTS + ",\nconstant float &b [[buffer(2)]]"),
        "buffer-index",
        4,
    ),
    "kernel with a result": (
        f"{HEAD}kernel float k({ARGUMENTS}) {{ return a; }}",
        "kernel-return",
        3,
    ),
    "threadgroup memory in a helper": (
        kernel("y[i] = f();", before="static float f() { threadgroup float t[4]; return t[0]; }\n"),
        "threadgroup-variable",
        3,
    ),
    "code that runs at load time": (
        kernel(
            "y[i] = s.v;", before="struct S { float v; S(); };\nS::S() { v = 1; }\nconstant S s;\n"
        ),
        "program-scope",
        5,
    ),
    "constructor attribute": (
        kernel("y[i] = a;", before="__attribute__((constructor)) static void f() {}\n"),
        "forbidden-attribute",
        3,
    ),
    "constructor attribute in brackets": (
        kernel("y[i] = a;", before="[[gnu::constructor]] static void f() {}\n"),
        "forbidden-attribute",
        3,
    ),
    "function of the host": (
        kernel("y[i] = system();", before='extern "C" int system();\n'),
        "undefined-function",
        5,
    ),
    "undefined function": (
        kernel("y[i] = f(a);", before="float f(float);\n"),
        "undefined-function",
        5,
    ),
    "kernel that calls a kernel": (
        kernel("j(y);", before="kernel void j(device float *p [[buffer(0)]]) { p[0] = 1; }\n"),
        "kernel-call",
        5,
    ),
    "two kernels with one name": (
        kernel("y[i] = a;", before="kernel void k(device float *p [[buffer(0)]]) {}\n"),
        "redefinition",
        4,
    ),
    "two kernels with one host name": (
        kernel("y[i] = a;", before='[[host_name("k")]] kernel void j(device float *p) {}\n'),
        "redefinition",
        4,
    ),
    "static local": (kernel("static int n = 0;\ny[i] = n++;"), "program-scope", 4),
    "long double literal": (kernel("y[i] = 1.0l;"), "forbidden-word", 4),
    "lambda behind an operator": (kernel("y[i] = 1 + []() { return 1; }();"), "lambda", 4),
    "variable length": (kernel("float t[i];\ny[i] = t[0];"), "variable-length-array", 4),
    "device pointer as threadgroup argument": (
        kernel("y[i] = t[0];", ARGUMENTS + ",\ndevice float *t [[threadgroup(0)]]"),
        "kernel-input",
        4,
    ),
    "threadgroup pointer as buffer": (
        kernel("y[i] = t[0];", ARGUMENTS + ",\nthreadgroup float *t [[buffer(3)]]"),
        "kernel-input",
        4,
    ),
    "cap without a number": (
        f"{HEAD}[[max_total_threads_per_threadgroup]] kernel void k({ARGUMENTS}) {{}}",
        "attribute-placement",
        3,
    ),
    "int vector as float vector": (kernel("float4 v = int4(1);\ny[i] = v.x;"), "type", 4),
    "float vector times int vector": (kernel("y[i] = (float4(a) * int4(2)).x;"), "type", 4),
    "vector cast to another length": (
        kernel("float4 v = a;\ny[i] = ((float3)v).x;"),
        "static-assert",
        5,
    ),
    "constructor with other code for another address space": (
        kernel(
            "y[i] = S().x;",
            before="struct S { int x;\nS() thread : x(1) {}\nS() device : x(2) {} };\n",
        ),
        "address-space-overload",
        5,
    ),
    "initialised threadgroup memory": (
        kernel("threadgroup float t = 0;\ny[i] = t;"),
        "threadgroup-variable",
        4,
    ),
}


@pytest.mark.parametrize("name", REJECTED)
def test_rejected(name: str) -> None:
    source, rule, line = REJECTED[name]
    first = errors_of(source)[0]
    assert (first.rule, first.line) == (rule, line)
    assert first.message


OWN_WORDS = re.compile(
    r"assay|ext_vector|address_space|_Float16|__bf16|__attribute__|-W[a-z]|launch:|<stdin>", re.I
)


@pytest.mark.parametrize("name", REJECTED)
def test_messages_use_the_words_of_metal(name: str) -> None:
    errors = errors_of(REJECTED[name][0])
    assert len(errors) <= 5
    for error in errors:
        assert not OWN_WORDS.search(f"{error.message} {error.hint}"), error


ACCEPTED = {
    "cap before kernel": f"{HEAD}{CAP}\nkernel void k({ARGUMENTS}) {{ y[i] = a; }}",
    "cap behind the name": f"{HEAD}kernel void k {CAP} ({ARGUMENTS}) {{ y[i] = a; }}",
    "cap behind [[kernel]]": f"{HEAD}[[kernel]] {CAP} void k({ARGUMENTS}) {{}}",
    "__restrict": kernel("y[i] = x[i];", ARGUMENTS.replace("float *x", "float *__restrict x")),
    "constant table": kernel(
        "y[i] = T[0];", before="constant constexpr float T[2] = {1.0f, 2.0f};\n"
    ),
    "local constexpr": kernel("constexpr float T[2] = {1.0, 2.0};\ny[i] = T[i & 1];"),
    "ushort lane": kernel("y[i] = l;", ARGUMENTS + ", ushort l [[thread_index_in_simdgroup]]"),
    "scalar index beside vectors": kernel(
        "y[g.x] = t;",
        "device float *y [[buffer(1)]], uint2 g [[thread_position_in_grid]], "
        "uint t [[thread_index_in_threadgroup]]",
    ),
    "unroll": kernel("#pragma unroll\nfor (int j = 0; j < 4; ++j) y[i] += x[j];"),
    "switch": kernel("switch (i & 1) { case 0: y[i] = a; break; default: y[i] = 0; }"),
    "function-like macro": "#define SQ(v) ((v) * (v))\n" + kernel("y[i] = SQ(x[i]);"),
    "subscript on a cast": kernel("y[i] = ((device const uint *)x)[i];"),
    "as_type and fast math": kernel("y[i] = fast::sin(as_type<float>(as_type<uint>(x[i])));"),
    "struct with methods": kernel(
        "P p{x[i], a}; y[i] = p.sum();",
        before="struct P { float u, v; float sum() const { return u + v; } };\n",
    ),
    "namespace alias": kernel("y[i] = m::fabs(a);", before="namespace m = metal;\n"),
    "coherent memory": kernel(
        "y[i] = q[i];", ARGUMENTS + ", volatile coherent(device) device float *q [[buffer(3)]]"
    ),
    "array parameters": kernel(
        "y[i] = p[1] + q[i];",
        ARGUMENTS + ", constant float p[2] [[buffer(3)]], device const float q[] [[buffer(4)]]",
    ),
    "static constant": kernel("static constant constexpr int n = 3;\ny[i] = n;"),
    "names of simd.h": "#include <simd/simd.h>\n"
    + kernel("simd::float4 v = simd_float4(a); matrix_float2x2 m(1); y[i] = v.x + m[0][0];"),
    "asserts": "#include <metal_assert>\n" + kernel("assert(i < 9);\ny[i] = a;"),
    "no include": f"kernel void k({ARGUMENTS}) {{ y[i] = a; }}",
}


@pytest.mark.parametrize("name", ACCEPTED)
def test_accepted(name: str) -> None:
    assert [k.name for k in msl.compile(ACCEPTED[name]).kernels] == ["k"]


def test_gnu_attribute_is_a_warning() -> None:
    attribute = "__attribute__((max_total_threads_per_threadgroup(9)))"
    source = f"{HEAD}kernel void k({ARGUMENTS}) {attribute} {{}}"
    (warning,) = msl.compile(source).warnings
    assert (warning.rule, warning.line, warning.severity) == ("gnu-attribute", 3, "warning")


def test_columns_survive_macros_and_rewriting() -> None:
    source = "#define MUL(p, q) ((p) * (q))\n" + kernel("y[i] = MUL(1.0, 2.0)   +   wrong;")
    (error,) = errors_of(source)
    assert (error.line, error.column) == (5, 1 + "y[i] = MUL(1.0, 2.0)   +   wrong;".index("wrong"))


def test_at_most_five_diagnostics_none_twice() -> None:
    found = errors_of(kernel("\n".join(f"y[i] = missing{n} + missing{n};" for n in range(9))))
    assert [d.line for d in found] == [4, 5, 6, 7, 8]


def test_messages_speak_metal() -> None:
    (error,) = errors_of(kernel("half4 h = y;"))
    assert "_Float16" not in str(error) and "ext_vector" not in str(error)


def test_the_hint_of_a_failed_call_tells_what_the_function_wants() -> None:
    source, _, _ = REJECTED["call with too few arguments"]
    assert errors_of(source)[0].hint == "the function requires 2 arguments, but 1 was provided"


def test_one_finding_for_each_texture() -> None:
    """A file with kernels on textures only is told where the textures are."""
    source = (
        HEAD
        + "constexpr sampler s(filter::linear);\n"
        + "kernel void t(texture2d<float> in [[texture(0)]],\n"
        + "texture2d<float, access::write> out [[texture(1)]], uint2 i [[thread_position_in_grid]])"
        + "{ out.write(in.sample(s, float2(i)), i); }"
    )
    assert [error.rule for error in errors_of(source)] == ["unsupported-type"] * 3


def test_failures_are_cached_with_their_diagnostics() -> None:
    source, _, _ = REJECTED["undeclared"]
    assert errors_of(source) == errors_of(source)


def test_signature_as_the_harness_reads_it() -> None:
    (found,) = msl.compile(kernel("y[i] = a;")).kernels
    assert [(a.kind, a.index, a.type, a.name, a.line) for a in found.arguments] == [
        ("buffer", 0, "device const float *", "x", 3),
        ("buffer", 1, "device float *", "y", 3),
        ("buffer", 2, "constant float &", "a", 3),
        ("thread_position_in_grid", None, "uint", "i", 3),
    ]
    assert not found.synchronises
