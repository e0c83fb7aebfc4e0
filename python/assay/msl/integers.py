"""Integer constant expressions in attributes: ``[[buffer(FIRST + 2)]]``."""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Mapping, Sequence

from assay.msl.structure import Structure, split_list

_OPERATORS: dict[type[ast.operator], Callable[[int, int], int]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.floordiv,
    ast.Mod: operator.mod,
    ast.LShift: operator.lshift,
    ast.RShift: operator.rshift,
    ast.BitOr: operator.or_,
    ast.BitAnd: operator.and_,
}
_SUFFIX = re.compile(r"^(0[xX][0-9a-fA-F]+|[0-9]+)[uUlL]*$")


def integer(words: Sequence[str], names: Mapping[str, int]) -> int | None:
    """The value of an expression given as tokens; None where it is not such an expression."""
    followers = [*words[1:], "", ""]
    plain = [w for w, behind in zip(words, followers, strict=False) if "::" not in (w, behind)]
    if len(plain) > 64:
        return None
    text = " ".join(_SUFFIX.sub(r"\1", word) for word in plain)
    try:
        return _value(ast.parse(text, mode="eval").body, names)
    except (ArithmeticError, KeyError, SyntaxError, ValueError):
        return None


def _value(node: ast.expr, names: Mapping[str, int]) -> int:
    if isinstance(node, ast.Constant) and isinstance(node.value, int):
        return node.value
    if isinstance(node, ast.Name):
        return names[node.id]
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
        left, right = _value(node.left, names), _value(node.right, names)
        shifts = isinstance(node.op, (ast.LShift, ast.RShift))
        if not (0 <= left < 1 << 16 and 0 <= right < (32 if shifts else 1 << 16)):
            raise ValueError(node)
        return _OPERATORS[type(node.op)](left, right)
    raise ValueError(node)


def named_integers(structure: Structure) -> dict[str, int]:
    """The values of enumerators and of constants at program scope that are plain integers."""
    names: dict[str, int] = {}
    for index, token in enumerate(structure.tokens):
        if token.text == "enum":
            opening = structure.find(index, len(structure.tokens), "{", ";", "(")
            if opening is not None and structure.at(opening) == "{":
                _enumerators(structure, opening, names)
    for variable in structure.variables:
        words = structure.words(variable.span)
        if "=" in words and (value := integer(words[words.index("=") + 1 :], names)) is not None:
            names.setdefault(variable.name, value)
    return names


def _enumerators(structure: Structure, opening: int, names: dict[str, int]) -> None:
    following: int | None = 0
    inner = (opening + 1, structure.partner[opening])
    for start, stop in split_list(structure.tokens, inner, structure.partner):
        words = structure.words((start, stop))
        if "=" in words:
            following = integer(words[words.index("=") + 1 :], names)
        if following is not None:
            names.setdefault(words[0], following)
            following += 1
