"""Methods that only the address space of their object tells apart, by what each of them returns."""

import numpy as np
import pytest

from assay.errors import CompileError

HEADER = "#include <metal_stdlib>\nusing namespace metal;\n"

# A class of arrays as compilers of other languages into Metal write it.
ARRAY = """
template <typename T, size_t N>
struct safe_array {
  T elements[N ? N : 1];
  thread T &operator[](size_t pos) thread { return elements[pos]; }
  constexpr const thread T &operator[](size_t pos) const thread { return elements[pos]; }
  device T &operator[](size_t pos) device { return elements[pos]; }
  constexpr const device T &operator[](size_t pos) const device { return elements[pos]; }
  constexpr const constant T &operator[](size_t pos) const constant { return elements[pos]; }
  threadgroup T &operator[](size_t pos) threadgroup { return elements[pos]; }
  constexpr const threadgroup T &operator[](size_t pos) const threadgroup {
    return elements[pos]; }
};
"""
WHERE = """
float where(thread float &x) { return 1; }
float where(const thread float &x) { return 2; }
float where(device float &x) { return 3; }
float where(const device float &x) { return 4; }
float where(constant float &x) { return 5; }
float where(threadgroup float &x) { return 6; }
float where(const threadgroup float &x) { return 7; }
"""


def values(run, kind: str, body: str, before: str, count: int) -> list[float]:
    """What a kernel writes that has objects ``d``, ``cd``, ``c``, ``t`` and ``l`` of one type."""
    source = f"""{HEADER}{before}
    kernel void k(device float *o [[buffer(0)]], device {kind} *d [[buffer(1)]],
                  const device {kind} *cd [[buffer(2)]], constant {kind} &c [[buffer(3)]],
                  threadgroup {kind} *t [[threadgroup(0)]]) {{
      {kind} l = *cd;
      {body}
    }}"""
    numbers = np.arange(1, 9, dtype=np.float32)
    arrays = [np.zeros(count, np.float32), numbers, 10 * numbers, 100 * numbers]
    return run(source, arrays, (1, 1, 1), (1, 1, 1), threadgroup_memory={0: 64})[0].tolist()


def test_elements_keep_the_address_space_of_their_array(run) -> None:
    body = """const safe_array<float, 4> fixed = l;
      t[0] = c; t[0][3] = d[0][1] + 1; d[0][2] = t[0][3]; l[0] = 7;
      o[0] = where(l[0]); o[1] = where(fixed[0]); o[2] = where(d[0][0]); o[3] = where(cd[0][0]);
      o[4] = where(c[1]); o[5] = where(t[0][0]);
      device float &element = d[1][0]; device float *p = &d[0][1];
      o[6] = element; o[7] = p[1]; o[8] = l[0] + l[1]; o[9] = t[0][3]; o[10] = c[3];"""
    want = [1, 2, 3, 4, 5, 6, 5, 3, 27, 3, 400]
    assert values(run, "safe_array<float, 4>", body, ARRAY + WHERE, 11) == want


def test_arrays_of_arrays_and_of_vectors(run) -> None:
    kind = "safe_array<safe_array<float2, 2>, 2>"
    body = """d[0][1][0] = cd[0][0][1]; d[0][1][0].y += 1; t[0] = d[0];
      t[0][1][1] = float2(c[0][0].y);
      o[0] = d[0][1][0].x; o[1] = d[0][1][0].y; o[2] = t[0][1][1].x; o[3] = l[1][1].y;
      threadgroup auto &row = t[0][1]; o[4] = row[0].y;"""
    assert values(run, kind, body, ARRAY, 5) == [30, 41, 200, 80, 41]


def test_constant_objects_at_program_scope(run) -> None:
    before = (
        ARRAY
        + WHERE
        + """
      constant safe_array<float, 3> table = safe_array<float, 3>({ 4.0, 5.0, 6.0 });
      constexpr constant safe_array<uint, 2> sizes = { 3, 9 };
      static_assert(sizes[1] == 9, "sizes");"""
    )
    body = "o[0] = table[2]; o[1] = where(table[0]); o[2] = sizes[0];"
    assert values(run, "float4", body, before, 3) == [6, 5, 3]


