"""Arithmetic in task files: ``20 * n**2 * steps`` with the parameters of a size."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from typing import Any

Number = int | float

_BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
}


def _evaluate(node: ast.AST, names: Mapping[str, Number]) -> Number:
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return node.value
    if isinstance(node, ast.Name):
        if node.id not in names:
            raise ValueError(f"unknown name '{node.id}'; known: {', '.join(sorted(names))}")
        return names[node.id]
    if isinstance(node, ast.BinOp) and type(node.op) in _BINARY:
        left, right = _evaluate(node.left, names), _evaluate(node.right, names)
        if isinstance(node.op, ast.Pow) and abs(right) > 16:
            raise ValueError("an exponent may be at most 16")
        return _BINARY[type(node.op)](left, right)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -_evaluate(node.operand, names)
    raise ValueError("only numbers, names, + - * / // % ** and parentheses are allowed")


def evaluate(expression: str, names: Mapping[str, Number]) -> Number:
    """Value of an arithmetic expression.

    Raises:
        ValueError: It is not arithmetic, names an unknown parameter or divides by zero.
    """
    try:
        return _evaluate(ast.parse(expression, mode="eval").body, names)
    except (SyntaxError, ZeroDivisionError, RecursionError) as error:
        raise ValueError(f"'{expression}' has no value: {error}") from error
    except ValueError as error:
        raise ValueError(f"'{expression}': {error}") from error
