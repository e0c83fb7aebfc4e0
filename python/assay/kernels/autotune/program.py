"""A Metal source as mutations see it: its functions, parsed, with what is known of variables."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain

from assay.kernels.autotune.parser import NotUnderstood, StatementParser
from assay.kernels.autotune.syntax import (
    Declaration,
    FunctionBody,
    Node,
    Statement,
    Variable,
    bare,
)
from assay.kernels.autotune.types import (
    PURE,
    QUALIFIERS,
    is_type_name,
    literal_type,
    math_name,
    type_of,
)
from assay.msl.parser import parse
from assay.msl.structure import Function, Parameter, Structure, StructureError
from assay.msl.tokens import Token, code, tokenize

_MACRO = re.compile(r"#\s*define\s+(\w+)(\(?)\s*(.*)", re.DOTALL)


class NotMetal(Exception):
    """The source has unmatched brackets."""


@dataclass(frozen=True)
class Edit:
    """Replace the characters from ``start`` up to ``end`` by ``text``."""

    start: int
    end: int
    text: str


@dataclass
class Program:
    """One source. ``functions`` are those whose body could be parsed as statements."""

    text: str
    tokens: list[Token]
    structure: Structure
    functions: list[FunctionBody] = field(default_factory=list)

    def fresh(self, wanted: str) -> str:
        """A name that the source does not use yet."""
        used = {token.text for token in self.tokens}
        number, candidate = 1, wanted
        while candidate in used:
            number += 1
            candidate = f"{wanted}{number}"
        return candidate

    def occurrences(self, statement: Statement) -> list[Token]:
        """Every identifier in a statement that is not a member's name, in order."""
        return [
            self.tokens[index]
            for index in range(statement.first, statement.last)
            if self.tokens[index].kind == "identifier"
            and self.tokens[index - 1].text not in (".", "->")
        ]

    def mentions(self, statement: Statement) -> list[str]:
        """The names of all occurrences, in order."""
        return [token.text for token in self.occurrences(statement)]

    def source(self, statement: Statement) -> str:
        """The statement's text, comments included."""
        return self.text[statement.start : statement.end]

    def indent(self, offset: int) -> str:
        """White space at the beginning of the line that holds an offset."""
        line = self.text[self.text.rfind("\n", 0, offset) + 1 : offset]
        return line[: len(line) - len(line.lstrip())]


def edited(text: str, edits: Iterable[Edit]) -> str:
    """The text after edits that do not overlap."""
    for edit in sorted(edits, key=lambda e: (e.start, e.end), reverse=True):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text


@lru_cache(maxsize=512)
def normalised(source: str) -> str:
    """The source without comments and layout, for telling whether two sources are the same."""
    kept = (t.text for t in tokenize(source) if t.is_code or t.kind == "directive")
    return " ".join(kept)


def read(source: str) -> Program:
    """Parse a source.

    Raises:
        NotMetal: Brackets do not match.
    """
    tokens = tokenize(source)
    try:
        structure = parse(code(tokens))
    except StructureError as error:
        raise NotMetal(str(error)) from None
    program = Program(source, structure.tokens, structure)
    directives = [token for token in tokens if token.kind == "directive"]
    constants, macros = _macros(directives)
    known = {**constants, **_program_scope(program)}
    for function in structure.functions:
        if _is_plain(program, function, directives, macros):
            program.functions.append(_function_body(program, function, known))
    return program


def _macros(directives: list[Token]) -> tuple[dict[str, Variable], set[str]]:
    """Macros that stand for a number, as variables; names of all the others."""
    constants: dict[str, Variable] = {}
    others: set[str] = set()
    for directive in directives:
        match = _MACRO.match(directive.text)
        if not match:
            continue
        name, parenthesis, body = match.groups()
        value = body.partition("//")[0].strip()
        literal = literal_type(value) if value and not parenthesis else None
        if literal:
            constants[name] = Variable(name, literal, "value", ("const",), "global")
        else:
            others.add(name)
    return constants, others


def _program_scope(program: Program) -> dict[str, Variable]:
    found: dict[str, Variable] = {}
    for variable in program.structure.variables:
        if variable.owner is not None:
            continue
        parser = StatementParser(program.tokens, program.structure.partner)
        parser.index = variable.span[0]
        try:
            declaration = parser.declaration()
        except (NotUnderstood, KeyError):
            continue
        found.update({v.name: v for v in _declared(declaration, {}, "global")})
    return found


def _is_plain(
    program: Program, function: Function, directives: list[Token], macros: set[str]
) -> bool:
    """Whether what the body's text says is what the compiler sees."""
    if function.body is None or function.owner is not None:
        return False
    first, last = function.body
    start, end = program.tokens[first].offset, program.tokens[last - 1].offset
    inside = [d.text for d in directives if start < d.offset < end]
    if any("pragma" not in text for text in inside):
        return False
    return not any(token.text in macros for token in program.tokens[first:last])


