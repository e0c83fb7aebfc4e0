"""Rewriting vector variables as scalar ones.

Loops over vectors stop a compiler's loop vectoriser; the same loops over scalars do not.
"""

from __future__ import annotations

from collections.abc import Iterator

from assay.kernels.autotune.components import Components, NotScalar
from assay.kernels.autotune.program import Edit, Program, assigned
from assay.kernels.autotune.rewrite import Rewrite
from assay.kernels.autotune.syntax import (
    Declaration,
    Declarator,
    FunctionBody,
    Node,
    Statement,
    bare,
    show,
)
from assay.kernels.autotune.types import is_scalar, swizzle, type_of, vector

# Components of smaller integer types would be computed as int, and not wrap around.
_COMPONENT_TYPES = frozenset(("float", "half", "int", "uint"))


def scalarise(program: Program) -> Iterator[Rewrite]:
    """Replace the vector variables of a function, or of one of its loops, by scalar ones."""
    for function in program.functions:
        everything = _eligible(function)
        done: list[set[str]] = []
        for scope in (function.block, *function.loops()):
            chosen = everything & set(program.mentions(scope))
            edits = _workable_edits(program, function, chosen)
            if not edits or chosen in done:
                continue
            done.append(chosen)
            listed = ", ".join(sorted(chosen))
            label = f"keep {listed} of {function.declared.name} in scalars"
            yield Rewrite(label, tuple(edits))


def _workable_edits(program: Program, function: FunctionBody, chosen: set[str]) -> list[Edit]:
    """Edits for as many of the chosen variables as can become scalars; drops the others."""
    while chosen:
        try:
            return _Scalariser(program, function, chosen).edits()
        except _Obstacle as obstacle:
            chosen -= obstacle.names
    return []


class _Obstacle(Exception):
    """A statement that has no rewriting while these variables are to become scalars."""

    def __init__(self, names: set[str]) -> None:
        self.names = names


def _eligible(function: FunctionBody) -> set[str]:
    """Local vector variables that nothing refers to but by name."""
    return {
        variable.name
        for variable in function.variables.values()
        if (variable.shape, variable.origin) == ("value", "local")
        and (vector(variable.type) or ("",))[0] in _COMPONENT_TYPES
        and variable.name not in function.escaped
        and not {"threadgroup", "static", "volatile"} & set(variable.qualifiers)
    }


