"""Mutations that compute something once instead of in every round of a loop."""

from __future__ import annotations

from collections.abc import Iterator

from assay.kernels.autotune.program import Edit, Program, assigned, is_pure
from assay.kernels.autotune.rewrite import Rewrite
from assay.kernels.autotune.syntax import FunctionBody, Node, Statement, Variable, show
from assay.kernels.autotune.types import is_floating, is_scalar, type_of


def local_constants(program: Program) -> Iterator[Rewrite]:
    """Copy scalar ``constant`` arguments into local constants: each of them, or all at once."""
    for function in program.functions:
        names = [v.name for v in function.variables.values() if _is_constant_argument(v)]
        copied = [name for name in names if _is_used(function, name)]
        groups: list[tuple[str, ...]] = [(name,) for name in copied]
        if len(copied) > 1:
            groups.append(tuple(copied))
        for group in groups:
            label = f"copy {', '.join(group)} of {function.declared.name} into local constants"
            yield Rewrite(label, tuple(_copies(program, function, group)))


def _is_constant_argument(variable: Variable) -> bool:
    is_constant = variable.shape == "reference" and "constant" in variable.qualifiers
    return variable.origin == "parameter" and is_constant and is_scalar(variable.type)


def _is_used(function: FunctionBody, name: str) -> bool:
    """Whether an argument is used for more than being copied."""
    return any(
        name in expression.names() and not _is_copy(statement, expression)
        for statement in function.block.walk()
        for expression in statement.expressions
    )


def _is_copy(statement: Statement, expression: Node) -> bool:
    return statement.kind == "declaration" and expression.kind == "name"


def _copies(program: Program, function: FunctionBody, group: tuple[str, ...]) -> Iterator[Edit]:
    local = {name: program.fresh(f"{name}_value") for name in group}
    lines = "".join(
        f"\n    const {function.variables[name].type} {local[name]} = {name};" for name in group
    )
    opening = program.tokens[function.block.first].offset + 1
    yield Edit(opening, opening, lines)
    for token in program.occurrences(function.block):
        if token.text in local:
            yield Edit(token.offset, token.offset + len(token.text), local[token.text])


def invariants(program: Program) -> Iterator[Rewrite]:
    """Compute an expression that is the same in every round before the loop."""
    for function in program.functions:
        for block in function.block.walk():
            for loop in block.parts if block.kind == "block" else ():
                if loop.kind == "for":
                    yield from _hoisted(program, function, loop)


def _hoisted(program: Program, function: FunctionBody, loop: Statement) -> Iterator[Rewrite]:
    found: dict[str, list[Node]] = {}
    changed = assigned(loop) | function.escaped
    for statement in loop.body.walk():
        for expression in statement.expressions:
            for node in _largest(function, expression, changed):
                found.setdefault(show(node), []).append(node)
    for text, nodes in found.items():
        kind = type_of(nodes[0], function.variables)
        name = program.fresh("invariant")
        pad = program.indent(loop.start)
        edits = [Edit(loop.start, loop.start, f"const {kind} {name} = {text};\n{pad}")]
        edits += [Edit(node.start, node.end, name) for node in nodes]
        line = program.tokens[loop.first].line
        yield Rewrite(f"compute {text} before the loop in line {line}", tuple(edits))


def _largest(function: FunctionBody, node: Node, changed: set[str]) -> Iterator[Node]:
    """The largest expressions below a node that are fixed and take work."""
    if node.kind in ("binary", "call") and _is_invariant(function, node, changed):
        yield node
        return
    for child in node.children:
        yield from _largest(function, child, changed)


def _is_invariant(function: FunctionBody, node: Node, changed: set[str]) -> bool:
    # Only floating-point arithmetic may run where the loop does not: it cannot trap.
    if not is_floating(type_of(node, function.variables)) or not is_pure(node):
        return False
    names = node.names()
    if not names or names & changed or any(part.kind == "index" for part in node.walk()):
        return False
    known = [function.variables.get(name) for name in names]
    return all(variable is not None and variable.is_steady for variable in known)
