import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.msl.tokens import code, tokenize

SOURCE = """\
#define TWICE(x) \\
    ((x) * 2)
// a comment with "quotes" and 'marks'
/* over
   two lines */
kernel void f(device float *p [[buffer(0)]]) { p[0] = .5e-3f + 1.0h + 0x1Fu; a >>= 1; b >> c; }
"""


@given(st.text(alphabet="ab_0.9eE+-*/<>=#\"'\\\n \t()[]{};:|&é", max_size=200))
def test_joined_tokens_are_the_source(source: str) -> None:
    assert "".join(token.text for token in tokenize(source)) == source


@given(st.text(alphabet="a0 \n/*\"'#\\", max_size=100))
def test_positions_are_those_in_the_source(source: str) -> None:
    for token in tokenize(source):
        line_start = source.rfind("\n", 0, token.offset) + 1
        assert token.line == source.count("\n", 0, token.offset) + 1
        assert token.column == token.offset - line_start + 1


def test_kinds() -> None:
    kinds = {token.text: token.kind for token in tokenize(SOURCE)}
    assert kinds["#define TWICE(x) \\\n    ((x) * 2)"] == "directive"
    assert kinds["/* over\n   two lines */"] == "comment"
    assert kinds[".5e-3f"] == kinds["1.0h"] == kinds["0x1Fu"] == "number"
    assert kinds[">>="] == "punctuation"
    assert ">>" not in kinds and "[[" not in kinds


@pytest.mark.parametrize("number", ["1", "1.5e+10f", "0b101", "1'000'000", "3.h", "1e-3"])
def test_numbers_are_one_token(number: str) -> None:
    assert [token.text for token in code(tokenize(f"x={number};"))] == ["x", "=", number, ";"]


def test_sharp_inside_a_line_is_no_directive() -> None:
    assert all(token.kind != "directive" for token in tokenize("a # b"))
