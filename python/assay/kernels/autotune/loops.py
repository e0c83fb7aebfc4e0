"""Mutations of counted loops: bounded unrolling, with one accumulator or several."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from assay.kernels.autotune.program import Edit, Program, assigned, edited
from assay.kernels.autotune.rewrite import Rewrite
from assay.kernels.autotune.syntax import FunctionBody, Node, Statement, bare, show
from assay.kernels.autotune.types import is_floating, literal_type, type_of

FACTORS = (2, 4, 8)
MAX_SOURCE = 32_768  # characters; unrolling again and again must end somewhere
_NOT_REPEATABLE = frozenset(("break", "continue", "return", "goto", "case", "default"))


@dataclass(frozen=True)
class CountedLoop:
    """``for (type variable = start; variable < bound; ++variable) body`` with a body that can be
    repeated: nothing leaves it, and nothing in it changes the variable or the bound."""

    statement: Statement
    type: str
    variable: str
    start: Node
    bound: Node


def counted(program: Program, function: FunctionBody, loop: Statement) -> CountedLoop | None:
    """The loop as a counted one, or None."""
    declaration = loop.parts[0].declaration
    if declaration is None or len(declaration.declarators) != 1:
        return None
    declarator = declaration.declarators[0]
    condition, step = loop.expressions
    if declarator.initial is None or (condition.kind, condition.text) != ("binary", "<"):
        return None
    left, bound = condition.children
    if bare(left).text != declarator.name or not _is_step(step, declarator.name):
        return None
    found = CountedLoop(loop, declaration.base, declarator.name, declarator.initial, bound)
    fixed = all(_is_fixed(node, function, loop) for node in (found.start, bound))
    if not fixed or not _cannot_overflow(found, function):
        return None
    if declarator.name in function.escaped:
        return None
    return found if _is_repeatable(program, loop, declarator.name) else None


def _cannot_overflow(loop: CountedLoop, function: FunctionBody) -> bool:
    """Whether ``bound - start`` and the comparison mean the same outside of the loop."""
    if literal_type(show(loop.bound)) is None:
        bound_type = type_of(loop.bound, function.variables)
        if loop.type == "uint" and bound_type != "uint":
            return False  # a negative bound would mean a very large one
    return loop.type == "uint" or (
        loop.type == "int" and literal_type(bare(loop.start).text) is not None
    )


def _is_step(step: Node, variable: str) -> bool:
    if bare(step.children[0] if step.children else step).text != variable:
        return False
    if step.kind in ("postfix", "unary"):
        return step.text == "++"
    return step.kind == "assign" and step.text == "+=" and show(step.children[1]) in ("1", "1u")


def _is_fixed(node: Node, function: FunctionBody, loop: Statement) -> bool:
    """Whether an expression of integers has the same value all through the loop."""
    changed = assigned(loop) | function.escaped
    for part in node.walk():
        if part.kind == "name":
            variable = function.variables.get(part.text)
            if variable is None or part.text in changed or not variable.is_steady:
                return False
        elif part.kind not in ("number", "binary", "paren", "member"):
            return False
    return type_of(node, function.variables) in ("uint", "int")


def _is_repeatable(program: Program, loop: Statement, variable: str) -> bool:
    before = program.text[: loop.start].rstrip().rpartition("\n")[2].lstrip()
    if before.startswith("#"):  # an unroll pragma belongs to the loop that follows it
        return False
    if variable in assigned(loop.body) or _declares_static(loop.body):
        return False
    if loop.body.kind in ("declaration", "other"):
        return False
    mentions = set(program.mentions(loop.body))
    # Lanes that leave the unrolled loop at different times would no longer meet.
    meets = any("barrier" in name or name.startswith(("simd_", "quad_")) for name in mentions)
    return not meets and not _NOT_REPEATABLE & mentions


def _declares_static(body: Statement) -> bool:
    return any(s.declaration and "threadgroup" in s.declaration.qualifiers for s in body.walk())


def unroll(program: Program) -> Iterator[Rewrite]:
    """Repeat the body of a counted loop 2, 4 or 8 times, with a loop for the rest."""
    for function in program.functions:
        for loop in counted_loops(program, function):
            for factor in FACTORS:
                yield from _unrolled(program, loop, factor, ())


def unroll_accumulators(program: Program) -> Iterator[Rewrite]:
    """Unroll, and let each copy add to accumulators of its own."""
    for function in program.functions:
        for loop in counted_loops(program, function):
            sums = _accumulators(program, function, loop.statement.body)
            if sums:
                for factor in FACTORS[:2]:
                    yield from _unrolled(program, loop, factor, sums)


def counted_loops(program: Program, function: FunctionBody) -> Iterator[CountedLoop]:
    """The counted loops of a function, outer ones first."""
    for statement in function.loops():
        loop = counted(program, function, statement)
        if loop:
            yield loop


def _accumulators(
    program: Program, function: FunctionBody, body: Statement
) -> tuple[tuple[str, str], ...]:
    """Names and types of outer floating-point variables that the body only adds to."""
    mentions = program.mentions(body)
    adds: dict[str, int] = {}
    for statement in body.walk():
        for node in statement.expressions if statement.kind == "expression" else ():
            target = node.children[0] if node.kind == "assign" else None
            if target and node.text in ("+=", "-=") and target.kind == "name":
                adds[target.text] = adds.get(target.text, 0) + 1
    found = []
    for name, times in adds.items():
        variable = function.variables.get(name)
        if variable is None or variable.shape != "value" or variable.origin != "local":
            continue
        only_added = mentions.count(name) == times and name not in function.escaped
        if only_added and is_floating(variable.type):
            found.append((name, str(variable.type)))
    return tuple(found)


def _unrolled(
    program: Program, loop: CountedLoop, factor: int, sums: tuple[tuple[str, str], ...]
) -> Iterator[Rewrite]:
    text = Unrolling(program, loop, factor, sums).text()
    if len(program.text) + len(text) > MAX_SOURCE:
        return
    line = program.tokens[loop.statement.first].line
    label = f"unroll the loop over {loop.variable} in line {line} by {factor}"
    if sums:
        label += f", each copy with its own {', '.join(name for name, _ in sums)}"
    yield Rewrite(label, (Edit(loop.statement.start, loop.statement.end, text),))


class Unrolling:
    """Writes the code that replaces one loop.

    Args:
        factor: Rounds of the loop that one round of the new loop does.
        sums: Names and types of the variables of which each copy gets its own.
    """

    def __init__(
        self, program: Program, loop: CountedLoop, factor: int, sums: tuple[tuple[str, str], ...]
    ) -> None:
        self.program = program
        self.loop = loop
        self.factor = factor
        self.sums = sums
        self.counter = program.fresh(f"{loop.variable}_base")
        self.stop = program.fresh(f"{loop.variable}_stop")

    def text(self) -> str:
        pad = self.program.indent(self.loop.statement.start)
        lines = ["{", *(f"    {line}" for line in self.lines()), "}"]
        return f"\n{pad}".join(lines)

    def lines(self) -> list[str]:
        kind, counter, stop = self.loop.type, self.counter, self.stop
        bound, width = show(self.loop.bound, 20), self.literal(self.factor)
        return [
            f"{kind} {counter} = {show(self.loop.start)};",
            f"const {kind} {stop} = {self.stop_value(bound, width)};",
            *self.declared_sums(),
            f"for (; {counter} < {stop}; {counter} += {width}) {{",
            *(f"    {line}" for line in self.rounds()),
            "}",
            f"for (; {counter} < {bound}; ++{counter}) {{",
            *self.copy(0)[1:],
            *self.added_sums(),
        ]

    def rounds(self) -> Iterator[str]:
        """What one round of the new loop does."""
        for index in range(self.factor):
            yield from self.copy(index)

    def stop_value(self, bound: str, width: str) -> str:
        """Where the unrolled loop ends: a whole number of copies from the start."""
        start = show(self.loop.start, 20)
        if start.rstrip("u") == "0":
            return f"{bound} / {width} * {width}"
        return f"{bound} > {start} ? {start} + ({bound} - {start}) / {width} * {width} : {start}"

    def literal(self, value: int) -> str:
        return f"{value}u" if self.loop.type == "uint" else str(value)

    def copy(self, index: int) -> list[str]:
        """The loop's body behind a constant that takes the loop variable's name."""
        offset = f" + {self.literal(index)}" if index else ""
        value = f"const {self.loop.type} {self.loop.variable} = {self.counter}{offset};"
        pad = self.program.indent(self.loop.statement.start)
        first, *others = (line.removeprefix(pad) for line in self.body(index).split("\n"))
        if self.loop.statement.body.kind != "block":
            return ["{", f"    {value}", f"    {first}", *(f"    {line}" for line in others), "}"]
        return ["{", f"    {value}{first[1:]}", *others]

    def body(self, index: int) -> str:
        """The body's text, in which copies but the first add to sums of their own."""
        body = self.loop.statement.body
        own = {name: self.sum_name(name, index) for name, _ in self.sums} if index else {}
        edits = [
            Edit(at := token.offset - body.start, at + len(token.text), own[token.text])
            for token in self.program.tokens[body.first : body.last]
            if token.text in own
        ]
        return edited(self.program.source(body), edits)

    def sum_name(self, name: str, index: int) -> str:
        return self.program.fresh(f"{name}_part{index}")

    def declared_sums(self) -> list[str]:
        return [
            f"{kind} {self.sum_name(name, index)} = {kind}(0);"
            for name, kind in self.sums
            for index in range(1, self.factor)
        ]

    def added_sums(self) -> list[str]:
        lines = []
        for name, _ in self.sums:
            parts = (self.sum_name(name, index) for index in range(1, self.factor))
            lines.append(f"{name} += {' + '.join(parts)};")
        return lines
