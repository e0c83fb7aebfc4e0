import contextlib

import pytest

from assay.msl.overloads import duplicates
from assay.msl.parser import parse
from assay.msl.structure import Structure, StructureError
from assay.msl.tokens import code, tokenize


def structure(source: str) -> Structure:
    return parse(code(tokenize(source)))


def test_kernels_with_their_parameters_and_attributes() -> None:
    found = structure(
        "[[max_total_threads_per_threadgroup(64)]] kernel void f("
        "device float *a [[buffer(0)]], constant uint &n [[buffer(1)]], "
        "uint2 gid [[thread_position_in_grid]]) { a[gid.x] = n; }"
    )
    (kernel,) = found.kernels
    assert kernel.name == "f"
    assert [
        (p.name, p.attributes[0].name, p.attributes[0].arguments) for p in kernel.parameters
    ] == [
        ("a", "buffer", ("0",)),
        ("n", "buffer", ("1",)),
        ("gid", "thread_position_in_grid", ()),
    ]
    assert [(a.name, where) for a, where in kernel.placed] == [
        ("max_total_threads_per_threadgroup", "before")
    ]


@pytest.mark.parametrize(
    ("declaration", "where"),
    [
        ("[[cap(1)]] kernel void f() {}", "before"),
        ("[[kernel]] [[cap(1)]] void f() {}", "before"),
        ("template <typename T> [[cap(1)]] kernel void f() {}", "before"),
        ("kernel [[cap(1)]] void f() {}", "inside"),
        ("kernel void f() [[cap(1)]] {}", "after"),
    ],
)
def test_place_of_an_attribute(declaration: str, where: str) -> None:
    (kernel,) = structure(declaration).kernels
    assert [w for a, w in kernel.placed if a.name == "cap"] == [where]


def test_methods_operators_and_constructors_belong_to_their_type() -> None:
    found = structure(
        "template <typename T, int N> struct A { T v[N]; A(T x) : v{x} {} "
        "T get() const { return v[0]; } T operator()(int i) { return v[i]; } };"
    )
    assert [(f.owner, f.body is not None) for f in found.functions] == [("A", True)] * 3
    assert found.type_names == {"A"}
    assert found.template_types == {"T"}
    assert [(v.name, v.owner) for v in found.variables] == [("v", "A")]


def test_namespaces_aliases_and_variables() -> None:
    found = structure(
        "namespace a { namespace b { constant float T[2] = {1, 2}; kernel void f() {} } }"
        "using V = float4; typedef float F; enum class E { x, y }; struct S;"
    )
    assert found.kernels[0].namespace == "a::b::"
    assert [(v.name, v.owner) for v in found.variables] == [("T", None)]
    assert found.alias_names == {"V", "F"}


@pytest.mark.parametrize(
    ("definition", "name"),
    [
        ("using V = metal::vec<T, 4>;", "V"),
        ("typedef float (*unary)(float x);", "unary"),
        ("typedef void (kernel_t)(device float *x, uint i);", "kernel_t"),
        ("typedef void kernel_t(constant Arguments &a, device float *x);", "kernel_t"),
        ("typedef decltype(f<float, (N > 2)>) f_t;", "f_t"),
        ("typedef float words[N];", "words"),
        ("typedef struct { float x; int n; } Node;", "Node"),
        ("typedef typename A<B>::type C;", "C"),
    ],
)
def test_names_of_aliases(definition: str, name: str) -> None:
    assert structure(definition).alias_names == {name}


def test_default_arguments_with_templates_do_not_end_a_parameter() -> None:
    found = structure("float h(float a, A<float, 3> b = A<float, 3>(1), int c = 2) { return a; }")
    assert [p.name for p in found.functions[0].parameters] == ["a", "b", "c"]


@pytest.mark.parametrize("source", ["void f() {", "}", "int a = (1];", "void f( { )"])
def test_unmatched_brackets(source: str) -> None:
    with pytest.raises(StructureError):
        structure(source)


@pytest.mark.parametrize(
    "source",
    ["", ";", "template", "kernel", "kernel void", "struct", "a b c", "[[x", "using", "= ;", "()"],
)
def test_fragments_do_not_break_the_parser(source: str) -> None:
    with contextlib.suppress(StructureError):
        structure(source)


def test_specialisations_and_variables_of_templates() -> None:
    found = structure(
        "namespace n { template <typename T> struct P {}; template <class T> struct P<device T *> "
        "{ int a; }; } template <typename T> constexpr constant int size = sizeof(T);"
    )
    (special,) = found.specialisations
    assert (special.name, special.namespace) == ("P", "n::")
    assert found.text(special.arguments) == "< device T * >"
    assert found.template_variables == {"size"}


@pytest.mark.parametrize(
    ("source", "alike"),
    [
        ("void f(device int *p) { *p = 1; } void f(thread int *q) { *q = 1; }", []),
        ("struct S { int f() const { return a; } int f() const device { return a; } };", [True]),
        ("struct S { int f() thread { return 1; } int f() device { return 2; } };", [False]),
        ("struct S { int f(int x) thread; int f(int y) device; int f() device; };", [True]),
        ("struct S { int f() const constant {return 1;} int f() device {return 1;} };", []),
        ("struct S { S() thread = default; S() device = default; };", [True]),
        ("struct A { void f(device int *); }; struct B { void f(thread int *); };", []),
        ("void A::f(device int *p) { } void B::f(thread int *p) { p = 0; }", []),
    ],
)
def test_methods_that_differ_in_their_object(source: str, alike: list[bool]) -> None:
    assert [found.same_code for found in duplicates(structure(source))] == alike
