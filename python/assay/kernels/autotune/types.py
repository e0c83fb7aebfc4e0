"""Built-in types of Metal and the types of expressions, as far as mutations need them."""

from __future__ import annotations

import re
from collections.abc import Mapping

from assay.kernels.autotune.syntax import Node, Variable

QUALIFIERS = frozenset(
    (
        "const",
        "constexpr",
        "static",
        "volatile",
        "inline",
        "__restrict",
        "device",
        "constant",
        "threadgroup",
        "thread",
    )
)
COMPONENTS = "xyzw"
_INTEGERS = ("bool", "char", "uchar", "short", "ushort", "int", "uint", "long", "ulong")
_SCALARS = (*_INTEGERS, "half", "float")  # from the type that yields to the one that prevails
_RANK = {scalar: rank for rank, scalar in enumerate(_SCALARS)}
_OTHER_TYPES = frozenset(
    (
        "auto",
        "void",
        "bfloat",
        "unsigned",
        "signed",
        "size_t",
        "ptrdiff_t",
        "int8_t",
        "uint8_t",
        "int16_t",
        "uint16_t",
        "int32_t",
        "uint32_t",
        "int64_t",
        "uint64_t",
    )
)
_VECTOR = re.compile(rf"({'|'.join(_SCALARS)})([234])\Z")
_SWIZZLE = re.compile(r"\.(?:[xyzw]{1,4}|[rgba]{1,4})\Z")
_FLOAT_LITERAL = re.compile(r"(?:\d+\.\d*|\.\d+|\d+(?=[eE]))(?:[eE][+-]?\d+)?[fF]?\Z")
_INT_LITERAL = re.compile(r"(?:0[xX][0-9a-fA-F]+|\d+)([uU]?)\Z")

# Functions that work on each component alone and have no side effects.
ELEMENTWISE = frozenset(
    (
        "abs",
        "fabs",
        "sign",
        "copysign",
        "min",
        "max",
        "fmin",
        "fmax",
        "clamp",
        "saturate",
        "fdim",
        "floor",
        "ceil",
        "round",
        "rint",
        "trunc",
        "fract",
        "fmod",
        "fma",
        "mix",
        "step",
        "sqrt",
        "rsqrt",
        "pow",
        "powr",
        "exp",
        "exp2",
        "exp10",
        "log",
        "log2",
        "log10",
        "sin",
        "cos",
        "tan",
        "asin",
        "acos",
        "atan",
        "atan2",
        "sinh",
        "cosh",
        "tanh",
        "smoothstep",
    )
)
# Functions of vectors with a scalar result.
REDUCTIONS = frozenset(("dot", "length", "length_squared", "distance", "distance_squared"))
PURE = ELEMENTWISE | REDUCTIONS | frozenset(("cross", "normalize", "select", "any", "all"))


def is_type_name(text: str) -> bool:
    """Whether a name is a built-in type of Metal."""
    return text in _RANK or text in _OTHER_TYPES or _VECTOR.match(text) is not None


def vector(type_name: str | None) -> tuple[str, int] | None:
    """Component type and width of a vector type, or None."""
    match = _VECTOR.match(type_name or "")
    return (match.group(1), int(match.group(2))) if match else None


def is_floating(type_name: str | None) -> bool:
    """Whether a type is ``float`` or ``half`` or a vector of them."""
    base = vector(type_name)
    return (base[0] if base else type_name) in ("float", "half")


def is_scalar(type_name: str | None) -> bool:
    """Whether a type is a built-in scalar."""
    return type_name in _RANK


def math_name(function: str) -> str:
    """A function's name without its namespace."""
    return function.rpartition("::")[2]


def literal_type(text: str) -> str | None:
    """Type of a numeric literal; a float literal without suffix is ``float`` in Metal."""
    if _FLOAT_LITERAL.match(text):
        return "float"
    match = _INT_LITERAL.match(text)
    if match:
        return "uint" if match.group(1) else "int"
    return "half" if text[-1] in "hH" else None


def swizzle(member: str) -> list[int] | None:
    """Component numbers of a member such as ``.xyz``, or None."""
    if not _SWIZZLE.match(member):
        return None
    return [("xyzw" if c in "xyzw" else "rgba").index(c) for c in member[1:]]


def type_of(node: Node, variables: Mapping[str, Variable]) -> str | None:
    """Built-in type of an expression's value, or None where it is unknown or something else."""
    if node.kind == "number":
        return literal_type(node.text)
    if node.kind == "name":
        variable = variables.get(node.text)
        return variable.type if variable and variable.shape in ("value", "reference") else None
    if node.kind == "cast":
        return node.text if is_type_name(node.text) else None
    if node.kind == "call":
        return _type_of_call(node, variables)
    if node.kind == "index":
        return _type_of_element(node, variables)
    inner = [type_of(child, variables) for child in node.children]
    if node.kind == "member":
        return _type_of_member(node, inner[0])
    if node.kind == "binary":
        return _type_of_binary(node.text, *inner)
    if node.kind == "ternary":
        return _common(inner[1], inner[2]) if is_scalar(inner[0]) else None
    if node.kind in ("unary", "postfix"):
        return inner[0] if node.text not in ("*", "&", "!") else None
    return inner[0] if node.kind in ("paren", "assign") else None


def _type_of_call(node: Node, variables: Mapping[str, Variable]) -> str | None:
    function = math_name(node.text)
    if is_type_name(function):
        return function
    inner = [type_of(child, variables) for child in node.children]
    if function in REDUCTIONS and inner:
        base = vector(inner[0])
        return base[0] if base else inner[0]
    if function not in PURE or function in ("any", "all") or not inner:
        return None
    result = inner[0]
    for other in inner[1:]:
        result = _common(result, other)
    return result


def _type_of_element(node: Node, variables: Mapping[str, Variable]) -> str | None:
    base = node.children[0]
    variable = variables.get(base.text) if base.kind == "name" else None
    if variable and variable.shape in ("pointer", "array"):
        return variable.type
    inner = vector(type_of(base, variables))
    return inner[0] if inner else None


def _type_of_member(node: Node, inner: str | None) -> str | None:
    base, picked = vector(inner), swizzle(node.text)
    if base is None or picked is None or max(picked) >= base[1]:
        return None
    return base[0] if len(picked) == 1 else f"{base[0]}{len(picked)}"


def _type_of_binary(operator: str, left: str | None, right: str | None) -> str | None:
    if operator in ("&&", "||"):
        return "bool"
    if operator in ("==", "!=", "<", ">", "<=", ">="):
        return "bool" if is_scalar(left) and is_scalar(right) else None
    if operator in ("<<", ">>"):
        return left
    return _common(left, right)


def _common(left: str | None, right: str | None) -> str | None:
    """Type of an arithmetic operation; a scalar beside a vector takes the vector's type."""
    if left is None or right is None:
        return None
    if vector(left) or vector(right):
        return (
            left
            if vector(left) and (left == right or is_scalar(right))
            else (right if is_scalar(left) else None)
        )
    if not (is_scalar(left) and is_scalar(right)):
        return None
    wider = max(left, right, key=_RANK.__getitem__)
    return wider if _RANK[wider] > _RANK["int"] else "int"
