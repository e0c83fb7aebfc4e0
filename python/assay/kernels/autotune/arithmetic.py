"""Mutations of single expressions: divisions, powers, fused operations, precise functions."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from assay.kernels.autotune.program import Edit, Program
from assay.kernels.autotune.rewrite import Rewrite
from assay.kernels.autotune.syntax import (
    FunctionBody,
    Node,
    bare,
    binary,
    call,
    number,
    same,
    show,
)
from assay.kernels.autotune.types import PURE, is_floating, math_name, type_of, vector

_TIGHTEST = 30
_ONE = number("1.0f")


def _rewrites(
    program: Program, change: Callable[[FunctionBody, Node], Iterator[Node]]
) -> Iterator[Rewrite]:
    """One rewrite for every replacement that ``change`` offers for an expression."""
    for function in program.functions:
        for node in function.block.nodes():
            for replacement in change(function, node):
                text = show(replacement, 0 if _stands_alone(program, node) else _TIGHTEST)
                before = " ".join(program.text[node.start : node.end].split())
                line = program.text.count("\n", 0, node.start) + 1
                label = f"write {show(replacement)} for {before} in line {line}"
                yield Rewrite(label, (Edit(node.start, node.end, text),))


def _stands_alone(program: Program, node: Node) -> bool:
    """Whether the expression is all there is between two delimiters, so needs no parentheses."""
    if node.kind == "assign":
        return True
    before, after = program.text[: node.start].rstrip(), program.text[node.end :].lstrip()
    return before[-1:] in ("=", "(", "[", ",", ";", "{", "}") and after[:1] in (";", ")", "]", ",")


def reciprocal(program: Program) -> Iterator[Rewrite]:
    """``a / b`` as ``a * (1 / b)``, whose second factor may be a loop's invariant, and back."""
    return _rewrites(program, _reciprocal)


def _reciprocal(function: FunctionBody, node: Node) -> Iterator[Node]:
    if node.kind != "binary" or not _all_float(function, node):
        return
    left, right = node.children
    if node.text == "/" and not _is_number(left, 1):
        yield binary("*", left, binary("/", _ONE, right))
    inverse = bare(right)
    if node.text == "*" and inverse.text == "/" and _is_number(inverse.children[0], 1):
        yield binary("/", left, inverse.children[1])


def _all_float(function: FunctionBody, node: Node) -> bool:
    """Whether the operands are ``float`` or vectors of it."""
    types = [type_of(child, function.variables) for child in node.children]
    return all((vector(t) or (t,))[0] == "float" for t in types)


def _is_number(node: Node, value: float) -> bool:
    """Whether an expression is that literal, signs included."""
    inner, sign = bare(node), 1
    if inner.kind == "unary" and inner.text == "-":
        inner, sign = bare(inner.children[0]), -1
    if inner.kind != "number":
        return False
    try:
        return sign * float(inner.text.rstrip("fF")) == value
    except ValueError:
        return False


def power(program: Program) -> Iterator[Rewrite]:
    """Other forms of the powers -3/2, -1/2, 1/2, 2 and 3.

    No form overflows earlier than the form it replaces.
    """
    return _rewrites(program, _power)


def _power(function: FunctionBody, node: Node) -> Iterator[Node]:
    if type_of(node, function.variables) not in ("float", "half"):
        return
    base = _cubed_inverse_root(node)
    forms = _cube_forms if base else _inverse_root_forms
    base = base or _inverse_root(node)
    if base is not None and bare(base).kind == "name":
        yield from (form for form in forms(bare(base)) if not same(form, node))
        return
    if node.kind == "call" and math_name(node.text) in ("pow", "powr"):
        base, exponent = bare(node.children[0]), node.children[1]
        if base.kind != "name":
            return
        if _is_number(exponent, 0.5):
            yield call("sqrt", base)
        if _is_number(exponent, 2):
            yield binary("*", base, base)
        if _is_number(exponent, 3):
            yield binary("*", binary("*", base, base), base)


def _cube_forms(base: Node) -> tuple[Node, ...]:
    root = call("rsqrt", base)
    return (
        binary("*", binary("*", root, root), root),
        binary("/", root, base),
        binary("/", _ONE, binary("*", base, call("sqrt", base))),
    )


def _inverse_root_forms(base: Node) -> tuple[Node, ...]:
    return call("rsqrt", base), binary("/", _ONE, call("sqrt", base))