class _Scalariser:
    """Rewrites the statements of one function that mention the chosen variables."""

    def __init__(self, program: Program, function: FunctionBody, chosen: set[str]) -> None:
        self.program = program
        self.block = function.block
        self.variables = function.variables
        self.chosen = chosen
        self.components = Components(program, function, chosen)

    def edits(self) -> list[Edit]:
        """All edits.

        Raises:
            _Obstacle: A mention of a variable cannot be rewritten.
        """
        edits: list[Edit] = []
        self.visit(self.block, edits, in_block=True)
        lines = "".join(f"\n    {line}" for line in self.components.lane_pointers())
        if lines:
            opening = self.program.tokens[self.block.first].offset + 1
            edits.append(Edit(opening, opening, lines))
        return edits

    def visit(self, statement: Statement, edits: list[Edit], in_block: bool) -> None:
        """Collect the edits of a statement and of all inside it."""
        for part in statement.parts:
            self.visit(part, edits, statement.kind == "block")
        if self.is_affected(statement):
            try:
                edits += self.rewritten(statement, in_block)
            except NotScalar:
                raise _Obstacle(self.blamed(statement)) from None

    def rewritten(self, statement: Statement, in_block: bool) -> list[Edit]:
        """The edits of one statement, without those inside it."""
        if statement.kind == "declaration" and statement.declaration:
            return [self.replaced(statement, self.declared(statement.declaration, in_block))]
        if statement.kind == "expression":
            return [self.replaced(statement, self.computed(statement, in_block))]
        self.components.may_precompute = False
        mentioning = filter(self.components.mentions, statement.expressions)
        return [Edit(e.start, e.end, show(self.components.value(e))) for e in mentioning]

    def blamed(self, statement: Statement) -> set[str]:
        """The variables that a statement sets, else all that it mentions."""
        mentioned = self.chosen & set(self.program.mentions(statement))
        return (mentioned & assigned(statement)) or mentioned

    def is_affected(self, statement: Statement) -> bool:
        declarators = statement.declaration.declarators if statement.declaration else ()
        declares = any(declarator.name in self.chosen for declarator in declarators)
        return declares or any(map(self.components.mentions, statement.expressions))

    def replaced(self, statement: Statement, lines: list[str]) -> Edit:
        pad = self.program.indent(statement.start)
        return Edit(statement.start, statement.end, f"\n{pad}".join(lines))

    def declared(self, declaration: Declaration, in_block: bool) -> list[str]:
        if not in_block or any(d.shape != "value" for d in declaration.declarators):
            raise NotScalar
        self.components.may_precompute = True
        lines: list[str] = []
        for declarator in declaration.declarators:
            declared = self.declarator(declaration, declarator)
            lines += [*self.components.taken_temporaries(), *declared]
        return lines

    def declarator(self, declaration: Declaration, declarator: Declarator) -> list[str]:
        head = "".join(f"{qualifier} " for qualifier in declaration.qualifiers)
        initial = declarator.initial
        if declarator.name not in self.chosen:
            value = f" = {show(self.components.value(initial), 1)}" if initial else ""
            return [f"{head}{declaration.base} {declarator.name}{value};"]
        known = vector(self.variables[declarator.name].type)
        assert known is not None
        names = [self.components.parts[declarator.name, index] for index in range(known[1])]
        if initial is None:
            return [f"{head}{known[0]} {', '.join(names)};"]
        values = self.by_component(initial, known)
        return [
            f"{head}{known[0]} {part} = {show(value, 1)};"
            for part, value in zip(names, values, strict=True)
        ]

    def by_component(self, node: Node, known: tuple[str, int]) -> list[Node]:
        """A value that is assigned as it is or, being a scalar, to every component."""
        found = type_of(node, self.variables)
        if not is_scalar(found) and found != f"{known[0]}{known[1]}":
            raise NotScalar
        return [self.components.component(node, index) for index in range(known[1])]

    def computed(self, statement: Statement, in_block: bool) -> list[str]:
        node = bare(statement.expressions[0])
        self.components.may_precompute = True
        if node.kind == "assign":
            lines = self.assignment(node)
        else:
            lines = [f"{show(self.components.value(node))};"]
        lines = [*self.components.taken_temporaries(), *lines]
        if lines[0].startswith("const ") or (len(lines) > 1 and not in_block):
            return ["{", *(f"    {line}" for line in lines), "}"]
        return lines

    def assignment(self, node: Node) -> list[str]:
        """``variable = …`` and ``variable.swizzle = …`` by components, others as they are."""
        target, value = bare(node.children[0]), node.children[1]
        picked = None
        if target.kind == "member":
            picked, target = swizzle(target.text), bare(target.children[0])
        if target.kind != "name" or target.text not in self.chosen:
            return [f"{show(self.components.store(node))};"]
        known = vector(self.variables[target.text].type)
        assert known is not None
        picked = picked or list(range(known[1]))
        if len(picked) > 1:
            values = self.by_component(value, (known[0], len(picked)))
        else:
            values = [self.components.value(value)]
        parts = [self.components.parts[target.text, index] for index in picked]
        return self.in_order(node.text, parts, values)

    def in_order(self, operator: str, parts: list[str], values: list[Node]) -> list[str]:
        """One assignment per component; what reads one already written is computed before."""
        before: list[str] = []
        after: list[str] = []
        for index, (part, value) in enumerate(zip(parts, values, strict=True)):
            text = show(value, 1)
            if value.names() & set(parts[:index]):
                change = self.program.fresh(f"{part}_change")
                before.append(f"const auto {change} = {text};")
                text = change
            after.append(f"{part} {operator} {text};")
        return before + after
