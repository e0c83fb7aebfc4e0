"""Sums over a loop in vectors of two or four components, each of which adds up its own share."""

from __future__ import annotations

from collections.abc import Iterator

from assay.kernels.autotune.loops import MAX_SOURCE, CountedLoop, Unrolling, counted_loops
from assay.kernels.autotune.program import Edit, Program, edited, is_pure
from assay.kernels.autotune.rewrite import Rewrite
from assay.kernels.autotune.syntax import FunctionBody, Node, Statement
from assay.kernels.autotune.types import COMPONENTS, type_of

WIDTHS = (2, 4)


def vector_width(program: Program) -> Iterator[Rewrite]:
    """Add up in vectors what a counted loop adds to scalars, and nothing else."""
    for function in program.functions:
        for loop in counted_loops(program, function):
            sums = _sums(function, loop)
            for width in WIDTHS if sums else ():
                text = _Widening(program, loop, width, sums).text()
                if len(program.text) + len(text) > MAX_SOURCE:
                    continue
                names = ", ".join(node.children[0].text for node, _ in sums)
                line = program.tokens[loop.statement.first].line
                label = f"add up {names} of the loop in line {line} in vectors of {width}"
                yield Rewrite(label, (Edit(loop.statement.start, loop.statement.end, text),))


def _sums(function: FunctionBody, loop: CountedLoop) -> list[tuple[Node, str]]:
    """The assignments ``sum += value`` that the loop consists of, each with the type of its sum;
    empty where there is more."""
    body = loop.statement.body
    statements: tuple[Statement, ...] = body.parts if body.kind == "block" else (body,)
    found = []
    for statement in statements:
        if statement.kind != "expression" or not _is_sum(function, statement.expressions[0]):
            return []
        found.append(statement.expressions[0])
    targets = [node.children[0].text for node in found]
    read = set().union(*(node.children[1].names() for node in found)) if found else set()
    if len(set(targets)) < len(targets) or read & set(targets):
        return []
    return [
        (node, str(function.variables[name].type))
        for node, name in zip(found, targets, strict=True)
    ]


def _is_sum(function: FunctionBody, node: Node) -> bool:
    if node.kind != "assign" or node.text not in ("+=", "-="):
        return False
    target, value = node.children
    variable = function.variables.get(target.text) if target.kind == "name" else None
    if variable is None or (variable.shape, variable.origin) != ("value", "local"):
        return False
    if variable.type not in ("float", "half") or target.text in function.escaped:
        return False
    return is_pure(value) and type_of(value, function.variables) == variable.type


class _Widening(Unrolling):
    """Writes the code that replaces one loop."""

    def __init__(
        self, program: Program, loop: CountedLoop, width: int, typed: list[tuple[Node, str]]
    ) -> None:
        super().__init__(program, loop, width, ())
        self.typed = typed

    def declared_sums(self) -> list[str]:
        return [
            f"{kind}{self.factor} {self.vector(node)} = {kind}{self.factor}(0);"
            for node, kind in self.typed
        ]

    def added_sums(self) -> list[str]:
        lines = []
        for node, _ in self.typed:
            vector = self.vector(node)
            parts = " + ".join(f"{vector}.{part}" for part in COMPONENTS[: self.factor])
            lines.append(f"{node.children[0].text} += {parts};")
        return lines

    def rounds(self) -> Iterator[str]:
        for node, kind in self.typed:
            values = ", ".join(self.value(node.children[1], part) for part in range(self.factor))
            yield f"{self.vector(node)} {node.text} {kind}{self.factor}({values});"

    def value(self, node: Node, part: int) -> str:
        """The text of an expression in a round of the loop."""
        offset = f" + {self.literal(part)}" if part else ""
        index = f"({self.counter}{offset})"
        edits = [
            Edit(name.start - node.start, name.end - node.start, index)
            for name in node.walk()
            if name.kind == "name" and name.text == self.loop.variable
        ]
        return edited(self.program.text[node.start : node.end], edits)

    def vector(self, node: Node) -> str:
        return self.program.fresh(f"{node.children[0].text}_vector")
