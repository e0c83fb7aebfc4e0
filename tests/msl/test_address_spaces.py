"""Functions and types that are told apart by address space, against what each of them returns."""

import numpy as np
import pytest

from assay import msl
from assay.errors import CompileError

HEADER = "#include <metal_stdlib>\nusing namespace metal;\n"


def values(run, body: str, before: str, count: int) -> list[float]:
    """What a kernel writes that has device, constant, threadgroup and thread objects of a type."""
    source = f"""{HEADER}{before}
    kernel void k(device float *o [[buffer(0)]], device float *d [[buffer(1)]],
                  const device float *cd [[buffer(2)]], constant float *c [[buffer(3)]],
                  threadgroup float *t [[threadgroup(0)]]) {{
      thread float p[4] = {{1, 2, 3, 4}};
      {body}
    }}"""
    arrays = [np.zeros(count, np.float32), *np.ones((3, 4), np.float32)]
    return run(source, arrays, (1, 1, 1), (1, 1, 1), threadgroup_memory={0: 64})[0].tolist()


def test_functions_with_pointers(run) -> None:
    before = """
      inline float f(device float *p) { return 1; }
      inline float f(const device float *p) { return 2; }
      inline float f(constant float *p) { return 3; }
      inline float f(threadgroup float *p) { return 4; }
      inline float f(thread float *p) { return 5; }"""
    body = "o[0] = f(d); o[1] = f(cd); o[2] = f(c); o[3] = f(t); o[4] = f(p); o[5] = f(&d[1]);"
    assert values(run, body, before, 6) == [1, 2, 3, 4, 5, 1]


def test_templates_with_pointers_and_references(run) -> None:
    before = """
      template <typename T> float f(device T *p) { return p[0] + 10; }
      template <typename T> float f(constant T *p) { return p[0] + 20; }
      template <typename T> float f(threadgroup T *p) { p[0] = 7; return p[0] + 30; }
      template <typename T> float f(thread T *p) { return p[0] + 40; }
      template <typename T> float g(device T &p) { return 1; }
      template <typename T> float g(constant T &p) { return 2; }
      template <typename T> float g(threadgroup T &p) { return 3; }
      template <typename T> float g(thread T &p) { return 4; }
      template <typename P> float through(P p) { return f(p) + g(p[1]); }"""
    body = "o[0] = through(d); o[1] = through(c); o[2] = through(t); o[3] = through(p);"
    assert values(run, body, before, 4) == [12, 23, 40, 45]


def test_pointers_to_const_beside_those_of_the_thread(run) -> None:
    before = """
      float f(const device float *p, uint i) { return 1; }
      float f(thread float *p, uint i) { return 2; }
      float f(constant float *p, uint i) { return 3; }
      float g(const device float &p);
      float g(const threadgroup float &p) { return 2; }
      float g(float p, float q) { return 0; }
      float g(thread float &p) { return 3; }
      namespace n {
      template <typename T, int N = 2, typename = enable_if_t<(N > 1)>>
      float h(const device T *p, const device T *q) { return p[0] + N; }
      template <typename T, int N = 2, typename = void>
      float h(thread T *p, thread T *q) { return 9; }
      template <typename T> float h(const device T *p, thread T *q) { return 5; }
      }
      template <typename U, typename T> U m(const device T &p) { return sizeof(U); }
      template <typename U, typename T> U m(thread T &p) { return 9; }
      float g(const device float &p) { return 1; }"""
    body = """o[0] = f(d, 0); o[1] = f(cd, 0); o[2] = f(p, 0); o[3] = f(c, 0); o[4] = g(d[0]);
      o[5] = g(cd[0]); o[6] = g(t[0]); o[7] = g(p[0]); o[8] = n::h(d, d); o[9] = n::h(d, cd);
      o[10] = n::h<float, 4>(cd, d); o[11] = n::h(p, p); o[12] = n::h(d, p); o[13] = m<int>(d[1]);
      o[14] = m<long>(cd[1]); o[15] = m<long>(p[1]);"""
    want = [1, 1, 2, 3, 1, 1, 2, 3, 3, 3, 5, 9, 5, 4, 8, 9]
    assert values(run, body, before, 16) == want


