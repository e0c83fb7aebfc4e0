"""Recursive-descent parser for the statements and expressions of a Metal function.

It understands what kernels are mostly made of. A statement beyond it becomes one of kind ``other``,
which mutations leave alone.
"""

from __future__ import annotations

from assay.kernels.autotune.syntax import (
    ASSIGNMENTS,
    PRECEDENCE,
    Declaration,
    Declarator,
    Node,
    Statement,
)
from assay.kernels.autotune.types import QUALIFIERS, is_type_name
from assay.msl.tokens import Token

_UNARY_OPERATORS = frozenset(("+", "-", "!", "~", "*", "&", "++", "--"))
_TEMPLATE_FUNCTIONS = frozenset(("as_type", "static_cast", "reinterpret_cast"))


class NotUnderstood(Exception):
    """The tokens are not of a form that this parser knows."""


class Parser:
    """Reads code tokens; ``partner`` maps each bracket's index to its partner's."""

    def __init__(self, tokens: list[Token], partner: dict[int, int]) -> None:
        self.tokens = tokens
        self.partner = partner
        self.index = 0

    def text(self, ahead: int = 0) -> str:
        """Text of a token from here on; empty behind the last one."""
        index = self.index + ahead
        return self.tokens[index].text if index < len(self.tokens) else ""

    def kind(self, ahead: int = 0) -> str:
        """Kind of a token from here on."""
        index = self.index + ahead
        return self.tokens[index].kind if index < len(self.tokens) else ""

    def take(self, wanted: str) -> None:
        """Step over a token that has to be there."""
        if self.text() != wanted:
            raise NotUnderstood(f"expected {wanted!r}")
        self.index += 1

    def count_until(self, wanted: str) -> int:
        """Number of tokens in front of the next one with this text, which ends no statement."""
        count = 0
        while self.text(count) != wanted:
            if self.text(count) in ("", ";", "{", "}"):
                raise NotUnderstood(f"expected {wanted!r}")
            count += 1
        return count

    def start(self) -> int:
        """Offset of the next token."""
        return self.tokens[self.index].offset

    def end(self) -> int:
        """Offset behind the token that was read last."""
        token = self.tokens[self.index - 1]
        return token.offset + len(token.text)


