"""The parser behind the autotuner's mutations."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.kernels.autotune import mutants
from assay.kernels.autotune.parser import ExpressionParser, NotUnderstood
from assay.kernels.autotune.program import Edit, NotMetal, edited, normalised, read
from assay.kernels.autotune.syntax import Node, show
from assay.kernels.autotune.types import type_of
from assay.msl.structure import match_brackets
from assay.msl.tokens import code, tokenize


def parse(text: str) -> Node:
    tokens = code(tokenize(text))
    parser = ExpressionParser(tokens, match_brackets(tokens))
    node = parser.expression()
    assert parser.index == len(tokens)
    return node


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a-b-c", "a - b - c"),
        ("a-(b-c)", "a - (b - c)"),
        ("((a*b))+c", "a * b + c"),
        ("(a+b)*c", "(a + b) * c"),
        ("a*(b*c)", "a * (b * c)"),
        ("x>>2<<1", "x >> 2 << 1"),
        ("a<b&&c>d", "a < b && c > d"),
        ("a?b:c?d:e", "a ? b : c ? d : e"),
        ("(a?b:c)?d:e", "(a ? b : c) ? d : e"),
        ("a = b += c", "a = b += c"),
        ("- -a", "- -a"),
        ("(float)x*y", "(float)x * y"),
        ("(device const float*)p", "(device const float *)p"),
        ("(x)*y", "x * y"),
        ("p[i+1].xyz", "p[i + 1].xyz"),
        ("*p++", "*p++"),
        ("as_type<uint>(x)&1u", "as_type<uint>(x) & 1u"),
        ("metal::precise::sqrt(x)", "metal::precise::sqrt(x)"),
        ("f(a,(b,c))", None),
        ("[&](int x){return x;}", None),
    ],
)
def test_expressions_keep_their_structure(text, shown):
    if shown is None:
        with pytest.raises(NotUnderstood):
            parse(text)
        return
    assert show(parse(text)) == shown
    assert show(parse(shown)) == shown


def leaves() -> st.SearchStrategy[Node]:
    names = st.sampled_from("abc").map(lambda text: Node("name", text))
    return names | st.sampled_from(("1", "2.5f")).map(lambda text: Node("number", text))


def above(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    operators = st.sampled_from(("+", "-", "*", "/", "<", ">>", "&", "&&", "=="))
    return (
        st.builds(lambda o, a, b: Node("binary", o, (a, b)), operators, inner, inner)
        | st.builds(lambda a: Node("unary", "-", (a,)), inner)
        | st.builds(lambda a, b, c: Node("ternary", "?", (a, b, c)), inner, inner, inner)
        | st.builds(lambda a, b: Node("call", "max", (a, b)), inner, inner)
        | st.builds(lambda a: Node("member", ".x", (a,)), inner)
    )


def shape(node: Node) -> tuple:
    if node.kind == "paren":
        return shape(node.children[0])
    return node.kind, node.text, tuple(map(shape, node.children))


@given(st.recursive(leaves(), above, max_leaves=12))
def test_shown_expressions_parse_to_themselves(node):
    if "1.x" not in show(node) and "2.5f.x" not in show(node):
        assert shape(parse(show(node))) == shape(node)


TYPED = """
constant float SOFT = 0.5f;
#define TILE 16u
kernel void k(device const float4 *p [[buffer(0)]], constant uint &n [[buffer(1)]],
              uint2 at [[thread_position_in_grid]]) {
    half h = 1.0h; float3 v = p[0].xyz; int c = 2; auto q = v * 2.0f; bool yes = true;
}
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("p[n]", "float4"),
        ("p[n].wx", "float2"),
        ("v.x * c", "float"),
        ("c * 2 + n", "uint"),
        ("v / c", "float3"),
        ("q + v", "float3"),
        ("dot(v, v)", "float"),
        ("max(v, 0.0f)", "float3"),
        ("yes ? v : q", "float3"),
        ("at.x < n", "bool"),
        ("SOFT + TILE", "float"),
        ("h * 2", "half"),
        ("float2(c)", "float2"),
        ("v[1]", "float"),
        ("unknown(v)", None),
        ("v.w", None),
        ("p", None),
        ("v < q", None),
    ],
)
def test_types_of_expressions(text, expected):
    variables = read(TYPED).functions[0].variables
    assert type_of(parse(text), variables) == expected


def test_edits_leave_everything_else_alone():
    text = "a /* b */ c\n"
    assert edited(text, ()) == text
    assert edited(text, (Edit(10, 11, "d"), Edit(0, 1, "e"))) == "e /* b */ d\n"


def test_normalised_ignores_layout_and_comments_but_not_directives():
    assert normalised("a  +b // c\n") == normalised("a+\n/* d */b")
    assert normalised("#define A 1\nA") != normalised("#define A 2\nA")


CODE = """#include <metal_stdlib>
using namespace metal;
#define N 8
struct Pair { float a; float3 b; };
template <typename T> T twice(T x) { return x + x; }
kernel void k(device const float4 *p [[buffer(0)]], device float4 *q [[buffer(1)]],
              uint i [[thread_position_in_grid]]) {
    float3 v = p[i].xyz; Pair pair = {1.0f, v}; float w[4] = {1, 2, 3, 4};
    for (uint j = 0; j < N; ++j) { v += p[j].xyz * w[j & 3u]; if (j > 4) { v.x = -v.x; } }
    switch (i) { case 0: v *= 2.0f; break; default: v = twice(v); }
    do { v.y /= 2.0f; } while (v.y > 1.0f);
    q[i] = float4(v, pow(v.x, -1.5f) + precise::exp(v.y));
}
"""


@settings(max_examples=60)
@given(st.data())
def test_any_text_is_read_or_refused(data):
    """Damaged sources never end in anything but a refusal."""
    tokens = [token.text for token in tokenize(CODE)]
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(tokens) - 1))
        tokens[at : at + 1] = data.draw(st.sampled_from(([], [tokens[at]] * 2, [")"], ["case "])))
    try:
        for kind in mutants("".join(tokens)).values():
            assert all(mutant.source for mutant in kind)
    except NotMetal:
        pass