def _cubed_inverse_root(node: Node) -> Node | None:
    """``a`` where the expression is ``a`` to the power -3/2 in one of the usual forms."""
    factors = _factors(node)
    roots = [_argument(factor, "rsqrt") for factor in factors]
    if len(factors) == 3 and roots[0] and all(r and same(r, roots[0]) for r in roots):
        return roots[0]
    inner = _argument(node, "rsqrt")
    cube = _factors(inner) if inner else []
    if len(cube) == 3 and all(same(factor, cube[0]) for factor in cube):
        return cube[0]
    if node.kind == "binary" and node.text == "/":
        return _divided_root(*node.children)
    return _power_of(node, -1.5)


def _divided_root(above: Node, below: Node) -> Node | None:
    root = _argument(above, "rsqrt")
    if root and same(root, below):
        return root
    if not _is_number(above, 1):
        return None
    factors = _factors(below)
    for factor, other in (factors, factors[::-1]) if len(factors) == 2 else ():
        root = _argument(factor, "sqrt")
        if root and same(root, other):
            return root
    return _power_of(bare(below), 1.5)


def _inverse_root(node: Node) -> Node | None:
    """``a`` where the expression is ``a`` to the power -1/2."""
    inner = _argument(node, "rsqrt")
    if inner is None and node.kind == "binary" and node.text == "/":
        above, below = node.children
        inner = _argument(below, "sqrt") if _is_number(above, 1) else None
    return inner or _power_of(node, -0.5)


def _power_of(node: Node, exponent: float) -> Node | None:
    if node.kind == "call" and math_name(node.text) in ("pow", "powr"):
        base, given = node.children
        return base if _is_number(given, exponent) else None
    return None


def _argument(node: Node, function: str) -> Node | None:
    inner = bare(node)
    is_call = inner.kind == "call" and inner.text == function and len(inner.children) == 1
    return bare(inner.children[0]) if is_call else None


def _factors(node: Node) -> list[Node]:
    inner = bare(node)
    if inner.kind == "binary" and inner.text == "*":
        return [factor for child in inner.children for factor in _factors(child)]
    return [inner]


def fused(program: Program) -> Iterator[Rewrite]:
    """``a * b + c`` as ``fma(a, b, c)``, and back."""
    return _rewrites(program, _fused)


def _fused(function: FunctionBody, node: Node) -> Iterator[Node]:
    if node.kind == "call" and math_name(node.text) == "fma" and len(node.children) == 3:
        first, second, third = node.children
        yield binary("+", binary("*", first, second), third)
    if node.kind == "binary" and node.text in ("+", "-"):
        yield from _fused_sum(function, node)
    if node.kind == "assign" and node.text == "+=":
        target, product = node.children[0], bare(node.children[1])
        if target.kind == "name" and _is_product(function, product, target):
            yield Node("assign", "=", (target, call("fma", *product.children, target)))


def _fused_sum(function: FunctionBody, node: Node) -> Iterator[Node]:
    left, right = node.children
    if _is_product(function, bare(left), right):
        third = right if node.text == "+" else Node("unary", "-", (right,))
        yield call("fma", *bare(left).children, third)
    if _is_product(function, bare(right), left):
        first, second = bare(right).children
        first = first if node.text == "+" else Node("unary", "-", (first,))
        yield call("fma", first, second, left)


def _is_product(function: FunctionBody, node: Node, beside: Node) -> bool:
    """Whether ``node`` is a product of two factors that have the type of ``beside``."""
    if node.kind != "binary" or node.text != "*":
        return False
    types = {type_of(part, function.variables) for part in (*node.children, beside)}
    return len(types) == 1 and is_floating(types.pop())


def fast_math(program: Program) -> Iterator[Rewrite]:
    """``precise::`` functions as their ``fast::`` variants: each of them, or all at once."""
    edits = []
    for function in program.functions:
        for node in function.block.nodes():
            if node.kind != "call" or not node.text.rpartition("::")[0].endswith("precise"):
                continue
            end = node.start + len(node.text)
            if math_name(node.text) in PURE and program.text[node.start : end] == node.text:
                edits.append(Edit(node.start, end, node.text.replace("precise::", "fast::")))
    for edit in edits:
        yield Rewrite(f"call {edit.text} for {program.text[edit.start : edit.end]}", (edit,))
    if len(edits) > 1:
        yield Rewrite("call the fast variant of every precise function", tuple(edits))
