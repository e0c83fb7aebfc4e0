"""Expressions over vectors as expressions over their components."""

from __future__ import annotations

from collections.abc import Callable

from assay.kernels.autotune.program import Program, is_pure, lvalue_names
from assay.kernels.autotune.syntax import (
    FunctionBody,
    Node,
    Variable,
    bare,
    binary,
    call,
    name,
    number,
    show,
)
from assay.kernels.autotune.types import (
    COMPONENTS,
    ELEMENTWISE,
    REDUCTIONS,
    is_floating,
    is_scalar,
    is_type_name,
    literal_type,
    math_name,
    swizzle,
    type_of,
    vector,
)

_ARITHMETIC = frozenset("+-*/%")


class NotScalar(Exception):
    """A form that has no rewriting by components here."""


class Components:
    """Rewrites expressions of one function, in which the chosen variables become scalars.

    ``temporaries`` collects the declarations that have to stand in front of the statement,
    ``lanes`` the pointer parameters that are read as pointers to scalars, with their new names.
    """

    def __init__(self, program: Program, function: FunctionBody, chosen: set[str]) -> None:
        self.program = program
        self.variables = function.variables
        self.chosen = chosen
        self.reseated = _reseated(function)
        self.lanes: dict[str, str] = {}
        self.temporaries: list[str] = []
        self.common = 0
        self.may_precompute = False
        self.parts = {
            (variable, index): program.fresh(f"{variable}_{COMPONENTS[index]}")
            for variable in sorted(chosen)
            for index in range(self.width(variable))
        }

    def width(self, variable: str) -> int:
        """Number of components of a chosen variable."""
        known = vector(self.variables[variable].type)
        assert known is not None
        return known[1]

    def mentions(self, node: Node) -> bool:
        """Whether a chosen variable occurs in an expression."""
        return not self.chosen.isdisjoint(node.names())

    def lane_pointers(self) -> list[str]:
        """Declarations of the pointers to scalars."""
        return [self._lane_pointer(pointer) for pointer in self.lanes]

    def taken_temporaries(self) -> list[str]:
        """The declarations collected since the last call."""
        lines, self.temporaries = self.temporaries, []
        return lines

    def store(self, node: Node) -> Node:
        """An assignment to something that stays as it is."""
        target, value = node.children
        if self.chosen & set(lvalue_names(target)):
            return Node("assign", node.text, (self._part_of(target), self.value(value)))
        left = target if bare(target).kind == "name" else self._below(target)
        return Node("assign", node.text, (left, self.value(value)))

    def _part_of(self, target: Node) -> Node:
        """The scalar variable that one component of a vector variable has become."""
        inner = bare(target)
        if inner.kind not in ("member", "index") or bare(inner.children[0]).kind != "name":
            raise NotScalar
        return self._named(bare(inner.children[0]), self._picked(inner))

    def value(self, node: Node) -> Node:
        """The same value, in terms of the scalar variables."""
        if not self.mentions(node):
            return node
        known = type_of(node, self.variables)
        if vector(known) and is_pure(node):
            return self._assembled(node, vector(known))
        if is_scalar(known):
            return self._scalar(node)
        return self._below(node)

    def _assembled(self, node: Node, known: tuple[str, int] | None) -> Node:
        assert known is not None
        parts = (self.component(node, index) for index in range(known[1]))
        return call(f"{known[0]}{known[1]}", *parts)

    def _scalar(self, node: Node) -> Node:
        if node.kind in ("member", "index"):
            base = node.children[0]
            if vector(type_of(base, self.variables)):
                return self.component(base, self._picked(node))
        function = math_name(node.text)
        if node.kind == "call" and function in REDUCTIONS:
            return self._reduction(function, node.children)
        return self._below(node)

    def _picked(self, node: Node) -> int:
        """Which component a member or a constant subscript selects."""
        if node.kind == "member":
            selected = swizzle(node.text)
            if selected and len(selected) == 1:
                return selected[0]
        elif literal_type(show(node.children[1])) in ("int", "uint"):
            return int(show(node.children[1]).rstrip("uU"), 0)
        raise NotScalar

    def _below(self, node: Node) -> Node:
        """The node with its operands rewritten; nothing may write to or through a variable."""
        if node.kind == "name" and node.text in self.chosen:
            raise NotScalar
        writes = node.kind in ("assign", "postfix") or node.text in ("++", "--", "&")
        if writes and self.mentions(node.children[0]):
            raise NotScalar
        before = self.may_precompute
        # What may not be evaluated at all must not move in front of the statement.
        self.may_precompute = before and node.kind != "ternary" and node.text not in ("&&", "||")
        children = tuple(map(self.value, node.children))
        self.may_precompute = before
        return Node(node.kind, node.text, children)

    def _reduction(self, function: str, arguments: tuple[Node, ...]) -> Node:
        known = vector(type_of(arguments[0], self.variables))
        if known is None:
            raise NotScalar
        squares = [self._term(function, arguments, index) for index in range(known[1])]
        total = squares[0]
        for square in squares[1:]:
            total = binary("+", total, square)
        return call("sqrt", total) if function in ("length", "distance") else total

    def _term(self, function: str, arguments: tuple[Node, ...], index: int) -> Node:
        """One summand of a dot product or a squared length."""
        parts = [self.component(argument, index) for argument in arguments]
        if function == "dot":
            return binary("*", *parts)
        value = binary("-", *parts) if function.startswith("distance") else parts[0]
        return binary("*", value, value)

    def component(self, node: Node, index: int) -> Node:
        """Component ``index`` of a vector; a scalar is every component."""
        if not is_pure(node):
            raise NotScalar
        known = type_of(node, self.variables)
        if is_scalar(known):
            return self._precomputed(node)
        base = vector(known)
        if base is None or index >= base[1]:
            raise NotScalar
        rules: dict[str, Callable[[Node, int], Node]] = {
            "name": self._named,
            "paren": self._within,
            "member": self._swizzled,
            "index": self._loaded,
            "binary": self._operated,
            "unary": self._operated,
            "ternary": self._chosen_by,
            "call": self._called,
        }
        if node.kind not in rules:
            raise NotScalar
        return rules[node.kind](node, index)

    def _precomputed(self, node: Node) -> Node:
        """A scalar that every component needs: into a constant, where that takes work."""
        value = self.value(node)
        simple = all(part.kind in ("name", "number", "member", "paren") for part in value.walk())
        if simple or not self.may_precompute:
            return value
        text = show(value)
        for line in self.temporaries:
            if line.partition(" = ")[2] == f"{text};":
                return name(line.partition(" = ")[0].split()[-1])
        self.common += 1
        fresh = self.program.fresh(f"common{self.common}")
        kind = type_of(node, self.variables)
        self.temporaries.append(f"const {kind} {fresh} = {text};")
        return name(fresh)

    def _named(self, node: Node, index: int) -> Node:
        if node.text in self.chosen:
            return name(self.parts[node.text, index])
        return Node("member", f".{COMPONENTS[index]}", (node,))

    def _within(self, node: Node, index: int) -> Node:
        return self.component(node.children[0], index)

    def _swizzled(self, node: Node, index: int) -> Node:
        selected = swizzle(node.text)
        if selected is None:
            raise NotScalar
        return self.component(node.children[0], selected[index])

    def _loaded(self, node: Node, index: int) -> Node:
        """A component in memory, read through a pointer to scalars where there can be one."""
        pointer, position = bare(node.children[0]), self.value(node.children[1])
        variable = self.variables.get(pointer.text)
        if variable is None or not self._is_buffer(variable):
            element = Node("index", "", (pointer, position))
            return Node("member", f".{COMPONENTS[index]}", (element,))
        known = vector(variable.type)
        assert known is not None
        stride = 2 if known[1] == 2 else 4  # three components take the room of four
        if variable.name not in self.lanes:
            self.lanes[variable.name] = self.program.fresh(f"{variable.name}_lanes")
        offset = binary("*", number(str(stride)), position)
        if index:
            offset = binary("+", offset, number(str(index)))
        return Node("index", "", (name(self.lanes[variable.name]), offset))

    def _is_buffer(self, variable: Variable) -> bool:
        """Whether a variable is a pointer parameter that always points where it did at first."""
        plain = variable.shape == "pointer" and variable.origin == "parameter"
        spaces = {"device", "constant"} & set(variable.qualifiers)
        fixed = "volatile" not in variable.qualifiers and variable.name not in self.reseated
        return plain and bool(spaces) and fixed

    def _lane_pointer(self, pointer: str) -> str:
        variable = self.variables[pointer]
        known = vector(variable.type)
        assert known is not None
        space = "constant" if "constant" in variable.qualifiers else "device"
        constant = " const" if "const" in variable.qualifiers else ""
        kind = f"{space}{constant} {known[0]}*"
        return f"{kind} {self.lanes[pointer]} = ({kind}){pointer};"

    def _operated(self, node: Node, index: int) -> Node:
        if node.text not in _ARITHMETIC:
            raise NotScalar
        types = [type_of(child, self.variables) for child in node.children]
        whole = not is_floating(type_of(node, self.variables))
        if whole and any(map(is_floating, types)):
            raise NotScalar  # the vector's type prevails, for components the scalar's would
        operands = tuple(self.component(child, index) for child in node.children)
        return Node(node.kind, node.text, operands)

    def _chosen_by(self, node: Node, index: int) -> Node:
        before, self.may_precompute = self.may_precompute, False
        condition, first, second = node.children
        parts = (self.value(condition), self.component(first, index), self.component(second, index))
        self.may_precompute = before
        return Node("ternary", "?", parts)

    def _called(self, node: Node, index: int) -> Node:
        function = math_name(node.text)
        if is_type_name(function):
            return self._constructed(node, index)
        if function in ELEMENTWISE:
            return call(node.text, *(self.component(child, index) for child in node.children))
        if function == "normalize":
            argument = node.children[0]
            length = call("rsqrt", self._reduction("dot", (argument, argument)))
            return binary("*", self.component(argument, index), length)
        if function == "cross":
            one, two = (index + 1) % 3, (index + 2) % 3
            left, right = node.children
            return binary(
                "-",
                binary("*", self.component(left, one), self.component(right, two)),
                binary("*", self.component(left, two), self.component(right, one)),
            )
        raise NotScalar

    def _constructed(self, node: Node, index: int) -> Node:
        target = vector(math_name(node.text))
        assert target is not None
        if len(node.children) == 1 and is_scalar(type_of(node.children[0], self.variables)):
            value = self._precomputed(node.children[0])
            return self._converted(value, node.children[0], target[0])
        for child in node.children:
            known = type_of(child, self.variables)
            width = 1 if is_scalar(known) else (vector(known) or ("", 0))[1]
            if width == 0:
                raise NotScalar
            if index < width:
                value = self.component(child, index) if vector(known) else self.value(child)
                return self._converted(value, child, target[0])
            index -= width
        raise NotScalar

    def _converted(self, value: Node, argument: Node, kind: str) -> Node:
        """Component ``value`` of a constructor's argument as the constructor's component type."""
        known = type_of(argument, self.variables)
        base = vector(known)
        return value if (base[0] if base else known) == kind else call(kind, value)


def _reseated(function: FunctionBody) -> set[str]:
    """Names that an assignment changes as a whole, as it does a pointer that is moved."""
    moved = set(function.escaped)
    for node in function.block.nodes():
        if node.kind == "assign" or node.text in ("++", "--"):
            target = bare(node.children[0])
            if target.kind == "name":
                moved.add(target.text)
    return moved