class ExpressionParser(Parser):
    """Precedence climbing."""

    def expression(self) -> Node:
        """An assignment or anything that binds tighter; no comma operator."""
        left = self.ternary()
        operator = self.text()
        if operator not in ASSIGNMENTS:
            return left
        self.index += 1
        right = self.expression()
        return Node("assign", operator, (left, right), left.start, right.end)

    def ternary(self) -> Node:
        condition = self.binary(0)
        if self.text() != "?":
            return condition
        self.index += 1
        first = self.expression()
        self.take(":")
        second = self.expression()
        return Node("ternary", "?", (condition, first, second), condition.start, second.end)

    def operator(self) -> str:
        """The binary operator that comes next; ``>>`` arrives as two tokens."""
        text = self.text()
        if text == ">" and self.text(1) == ">":
            here, there = self.tokens[self.index], self.tokens[self.index + 1]
            if there.offset == here.offset + 1:
                return ">>"
        return text

    def binary(self, lowest: int) -> Node:
        left = self.unary()
        while True:
            operator = self.operator()
            level = PRECEDENCE.get(operator, -1)
            if level < max(lowest, 0) or level < 0:
                return left
            self.index += 2 if operator == ">>" else 1
            right = self.binary(level + 1)
            left = Node("binary", operator, (left, right), left.start, right.end)

    def unary(self) -> Node:
        start, operator = self.start(), self.text()
        if operator in _UNARY_OPERATORS and self.kind() == "punctuation":
            self.index += 1
            operand = self.unary()
            return Node("unary", operator, (operand,), start, operand.end)
        if operator == "(" and self.is_cast():
            close = self.partner[self.index]
            type_text = " ".join(token.text for token in self.tokens[self.index + 1 : close])
            self.index = close + 1
            operand = self.unary()
            return Node("cast", type_text, (operand,), start, operand.end)
        return self.postfix(self.primary())

    def is_cast(self) -> bool:
        inner = self.tokens[self.index + 1 : self.partner[self.index]]
        named = [t.text for t in inner if t.kind == "identifier" and t.text not in QUALIFIERS]
        plain = all(t.kind == "identifier" or t.text in ("*", "&") for t in inner)
        return plain and len(named) == 1 and is_type_name(named[0])

    def primary(self) -> Node:
        start, text, kind = self.start(), self.text(), self.kind()
        if kind in ("number", "string"):
            self.index += 1
            return Node(kind, text, (), start, self.end())
        if text in ("(", "{"):
            close = self.partner[self.index]
            self.index += 1
            inner = (self.expression(),) if text == "(" else self.listed(close)
            if self.index != close:
                raise NotUnderstood("comma operator")
            self.index += 1
            return Node("paren" if text == "(" else "list", "", inner, start, self.end())
        if kind != "identifier" or text == "sizeof":
            raise NotUnderstood(f"unexpected {text!r}")
        return Node("name", self.qualified_name(), (), start, self.end())

    def qualified_name(self) -> str:
        text = self.text()
        self.index += 1
        while self.text() == "::":
            text += "::" + self.text(1)
            self.index += 2
        if text in _TEMPLATE_FUNCTIONS and self.text() == "<":
            for _ in range(self.count_until(">") + 1):
                text += self.text()
                self.index += 1
        return text

    def listed(self, close: int) -> tuple[Node, ...]:
        """Expressions separated by commas up to a closing bracket."""
        items: list[Node] = []
        while self.index < close:
            items.append(self.expression())
            if self.index < close:
                self.take(",")
        return tuple(items)

    def postfix(self, node: Node) -> Node:
        while True:
            text = self.text()
            if text == "(" and node.kind == "name":
                close = self.partner[self.index]
                self.index += 1
                arguments = self.listed(close)
                self.index = close + 1
                node = Node("call", node.text, arguments, node.start, self.end())
            elif text == "[":
                close = self.partner[self.index]
                self.index += 1
                node_index = self.expression()
                if self.index != close:
                    raise NotUnderstood("subscript")
                self.index += 1
                node = Node("index", "", (node, node_index), node.start, self.end())
            elif text in (".", "->") and self.kind(1) == "identifier":
                member = text + self.text(1)
                self.index += 2
                node = Node("member", member, (node,), node.start, self.end())
            elif text in ("++", "--"):
                self.index += 1
                node = Node("postfix", text, (node,), node.start, self.end())
            elif text in ("(", "{", "::"):
                raise NotUnderstood(f"unexpected {text!r}")
            else:
                return node