def test_bodies_that_differ(run) -> None:
    before = """
      struct Counter {
        float total, last;
        float read(float scale) const { return scale * total; }
        float read(float scale) const device { return scale * last; }
        float read(float scale) const constant { float last = 1; return scale + last; }
        float read(float scale) const threadgroup { return this->last - read(scale, total); }
        static float read(float a, float b) { return a * b; }
        void add(float x) device { total += x; ++last; touch(); }
        void add(float x) threadgroup { last += x; }
        void add(float x) { *this = Counter{total + 2 * x, 0}; }
        void touch() device { total *= 2; }
      };"""
    body = """t[0] = c; d->add(3); t->add(1); l.add(5); l.add(1);
      o[0] = d->total; o[1] = d->last; o[2] = t->total; o[3] = t->last; o[4] = l.total;
      o[5] = l.read(2); o[6] = d->read(2); o[7] = c.read(2); o[8] = t->read(2);
      o[9] = Counter{4, 5}.read(3);"""
    want = [8, 3, 100, 201, 22, 44, 6, 3, 1, 12]
    assert values(run, "Counter", body, before, 10) == want


def test_conversions_and_templates(run) -> None:
    before = """
      struct Base { float low; };
      template <typename T> struct Number : Base {
        T high;
        explicit operator float() const thread { return low; }
        operator float() const device { return low + 1; }
        operator float() const constant { return float(high) + 2; }
        template <typename U> U as(U factor) const device { return U(low) * factor; }
        template <typename U> U as(U factor) const constant { return U(high) * factor; }
        template <typename U> U as(U factor) const threadgroup { return as(factor, U(high)); }
        template <typename U> static U as(U a, U b) { return a - b; }
        auto end() device -> device T * { return &high + 1; }
        auto end() threadgroup -> threadgroup T * { return &this->high; }
        device Number &operator+=(float x) device { low += x; return *this; }
        threadgroup Number &operator+=(float x) threadgroup { high += x; return *this; }
      };"""
    body = """t[0] = d[0]; (*d += 3) += 4; *t += 5;
      o[0] = float(l); o[1] = d[0]; o[2] = c; o[3] = d->as(2.0f); o[4] = c.as<int>(3);
      o[5] = t->as(10); o[6] = *d->end(); o[7] = *t->end();"""
    want = [10, 9, 202, 16, 600, 3, 3, 7]
    assert values(run, "Number<float>", body, before, 8) == want


def test_methods_defined_behind_their_class(run) -> None:
    before = """
      template <typename T> struct Span {
        T first, rest[3];
        device T &at(uint i) device;
        constant T &at(uint i) constant;
        float sum() const device;
        float sum() const constant;
      };
      template <typename T> device T &Span<T>::at(uint i) device { return i ? rest[i - 1] : first; }
      template <typename T> constant T &Span<T>::at(uint i) constant { return rest[i]; }
      template <typename T> float Span<T>::sum() const device { return first + rest[0]; }
      template <typename T> float Span<T>::sum() const constant { return first - rest[0]; }"""
    body = "d->at(2) = 9; o[0] = d->rest[1]; o[1] = c.at(0); o[2] = cd->sum(); o[3] = c.sum();"
    assert values(run, "Span<float>", body, before, 4) == [9, 200, 30, -100]


def test_what_belongs_to_a_later_standard_of_the_language_stays_as_it_was(run) -> None:
    before = (
        ARRAY
        + """
      struct Point { Point() = default; Point(const thread Point &) = default; float x, y; };
      struct Same { float x; bool operator==(Same other) { return x == other.x; } };
      constant int requires = 3;"""
    )
    body = """int concept = 2; Point p{1, 2}; Same a{1}, b{2};
      o[0] = p.y; o[1] = concept + requires; o[2] = a == b;"""
    assert values(run, "float4", body, before, 3) == [2, 5, 0]