def _function_body(
    program: Program, function: Function, known: dict[str, Variable]
) -> FunctionBody:
    assert function.body is not None
    block = StatementParser(program.tokens, program.structure.partner).block(function.body[0])
    variables = dict(known)
    contradictory: set[str] = set()
    parameters = (_parameter(program, parameter) for parameter in function.parameters)
    for variable in chain(parameters, _locals(block, variables)):
        earlier = variables.get(variable.name)
        if earlier is not None and earlier != variable:
            contradictory.add(variable.name)
        variables[variable.name] = variable
    for name in contradictory:
        del variables[name]
    escaped = frozenset(_escaped(program, block, variables))
    return FunctionBody(function, block, variables, escaped)


def _parameter(program: Program, parameter: Parameter) -> Variable:
    texts = [program.tokens[index].text for index in parameter.declarator]
    shape = "pointer" if "*" in texts else "reference" if "&" in texts else "value"
    if "[" in texts:
        shape = "pointer"
    types = [text for text in texts if is_type_name(text)]
    plain = len(types) == 1 and "<" not in texts and texts.count("*") < 2
    qualifiers = tuple(text for text in texts if text in QUALIFIERS)
    return Variable(parameter.name, types[0] if plain else None, shape, qualifiers, "parameter")


def _locals(block: Statement, variables: dict[str, Variable]) -> Iterator[Variable]:
    """Declared variables, in order; ``variables`` has to grow along for ``auto``."""
    for statement in block.walk():
        if statement.declaration:
            yield from _declared(statement.declaration, variables, "local")


def _declared(
    declaration: Declaration, variables: dict[str, Variable], origin: str
) -> Iterator[Variable]:
    base = declaration.base
    for declarator in declaration.declarators:
        known: str | None = base if is_type_name(base) else None
        if base == "auto":
            known = type_of(declarator.initial, variables) if declarator.initial else None
        yield Variable(declarator.name, known, declarator.shape, declaration.qualifiers, origin)


def _escaped(program: Program, block: Statement, variables: dict[str, Variable]) -> Iterator[str]:
    """Names that a reference, a pointer, an unknown function or unparsed code may change."""
    by_value = _by_value(program)
    for statement in block.walk():
        if statement.kind in ("other", "label"):
            yield from program.mentions(statement)
        for declarator in statement.declaration.declarators if statement.declaration else ():
            if declarator.initial and declarator.shape in ("pointer", "reference"):
                yield from _lent(declarator.initial, declarator.shape, variables)
    for node in block.nodes():
        if node.kind == "unary" and node.text == "&":
            yield from _lent(node.children[0], "reference", variables)
        if node.kind == "call" and not is_pure_call(node) and node.text not in by_value:
            for argument in node.children:
                yield from _lent(argument, "reference", variables)


def _lent(node: Node, shape: str, variables: dict[str, Variable]) -> Iterator[str]:
    """Variables that the holder of a pointer or reference made from an expression may change."""
    if shape == "pointer":  # of what an expression mentions, only arrays turn into pointers
        for name in node.names():
            if name not in variables or variables[name].shape == "array":
                yield name
        return
    for name in lvalue_names(node):
        # Through an element of what a pointer points to, the pointer itself does not change.
        through = name in variables and variables[name].shape == "pointer"
        if not through or bare(node).kind == "name":
            yield name


def _by_value(program: Program) -> set[str]:
    """Functions of this source that cannot change their arguments."""
    names = {function.name for function in program.structure.functions}
    for function in program.structure.functions:
        used = {program.tokens[i].text for p in function.parameters for i in p.declarator}
        if "&" in used or "*" in used or "[" in used:
            names.discard(function.name)
    return names


def lvalue_names(argument: Node) -> Iterator[str]:
    """The variable that a write to an expression changes, if it is one; at most one name."""
    target = bare(argument)
    while target.kind in ("member", "index"):
        target = bare(target.children[0])
    if target.kind == "name":
        yield target.text


def is_pure_call(node: Node) -> bool:
    """Whether a call is a constructor, a conversion or a known function without side effects."""
    function = math_name(node.text)
    return is_type_name(function) or function in PURE or function.startswith("as_type<")


def is_pure(node: Node) -> bool:
    """Whether an expression can be evaluated more or less often without a difference."""
    return all(
        part.kind not in ("assign", "postfix", "list")
        and not (part.kind == "unary" and part.text in ("++", "--"))
        and not (part.kind == "call" and not is_pure_call(part))
        for part in node.walk()
    )


def assigned(statement: Statement) -> set[str]:
    """Names of the variables that assignments inside a statement change, declarations included."""
    changed: set[str] = set()
    for node in statement.nodes():
        stepped = node.kind in ("postfix", "unary") and node.text in ("++", "--")
        if node.kind == "assign" or stepped:
            changed.update(lvalue_names(node.children[0]))
    for inner in statement.walk():
        if inner.declaration:
            changed.update(declarator.name for declarator in inner.declaration.declarators)
    return changed
