"""Indices in attributes may be any integer constant."""

import pytest

from assay import msl
from assay.errors import CompileError
from assay.msl.integers import integer

SOURCE = """
enum Index { first = 2, second, third = second + 3 };
enum class Other : uint { a = 1 };
constant constexpr int base = 10;
constant bool flag [[function_constant(base + 1)]];
kernel void k(device float *x [[buffer(first)]], device float *y [[buffer(Index::third + 1)]],
              constant float &z [[buffer(0x1F & 9)]], uint i [[thread_position_in_grid]]) {
  y[i] = flag ? x[i] : z;
}
"""


def test_indices_by_name_and_expression() -> None:
    program = msl.compile(SOURCE)
    assert [a.index for a in program.kernels[0].arguments] == [2, 7, 9, None]
    assert [(c.name, c.index) for c in program.constants] == [("flag", 11)]


@pytest.mark.parametrize(
    ("index", "message"),
    [
        ("missing", "'missing' is no integer constant"),
        ("first * second", "index 6 of 'y'"),
        ("base << 2", "buffer index 40 is above 30"),
    ],
)
def test_wrong_indices(index: str, message: str) -> None:
    source = SOURCE.replace("third + 1", "third").replace("0x1F & 9", index)
    with pytest.raises(CompileError) as caught:
        msl.compile(source)
    assert caught.value.diagnostics[0].rule == "buffer-index"
    assert message in caught.value.diagnostics[0].message


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("1", 1),
        ("2 * ( 3 + 4 )", 14),
        ("0x10u", 16),
        ("7 / 2", 3),
        ("x :: y", 5),
        ("f ( 1 )", None),
        ("9 ** 9", None),
        ("1 / 0", None),
        ("1 << 1000", None),
        ("", None),
        ("a b", None),
    ],
)
def test_integer(words: str, value: int | None) -> None:
    assert integer(words.split(), {"y": 5}) == value
