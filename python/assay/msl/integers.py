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
_INTEGER = re.compile(r"(?:u?(?:char|short|int|long)|unsigned|u?int(?:8|16|32|64)_t|size_t)$")
_SUFFIX = re.compile(r"^(0[xX][0-9a-fA-F]+|[0-9]+)[uUlL]*$")


def integer(words: Sequence[str], names: Mapping[str, int]) -> int | None:
    """The value of an expression given as tokens; None where it is not such an expression.

    ``names`` has each name as such and behind the last qualifier: ``kOut`` and ``Buffers::kOut``.
    """
    plain = _without_casts(_unqualified(words, names))
    if len(plain) > 64:
        return None
    text = " ".join(_SUFFIX.sub(r"\1", word) for word in plain)
    try:
        return _value(ast.parse(text, mode="eval").body, names)
    except (ArithmeticError, KeyError, SyntaxError, ValueError):
        return None


def _unqualified(words: Sequence[str], names: Mapping[str, int]) -> list[str]:
    """Each qualified name as its value, where that is known, or else as its last part."""
    plain: list[str] = []
    for index, word in enumerate(words):
        if plain and word == "::" and plain[-1].isidentifier():
            plain.pop()
        elif word != "::":
            known = names.get("".join(words[max(index - 2, 0) : index + 1]))
            plain.append(word if known is None or "::" not in words[:index] else str(known))
    return plain


def _without_casts(words: list[str]) -> list[str]:
    """Less ``static_cast<int>``, ``int`` before a bracket and ``(int)``."""
    kept: list[str] = []
    for word in words:
        if word == ">" and "static_cast" in kept:
            del kept[kept.index("static_cast") :]
        elif word == ")" and kept[-1:] == ["("] and kept.pop():
            continue
        elif not _INTEGER.match(word) or "static_cast" in kept:
            kept.append(word)
    return kept


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
    for _ in range(2):  # enumerators and constants may name each other
        _add_enumerators(structure, names)
        _add_variables(structure, names)
    return names


def _add_variables(structure: Structure, names: dict[str, int]) -> None:
    for variable in structure.variables:
        words = structure.words(variable.span)
        if "=" in words and (value := integer(words[words.index("=") + 1 :], names)) is not None:
            scope = variable.owner or variable.namespace.rpartition("::")[0].rpartition("::")[2]
            _add(names, scope, variable.name, value)


def _add_enumerators(structure: Structure, names: dict[str, int]) -> None:
    for index, token in enumerate(structure.tokens):
        if token.text == "enum":
            opening = structure.find(index, len(structure.tokens), "{", ";", "(")
            if opening is not None and structure.at(opening) == "{":
                head = [w for w in structure.words((index + 1, opening)) if w != "class"]
                _enumerators(structure, opening, head[0] if head else "", names)


def _add(names: dict[str, int], scope: str, name: str, value: int) -> None:
    names.setdefault(name, value)
    names.setdefault(f"{scope}::{name}", value)


def _enumerators(structure: Structure, opening: int, scope: str, names: dict[str, int]) -> None:
    following: int | None = 0
    inner = (opening + 1, structure.partner[opening])
    for start, stop in split_list(structure.tokens, inner, structure.partner):
        words = structure.words((start, stop))
        if "=" in words:
            following = integer(words[words.index("=") + 1 :], names)
        if following is not None:
            _add(names, scope, words[0], following)
            following += 1