def test_methods_without_an_address_space_serve_all_others(run) -> None:
    before = """
      struct S {
        float x;
        float f() const { return x; }
        float f() const device { return -x; }
        float g(float a) const { return x + a; }
        float g(float a) const device { return f() + a; }
      };"""
    body = (
        "t[0] = c; o[0] = d->f(); o[1] = c.f(); o[2] = t->f(); o[3] = l.f(); o[4] = t->g(d->g(1));"
    )
    assert values(run, "S", body, before, 5) == [-1, 100, 100, 10, 100]


def test_shadows_and_names_of_other_things(run) -> None:
    before = """
      struct Inner { float x, y; };
      struct S {
        Inner inner; struct { float x; } named; struct { float low; };
        float get(Inner other) const device {
          float low = 2; thread float *p = &low; const thread float &x = *p;
          return inner.x + other.x * x + named.x; }
        float get(Inner other) const { float a = inner.y, b = low; return a * b; }
        float get(Inner other) const constant { return low - (this->low > inner.x ? inner.x : 0); }
      };"""
    body = "Inner i{1, 2}; o[0] = d->get(i); o[1] = l.get(i); o[2] = c.get(i);"
    assert values(run, "S", body, before, 3) == [1 + 2 + 3, 20 * 40, 400 - 100]


@pytest.mark.parametrize(
    ("statement", "rule", "hint"),
    [
        ("o[0] = l.get();", "call", "its object must lie in device memory, not thread memory"),
        ("o[0] = c.get();", "call", "its object must lie in device memory, not constant memory"),
        ("cd->set(1);", "call", "its object must not be const"),
        ("o[0] = d->missing();", "unknown-name", "check the spelling of missing"),
        ("o[0] = d->get(1);", "call", "the function requires"),
    ],
)
def test_calls_of_no_such_method(statement: str, rule: str, hint: str, run) -> None:
    before = """struct S { float x;
      float get() const device { return x; } float get() const threadgroup { return x + 1; }
      void set(float v) device { x = v; } void set(float v) threadgroup { x = v + 1; } };"""
    with pytest.raises(CompileError) as caught:
        values(run, "S", statement, before, 1)
    found = caught.value.diagnostics[0]
    assert found.rule == rule and hint in (found.hint or "") and "assay" not in str(found)


def test_constants_are_not_written_in_methods(run) -> None:
    before = """struct S { float x;
      float get() const device { x = 1; return x; }
      float get() const threadgroup { return x; } };"""
    with pytest.raises(CompileError) as caught:
        values(run, "S", "o[0] = d->get();", before, 1)
    found = caught.value.diagnostics[0]
    assert (
        found.rule == "const" and found.message == "cannot assign to a member of 'const device S'"
    )


@pytest.mark.parametrize("space", ["device", "threadgroup"])
def test_elements_do_not_change_their_address_space(space: str, run) -> None:
    body = f"{space} float &element = l[0]; o[0] = element;"
    with pytest.raises(CompileError) as caught:
        values(run, "safe_array<float, 4>", body, ARRAY, 1)
    assert caught.value.diagnostics[0].rule == "address-space"


def test_methods_for_constant_objects_take_others_of_their_address_space(run) -> None:
    before = """
struct Row {
  float a[4];
  thread float &operator[](int i) thread { return a[i]; }
  const thread float &operator[](int i) const thread { return a[i]; }
  float operator[](int i) const device { return a[i] + 10; }
  float operator[](int i) const constant { return a[i] + 20; }
  float operator[](int i) const threadgroup { return a[i] + 30; }
  float first() { return a[0]; }
  float first() const device { return a[0] + 10; }
};"""
    body = """t[0] = l; l[1] = 9;
      o[0] = d[0][1]; o[1] = cd[0][1]; o[2] = c[1]; o[3] = t[0][1]; o[4] = l[1]; o[5] = d->first();
      o[6] = l.first();"""
    assert values(run, "Row", body, before, 7) == [12, 30, 220, 50, 9, 11, 10]
