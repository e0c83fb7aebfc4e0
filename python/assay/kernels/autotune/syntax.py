"""The parts of a Metal function that mutations look at: expressions, statements, variables."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from assay.msl.structure import Function as Declared

ASSIGNMENTS = frozenset(("=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<=", ">>="))
PRECEDENCE = {
    operator: level
    for level, operators in enumerate(
        ("||", "&&", "|", "^", "&", "== !=", "< > <= >=", "<< >>", "+ -", "* / %"), start=3
    )
    for operator in operators.split()
}
_ASSIGNMENT, _TERNARY, _UNARY, _POSTFIX = 1, 2, 20, 30


@dataclass(frozen=True)
class Node:
    """An expression.

    ``kind`` is name, number, string, member, index, call, cast, unary, postfix, binary, assign,
    ternary, paren or list. ``text`` is the name, the operator, the member or the type of a cast;
    a call's name is in ``text`` and its children are the arguments. ``start`` and ``end`` are
    offsets into the source; nodes that were made, not parsed, have -1.
    """

    kind: str
    text: str
    children: tuple[Node, ...] = ()
    start: int = -1
    end: int = -1

    def walk(self) -> Iterator[Node]:
        """This node and all below it, parents first."""
        yield self
        for child in self.children:
            yield from child.walk()

    def names(self) -> set[str]:
        """Every variable that is mentioned."""
        return {node.text for node in self.walk() if node.kind == "name"}


@dataclass(frozen=True)
class Declarator:
    """One name of a declaration; ``shape`` is value, pointer, reference or array."""

    name: str
    shape: str
    initial: Node | None


@dataclass(frozen=True)
class Declaration:
    """``qualifiers base declarators;``"""

    qualifiers: tuple[str, ...]
    base: str
    declarators: tuple[Declarator, ...]


@dataclass(frozen=True)
class Statement:
    """A statement.

    ``kind`` is block, for, branch (if, while, do, switch), declaration, expression, return, jump
    (break, continue), label, empty, or other (what the parser does not understand). ``parts`` are
    the statements inside it, of a ``for`` always its first clause and its body; ``expressions`` are
    its own expressions, of a ``for`` always its condition and its step. ``first`` and ``last`` are
    indices of code tokens, ``last`` is one past the end.
    """

    kind: str
    first: int
    last: int
    start: int
    end: int
    parts: tuple[Statement, ...] = ()
    expressions: tuple[Node, ...] = ()
    declaration: Declaration | None = None

    def walk(self) -> Iterator[Statement]:
        """This statement and all inside it, parents first."""
        yield self
        for part in self.parts:
            yield from part.walk()

    def nodes(self) -> Iterator[Node]:
        """Every expression node inside this statement."""
        for statement in self.walk():
            for expression in statement.expressions:
                yield from expression.walk()

    @property
    def body(self) -> Statement:
        """What a ``for`` repeats."""
        return self.parts[1]


@dataclass(frozen=True)
class Variable:
    """What is known about a name. ``type`` is None where it is not a built-in type."""

    name: str
    type: str | None
    shape: str
    qualifiers: tuple[str, ...]
    origin: str  # parameter, local or global

    @property
    def is_steady(self) -> bool:
        """Whether only an assignment to its name can change it."""
        in_constant_memory = self.shape == "reference" and "constant" in self.qualifiers
        return self.shape == "value" or in_constant_memory


@dataclass(frozen=True)
class FunctionBody:
    """A function whose body was parsed.

    ``variables`` leaves out names with contradictory declarations. ``escaped`` are the variables
    that something other than a plain assignment may change: their address or a reference is taken,
    or an unknown function may take one.
    """

    declared: Declared
    block: Statement
    variables: dict[str, Variable]
    escaped: frozenset[str] = field(default_factory=frozenset)

    def loops(self) -> list[Statement]:
        """All ``for`` loops, outer ones first."""
        return [statement for statement in self.block.walk() if statement.kind == "for"]


def show(node: Node, context: int = 0) -> str:
    """Source text of an expression with the fewest parentheses that keep its structure."""
    if node.kind == "paren":
        return show(node.children[0], context)
    text, level = _show(node)
    return f"({text})" if level < context else text


def _show(node: Node) -> tuple[str, int]:
    kids, text = node.children, node.text
    if node.kind in ("binary", "assign"):
        return _show_infix(node)
    if node.kind == "ternary":
        first, second = show(kids[1], _TERNARY), show(kids[2], _TERNARY)
        return f"{show(kids[0], _TERNARY + 1)} ? {first} : {second}", _TERNARY
    if node.kind == "unary":
        operand = show(kids[0], _UNARY)
        gap = " " if operand[0] == text[0] else ""
        return f"{text}{gap}{operand}", _UNARY
    if node.kind == "cast":
        return f"({text}){show(kids[0], _UNARY)}", _UNARY
    if node.kind == "postfix":
        return show(kids[0], _POSTFIX) + text, _POSTFIX
    if node.kind == "member":
        return show(kids[0], _POSTFIX) + text, _POSTFIX
    if node.kind == "index":
        return f"{show(kids[0], _POSTFIX)}[{show(kids[1])}]", _POSTFIX
    listed = ", ".join(show(kid, _ASSIGNMENT) for kid in kids)
    if node.kind == "call":
        return f"{text}({listed})", _POSTFIX
    if node.kind == "list":
        return f"{{{listed}}}", _POSTFIX
    return text, _POSTFIX


def _show_infix(node: Node) -> tuple[str, int]:
    left, right = node.children
    if node.kind == "assign":
        return f"{show(left, _UNARY)} {node.text} {show(right, _ASSIGNMENT)}", _ASSIGNMENT
    level = PRECEDENCE[node.text]
    return f"{show(left, level)} {node.text} {show(right, level + 1)}", level


def name(text: str) -> Node:
    """A variable."""
    return Node("name", text)


def number(text: str) -> Node:
    """A literal."""
    return Node("number", text)


def call(function: str, *arguments: Node) -> Node:
    """``function(arguments)``."""
    return Node("call", function, arguments)


def binary(operator: str, left: Node, right: Node) -> Node:
    """``left operator right``."""
    return Node("binary", operator, (left, right))


def bare(node: Node) -> Node:
    """The node without the parentheses around it."""
    while node.kind == "paren":
        node = node.children[0]
    return node


def same(left: Node, right: Node) -> bool:
    """Whether two expressions have the same structure, wherever they stand."""
    return show(left) == show(right)