class StatementParser(ExpressionParser):
    """Statements; never fails inside matched braces."""

    def block(self, opening: int) -> Statement:
        """The block whose brace is at ``opening``; stands behind it afterwards."""
        close = self.partner[opening]
        self.index = opening + 1
        parts: list[Statement] = []
        while self.index < close:
            parts.append(self.statement())
        self.index = close + 1
        return self.made("block", opening, tuple(parts))

    def made(
        self,
        kind: str,
        first: int,
        parts: tuple[Statement, ...] = (),
        expressions: tuple[Node, ...] = (),
        declaration: Declaration | None = None,
    ) -> Statement:
        """A statement from token ``first`` to here."""
        start = self.tokens[first].offset
        return Statement(
            kind, first, self.index, start, self.end(), parts, expressions, declaration
        )

    def statement(self) -> Statement:
        """The next statement, of kind ``other`` where it is not understood."""
        first = self.index
        if self.text() == "{":
            return self.block(first)
        try:
            return self.known_statement(first)
        except NotUnderstood:
            self.index = first
            self.skip_statement()
            return self.made("other", first)

    def skip_statement(self) -> None:
        """Step behind the next ``;`` or block, or in front of an enclosing brace's end."""
        while self.index < len(self.tokens):
            text = self.text()
            if text == "}":
                return
            if text in ("(", "[", "{"):
                self.index = self.partner[self.index] + 1
                if text == "{":
                    return
                continue
            self.index += 1
            if text == ";":
                return

    def known_statement(self, first: int) -> Statement:
        keyword = self.text()
        if keyword == "for":
            return self.for_loop(first)
        if keyword in ("if", "while", "switch"):
            return self.branch(first)
        if keyword == "do":
            return self.do_loop(first)
        if keyword in ("case", "default"):
            self.index += 1 + self.count_until(":")
            return self.made("label", first)
        if keyword in ("break", "continue"):
            self.index += 1
            self.take(";")
            return self.made("jump", first)
        if keyword == "return":
            return self.returned(first)
        if keyword == ";":
            return self.empty(first)
        return self.simple(first)

    def for_loop(self, first: int) -> Statement:
        self.index += 1
        close = self.partner[self.index]
        self.index += 1
        initial = self.simple(self.index) if self.text() != ";" else self.empty(self.index)
        condition = self.expression()
        self.take(";")
        step = self.expression()
        if self.index != close:
            raise NotUnderstood("for")
        self.index += 1
        return self.made("for", first, (initial, self.statement()), (condition, step))

    def branch(self, first: int) -> Statement:
        self.index += 1
        if self.text() == "constexpr":
            self.index += 1
        close = self.partner.get(self.index, -1)
        self.take("(")
        condition = self.expression()
        if self.index != close:
            raise NotUnderstood("condition")
        self.index += 1
        parts = [self.statement()]
        if self.text() == "else":
            self.index += 1
            parts.append(self.statement())
        return self.made("branch", first, tuple(parts), (condition,))

    def do_loop(self, first: int) -> Statement:
        self.index += 1
        body = self.statement()
        self.take("while")
        self.take("(")
        condition = self.expression()
        self.take(")")
        self.take(";")
        return self.made("branch", first, (body,), (condition,))

    def empty(self, first: int) -> Statement:
        self.take(";")
        return self.made("empty", first)

    def returned(self, first: int) -> Statement:
        self.index += 1
        value = () if self.text() == ";" else (self.expression(),)
        self.take(";")
        return self.made("return", first, (), value)

    def simple(self, first: int) -> Statement:
        """A declaration or an expression, up to its semicolon."""
        if self.starts_declaration():
            declaration = self.declaration()
            values = tuple(d.initial for d in declaration.declarators if d.initial)
            return self.made("declaration", first, (), values, declaration)
        expression = self.expression()
        self.take(";")
        return self.made("expression", first, (), (expression,))

    def starts_declaration(self) -> bool:
        text = self.text()
        if text in QUALIFIERS or (is_type_name(text) and self.text(1) not in ("(", "{")):
            return True
        return self.kind() == "identifier" and self.kind(1) == "identifier"

    def declaration(self) -> Declaration:
        """``qualifiers base declarators ;`` — also at program scope."""
        qualifiers: list[str] = []
        base = ""
        while self.kind() == "identifier" and (self.text() in QUALIFIERS or not base):
            if self.text() in QUALIFIERS:
                qualifiers.append(self.text())
                self.index += 1
            else:
                base = self.qualified_name().removeprefix("metal::")
        declarators = [self.declarator()]
        while self.text() == ",":
            self.index += 1
            declarators.append(self.declarator())
        self.take(";")
        return Declaration(tuple(qualifiers), base, tuple(declarators))

    def declarator(self) -> Declarator:
        shape = {"*": "pointer", "&": "reference"}.get(self.text(), "value")
        self.index += shape != "value"
        while self.text() in QUALIFIERS:
            self.index += 1
        if self.kind() != "identifier":
            raise NotUnderstood("declarator")
        name = self.text()
        self.index += 1
        while self.text() == "[":
            shape = "array"
            self.index = self.partner[self.index] + 1
        return Declarator(name, shape, self.initial())

    def initial(self) -> Node | None:
        if self.text() == "=":
            self.index += 1
            return self.expression()
        if self.text() not in ("(", "{"):
            return None
        close = self.partner[self.index]
        start, braced = self.start(), self.text() == "{"
        self.index += 1
        values = self.listed(close)
        self.index = close + 1
        if len(values) == 1 and not braced:
            return values[0]
        return Node("list", "", values, start, self.end())