def test_overloads_declared_before_they_are_defined(run) -> None:
    before = """
      float f(device float *p); float f(threadgroup float *p);
      float g(device float *p, threadgroup float *q) { return f(p) * 10 + f(q); }
      float f(threadgroup float *p) { return 2; }
      float f(device float *p) { return 1; }"""
    assert values(run, "o[0] = g(d, t); o[1] = f(t);", before, 2) == [12, 2]


def test_classes_specialised_by_address_space(run) -> None:
    before = """
      template <typename P> struct place { static constexpr constant int value = 0; };
      template <typename T> struct place<device T *> { static constexpr constant int value = 1; };
      template <typename T> struct place<threadgroup T *> { enum { value = 2 }; };
      template <typename T> struct place<constant T *> { enum { value = 3 }; };
      template <typename P> int of(P p) { return place<P>::value; }
      template <typename A, typename B> int same(A a, B b) { return is_same_v<A, B> ? 1 : 0; }"""
    body = """o[0] = of(d); o[1] = of(t); o[2] = of(c); o[3] = of(&p[0]);
      o[4] = same(d, t); o[5] = same(d, d + 1); o[6] = same(t, &p[0]);"""
    assert values(run, body, before, 7) == [1, 2, 3, 0, 0, 1, 0]


def test_operators_for_objects_in_each_address_space(run) -> None:
    before = """
      struct Pair { float a, b; };
      inline float operator+(const device Pair &x, const device Pair &y) { return x.a + y.a; }
      inline float operator+(const threadgroup Pair &x, const threadgroup Pair &y) {
        return 10 * (x.a + y.a); }
      inline float operator+(const thread Pair &x, const thread Pair &y) {
        return 100 * (x.a + y.a); }"""
    body = """device Pair *dp = (device Pair *)d; threadgroup Pair *tp = (threadgroup Pair *)t;
      tp[0] = dp[0]; tp[1] = Pair{2, 3}; Pair l = tp[1];
      o[0] = dp[0] + dp[1]; o[1] = tp[0] + tp[1]; o[2] = l + l;"""
    assert values(run, body, before, 3) == [2, 30, 400]


def test_objects_with_methods_in_each_address_space(run) -> None:
    before = """
      struct Complex {
        float re, im;
        Complex() = default;
        Complex(float r, float i) thread : re(r), im(i) {}
        template <typename T> Complex(T r) thread : re(float(r)), im(0) {}
        Complex(float r, float i) threadgroup : re(r), im(i) {}
        operator float() const thread { return re; }
        operator float() const device { return re; }
        operator float() const threadgroup { return re; }
        operator float() const constant { return re; }
        float norm() const { return re * re + im * im; }
        device float &imaginary() device { return im; }
        const constant float &imaginary() const constant { return im; }
        device Complex *next() device { return this + 1; }
        device Complex &operator+=(Complex other) device {
          re += other.re; im += other.im; return *this; }
      };
      inline float where(device float &x) { return 1; }
      inline float where(constant float &x) { return 2; }
      inline float where(thread float &x) { return 3; }"""
    body = """device Complex *dc = (device Complex *)d;
      constant Complex *cc = (constant Complex *)c;
      threadgroup Complex *tc = (threadgroup Complex *)t;
      dc[0] = Complex(3, 4); tc[0] = dc[0]; Complex l = tc[0];
      dc->imaginary() = 5; (dc[1] += l) += l;
      o[0] = dc[0]; o[1] = float(tc[0]); o[2] = cc[0]; o[3] = l; o[4] = l.norm(); o[5] = dc->norm();
      o[6] = where(dc->imaginary()); o[7] = where(cc->imaginary()); o[8] = where(l.im);
      o[9] = dc->next()->re; o[10] = dc[1].im;"""
    want = [3, 3, 1, 3, 25, 34, 1, 2, 3, 7, 9]
    assert values(run, body, before, 11) == want


FIRST = "its 1st argument must"


