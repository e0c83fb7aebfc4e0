"""Kernels that try to harm their host: each ends in a verdict, and the next one is judged."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from assay.kernels.evaluator import Evaluator, Settings
from assay.kernels.folder import load_task
from assay.kernels.worker import START_LIMIT

pytestmark = pytest.mark.skipif(sys.platform == "darwin", reason="the CPU device needs Linux")

HEAD = "#include <metal_stdlib>\nusing namespace metal;\n"
SIGNATURE = (
    "kernel void saxpy(device const float *x [[buffer(0)]], device float *y [[buffer(1)]], "
    "constant float &a [[buffer(2)]], constant uint &N [[buffer(3)]], "
    "uint i [[thread_position_in_grid]], uint l [[thread_position_in_threadgroup]])"
)
LIMIT = 3.0  # of what may not end
PATIENCE = 60.0  # with what ends, on a machine that does other work as well
# They take the whole limit, and beyond it what a worker is given to end by itself.
LONG = ("ten megabytes of text", "nested operators", "nested template arguments",
        "exponential constant expression")  # fmt: skip


def kernel(body: str, before: str = "") -> str:
    return f"{HEAD}{before}\n{SIGNATURE} {{\n{body}\ny[i] = a * x[i] + y[i];\n}}\n"


BARRIER = "threadgroup_barrier(mem_flags::mem_threadgroup);"
HOSTILE = {
    "endless loop in one thread": (kernel("while (i == 7 && y[i] != 1e30f) y[i] = 0;"), "timeout"),
    "endless loop around a barrier": (
        kernel(f"while (a > 0) {{ {BARRIER} }}"),
        "timeout",
    ),
    "barrier that half of the threads never reach": (
        kernel(f"if (l & 1) {{ while (y[0] != 1e30f) y[i] = 0; }} {BARRIER}"),
        "timeout",
    ),
    "endless exchange": (kernel("while (simd_sum(a) > 0) y[i] = 0;"), "timeout"),
    "endless recursion": (
        kernel(
            "y[i] = f(a, y);",
            "template <typename T> T f(T v, device float *y) { T t[64]; "
            "for (int j = 0; j < 64; ++j) t[j] = y[j] * v; y[0] = t[int(v) & 63]; "
            "return f(v + 1, y) + t[3]; }",
        ),
        ("crash", "timeout"),  # the compiler may make a loop of it
    ),
    "huge local array": (
        kernel("float t[40000000]; for (uint j = 0; j < 40000000; j++) t[j] = x[j & 7];"
               "y[i] = t[uint(a) + i];"),
        "crash",
    ),
    "huge local array beside barriers": (
        kernel(f"float t[4000000]; for (uint j = 0; j < 4000000; j++) t[j] = x[j & 7]; {BARRIER}"
               "y[i] = t[uint(a) + i];"),
        "crash",
    ),
    "null pointer": (kernel("*(device float *)(ulong)(i) = 1;"), "crash"),
    "wild pointer": (kernel("*(device float *)(0xdeadbeef0000ul + i) = 1;"), "crash"),
    "write to code": (kernel("*(device uint *)(ulong)&f = 1;", "static void f() {}"), "crash"),
    "jump to data": (kernel("((void (*)())(ulong)y)();"), "crash"),
    "jump to nowhere": (kernel("((void (*)())(ulong)i)();"), "crash"),
    "past the end": (kernel("y[i + N] = 1;"), "crash"),
    "before the start": (kernel("y[int(i) - 100000] = 1;"), "crash"),
    "host function": (
        kernel('system("touch /tmp/x");', 'extern "C" int system(const char *);'),
        "compile_error",
    ),
    "assembly": (kernel('asm volatile("syscall");'), "compile_error"),
    "file as a header": (f'#include "/etc/passwd"\n{kernel("")}', "compile_error"),
    "file as data": (
        kernel("", "constant uchar t[] = {\n#embed \"/etc/passwd\"\n};"),
        "compile_error",
    ),
    "include by macro": (f"#define H \"/etc/passwd\"\n#include H\n{kernel('')}", "compile_error"),
    "template bomb": (
        kernel("y[i] = F<0, 60>::v;", "template <int A, int N> struct F { static constexpr int v = "
               "F<2 * A, N - 1>::v + F<2 * A + 1, N - 1>::v; };\n"
               "template <int A> struct F<A, 0> { static constexpr int v = 1; };"),
        ("timeout", "compile_error"),
    ),
    "endless constant expression": (
        kernel("constexpr int v = f(); y[i] = v;",
               "constexpr int f() { int s = 0; while (true) ++s; return s; }"),
        ("compile_error", "timeout"),
    ),
    "macro bomb": (
        kernel("y[i] = Z;", "#define A 1+1+1+1+1+1+1+1\n" + "\n".join(
            f"#define {q} {p}+{p}+{p}+{p}+{p}+{p}+{p}+{p}" for p, q in zip(
                "ABCDEFGHIJ", "BCDEFGHIJZ", strict=True))),
        ("compile_error", "timeout"),
    ),
    "a megabyte of comments": (kernel("// " + "x" * (1 << 20)), "ok"),
    "a megabyte of nested brackets": (kernel("y[i] = " + "(" * 500_000 + ")" * 500_000 + ";"),
                                      ("compile_error", "timeout")),
    "division by zero and overflow": (
        kernel("int z = int(a) - int(a); y[i] = float((int(i) + 1) / z) * 0 + "
               "(INT_MIN + z) / (z - 1) * 0 + float((int(i) % z) * 0);"),
        ("ok", "incorrect"),
    ),
    "trap": (kernel("__builtin_trap();"), "crash"),
    "smashed stack": (
        kernel("for (int j = 0; j < 64; ++j) ((thread ulong *)__builtin_frame_address(0))[j] = 1;"),
        "compile_error",
    ),
    "jump within the stack": (
        kernel("void *b[5]; if (!__builtin_setjmp(b)) __builtin_longjmp(b, 1);"),
        ("ok", "incorrect", "crash", "compile_error", "timeout"),
    ),
    "runtime replaced": (kernel(f"assay_runtime_table = nullptr; {BARRIER}"), "compile_error"),
    "library left": (kernel("assay::publish(a, 1);"), "compile_error"),
    "unaligned wild atomic": (
        kernel("atomic_fetch_add_explicit((device atomic_uint *)(0xdead00000001ul + i), 1, "
               "memory_order_relaxed);"),
        "crash",
    ),
    "fault while the others wait": (
        kernel(f"if (l == 37) *(device int *)(ulong)(i) = 1; {BARRIER}"),
        "crash",
    ),
    "waiting for a later threadgroup": (
        kernel("device atomic_uint *f = (device atomic_uint *)y; if (i < 2048) "
               "while (atomic_load_explicit(f + N - 1, memory_order_relaxed) != 7) ; "
               "if (i == N - 1) atomic_store_explicit(f + i, 7, memory_order_relaxed);"),
        "timeout",
    ),
    "waiting for a lane of its simdgroup": (
        kernel("device atomic_uint *f = (device atomic_uint *)y; if (l == 0) "
               "while (atomic_load_explicit(f + i + 1, memory_order_relaxed) != 7) ; "
               "else atomic_store_explicit(f + i, 7, memory_order_relaxed);"),
        "timeout",
    ),
    "threadgroup memory without end": (
        kernel("threadgroup float t[100000000]; t[l] = a; y[i] = t[l];"),
        "pipeline_error",
    ),
    "threadgroup memory that wraps around": (
        kernel("threadgroup char t[4294967280]; threadgroup char s[32]; t[l] = a; "
               "s[l & 31] = t[l]; y[i] = s[0];"),
        "pipeline_error",
    ),
    "local array of 2^31 elements": (
        kernel("float t[2147483648]; for (uint j = 0; j < 100; ++j) t[j * 20000000] = a; "
               "y[i] = t[uint(a) * 4000];"),
        "crash",
    ),
    "array beyond any memory": (
        kernel("float t[4611686018427387903]; t[i] = a; y[i] = t[uint(a)];"),
        "compile_error",
    ),
    "constant of a gigabyte": (
        kernel("y[i] = t[i];", "constant int t[300000000] = {1};"),
        ("compile_error", "timeout"),
    ),
    "exponential constant expression": (
        kernel("constexpr int v = f(60); y[i] = v;",
               "constexpr int f(int n) { return n < 2 ? n : f(n - 1) + f(n - 2); }"),
        ("compile_error", "timeout"),
    ),
    "templates without end": (
        kernel("y[i] = F<0>::v;", "template <int N> struct F { static constexpr int v = "
               "F<N + 1>::v; };"),
        "compile_error",
    ),
    "nested braces": (kernel("{" * 50_000 + "}" * 50_000), ("compile_error", "timeout")),
    "nested template arguments": (
        kernel("", "using T = " + "vec<" * 20_000 + "int" + ">" * 20_000 + ";"),
        ("compile_error", "timeout"),
    ),
    "nested operators": (kernel("y[i] = " + "- " * 300_000 + "1;"), ("compile_error", "timeout")),
    "ten megabytes of text": (
        kernel("y[i] = s[i];", 'constant char s[] = "' + "x" * 10_000_000 + '";'),
        ("incorrect", "crash", "compile_error", "timeout"),
    ),
    "NUL": (kernel("y[i]\0 = 1;"), "incorrect"),
    "lone surrogates": (kernel("// \ud800\udcff"), "ok"),
    "lone surrogates in code": (kernel("y[i] = \ud800;"), "compile_error"),
    "weak host function": (
        kernel('system("touch /tmp/x");',
               'extern "C" int system(const char *) __attribute__((weak));'),
        "compile_error",
    ),
    "weak host function in C++": (
        kernel('system("touch /tmp/x");', 'extern "C" [[gnu::weak]] int system(const char *);'),
        "compile_error",
    ),
    "host memory": (
        kernel("device float *p = (device float *)__builtin_malloc(64 + i); p[i & 7] = a; "
               "y[i] = (ulong)p;"),
        "compile_error",
    ),
    "compiler made to crash": ("#pragma clang __debug crash\n" + kernel(""), "ok"),
    "binary rubbish": ("\x01\x02" * 500 + kernel(""), "compile_error"),
}  # fmt: skip


def evaluator(limit: float) -> Iterator[Evaluator]:
    with Evaluator("cpu", Settings(warmup=0, measure=1, timeout=PATIENCE)) as evaluator:
        evaluator.evaluate(load_task("saxpy"), kernel(""), ["1M"])  # what is made only once
        evaluator.settings = replace(evaluator.settings, timeout=limit)
        yield evaluator


@pytest.fixture(scope="module")
def patient():
    yield from evaluator(PATIENCE)


@pytest.fixture(scope="module")
def impatient():
    yield from evaluator(LIMIT)


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=pytest.mark.slow) if name in LONG else name for name in HOSTILE],
)
def test_every_kernel_ends_in_a_verdict(patient, impatient, name) -> None:
    source, allowed = HOSTILE[name]
    allowed = (allowed,) if isinstance(allowed, str) else allowed
    cpu, task = impatient if "timeout" in allowed else patient, load_task("saxpy")
    start = time.monotonic()
    result = cpu.evaluate(task, source, ["1M"])
    # Its own limit has ended it, not one of the harness, of which the shortest is far longer.
    assert time.monotonic() - start < START_LIMIT
    assert result.verdict in allowed, result
    assert result.verdict in ("ok", "incorrect") or result.diagnostics
    assert result.verdict == "ok" or result.fail_reason
    # The harness is alive, whatever happened to the worker.
    assert cpu.evaluate(task, task.seed, ["1M"]).verdict == "ok"