@pytest.mark.parametrize(
    ("call", "hint"),
    [
        ("f(p)", f"{FIRST} be 'device float *' or 'threadgroup float *', not 'float[4]'"),
        ("f(c)", f"{FIRST} point to device memory or threadgroup memory, not constant memory"),
        ("f(cd)", f"{FIRST} not be const"),
        ("g(d[0])", f"{FIRST} lie in thread memory, not device memory"),
        ("g(c[0])", f"{FIRST} lie in thread memory, not constant memory"),
        ("h(t)", f"{FIRST} point to device memory, not threadgroup memory"),
        ("m(d)", f"{FIRST} be 'threadgroup float *', not 'device float *'"),
        ("m(&d[0], t)", "its 2nd argument must be 'device float *', not 'threadgroup float *'"),
    ],
)
def test_no_function_for_this_address_space(call: str, hint: str) -> None:
    source = f"""{HEADER}
    float f(device float *p) {{ return 1; }}
    float f(threadgroup float *p) {{ return 1; }}
    float g(thread float &p) {{ return 1; }}
    float h(device float *p) {{ return 1; }}
    template <typename T> float m(threadgroup T *p) {{ return 1; }}
    template <typename T> float m(device T *p, device T *q) {{ return 1; }}
    kernel void k(device float *d [[buffer(0)]], const device float *cd [[buffer(1)]],
                  constant float *c [[buffer(2)]], threadgroup float *t [[threadgroup(0)]]) {{
      float p[4] = {{0}};
      d[0] = {call};
    }}"""
    with pytest.raises(CompileError) as caught:
        msl.compile(source)
    found = caught.value.diagnostics[0]
    assert (found.rule, found.line, found.hint) == ("call", 13, hint)


@pytest.mark.parametrize(
    "statement",
    [
        "threadgroup float *q = d;",
        "device float *q = p;",
        "const device float *q = c;",
        "device float &q = p[0];",
        "thread float *q = d;",
        "d = t;",
        "device float *q = (device float *)t;",
        "if (d == t) d[0] = 1;",
        "p[0] = *give(d);",
    ],
)
def test_pointers_stay_in_their_address_space(statement: str) -> None:
    source = f"""{HEADER}
    thread float *give(device float *p) {{ return {"p" if "give" in statement else "nullptr"}; }}
    kernel void k(device float *d [[buffer(0)]], constant float *c [[buffer(1)]],
                  threadgroup float *t [[threadgroup(0)]]) {{
      float p[4] = {{0}}; {statement}
    }}"""
    with pytest.raises(CompileError) as caught:
        msl.compile(source)
    assert caught.value.diagnostics[0].rule == "address-space"


def test_strings_lie_in_constant_memory(run) -> None:
    before = """
      struct Log {
        constant char *name;
        constexpr Log(constant char *n) constant : name(n) {}
        float first(constant char *format) const constant { return format[0] - name[0]; } };
      constant Log logger("a");
      constant char *names[2] = {"d", "e"};
      constant char text[] = "abc", texts[2][3] = {"xy", "z"};
      template <typename T, uint N> constexpr uint length(constant T (&)[N]) { return N; }
      constant char *name(bool yes) { return yes ? "y" : "n"; }
      static_assert(sizeof("ab" "c") == 4, "four");"""
    body = """constant char *local = "hello";
      o[0] = logger.first("c"); o[1] = *names[1] - 'a'; o[2] = text[2] - 'a'; o[3] = length("abc");
      o[4] = *name(true) - 'a'; o[5] = local[4] - 'a'; o[6] = texts[0][1] - 'a';"""
    assert values(run, body, before, 7) == [2, 4, 2, 4, 24, 14, 24]


def test_casts_in_one_function_know_nothing_of_names_in_another() -> None:
    source = f"""{HEADER}
    inline float bits(ushort x) {{ ushort out = x; return *(thread half *)(&out); }}
    kernel void k(device float *out [[buffer(0)]]) {{ out[0] = bits(0x3c00); }}"""
    assert msl.compile(source).kernels


def test_casts_of_members_keep_their_address_space() -> None:
    source = f"""{HEADER}
    struct Reader {{
      device float *p;
      uint bits() thread {{ return *(thread uint *)p; }}
    }};"""
    with pytest.raises(CompileError, match="from a device to a thread pointer"):
        msl.compile(source)
