"""The declarations of a Metal source: functions, parameters, attributes, variables, types.

This is a structural parse: it finds where declarations begin and end and what they are, and leaves
expressions and types to the compiler. Every range is a pair of indices into the token list.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from assay.msl.tokens import Token

Range = tuple[int, int]  # first index, one past the last

_OPENING = {"(": ")", "[": "]", "{": "}"}
_TYPE_KEYWORDS = frozenset(("struct", "class", "union", "enum"))


class StructureError(Exception):
    """Brackets do not match. ``token`` is the one without a partner."""

    def __init__(self, token: Token) -> None:
        self.token = token
        super().__init__(f"{token.line}:{token.column}: '{token.text}' has no partner")


@dataclass(frozen=True)
class Attribute:
    """``[[name(arguments)]]``; ``span`` covers the brackets."""

    name: str
    arguments: tuple[str, ...]
    span: Range


@dataclass(frozen=True)
class Parameter:
    """One parameter of a function. ``declarator`` leaves out attributes and the default value."""

    name: str
    declarator: tuple[int, ...]
    attributes: tuple[Attribute, ...]
    start: int


@dataclass
class Function:
    """A function or method. ``head`` are the tokens before its name, ``body`` includes the braces.

    ``placed`` pairs each attribute of the function with where it stands: ``before`` (first in the
    declaration, or behind ``[[kernel]]``), ``inside`` (between ``kernel`` and the name) or
    ``after`` (behind the parameter list). ``namespace`` is empty or ends with ``::``.
    """

    name: str
    name_index: int
    start: int
    parameter_list: Range
    parameters: tuple[Parameter, ...]
    body: Range | None
    is_kernel: bool
    template: Range | None
    placed: tuple[tuple[Attribute, str], ...]
    owner: str | None
    namespace: str


@dataclass(frozen=True)
class Variable:
    """A variable at namespace scope or a data member (``owner`` is then the type's name)."""

    name: str
    span: Range
    owner: str | None


@dataclass
class Structure:
    """All declarations of one source."""

    tokens: list[Token]
    partner: dict[int, int]
    functions: list[Function] = field(default_factory=list)
    variables: list[Variable] = field(default_factory=list)
    type_names: set[str] = field(default_factory=set)
    alias_names: set[str] = field(default_factory=set)
    template_types: set[str] = field(default_factory=set)

    @property
    def kernels(self) -> list[Function]:
        """Kernel functions that have a body, in source order."""
        return [f for f in self.functions if f.is_kernel and f.body is not None]

    def at(self, index: int) -> str:
        """Text of one token; empty before the first and behind the last."""
        return self.tokens[index].text if 0 <= index < len(self.tokens) else ""

    def text(self, span: Range) -> str:
        """The code of a range, tokens separated by one space."""
        return " ".join(token.text for token in self.tokens[span[0] : span[1]])

    def find(self, index: int, end: int, *wanted: str) -> int | None:
        """First token of the wanted ones that is not inside brackets."""
        while index < end:
            text = self.tokens[index].text
            if text in wanted:
                return index
            index = self.partner[index] + 1 if text in _OPENING else index + 1
        return None


def parse(tokens: list[Token]) -> Structure:
    """Find the declarations in a list of code tokens (no layout, comments or directives).

    Raises:
        StructureError: Brackets do not match.
    """
    structure = Structure(tokens, match_brackets(tokens))
    _Parser(structure).scope(0, len(tokens), owner=None)
    return structure


def match_brackets(tokens: list[Token]) -> dict[int, int]:
    """Indices of the round, square and curly brackets, each mapped to its partner's."""
    partner: dict[int, int] = {}
    stack: list[int] = []
    for index, token in enumerate(tokens):
        if token.kind != "punctuation":
            continue
        if token.text in _OPENING:
            stack.append(index)
        elif token.text in (")", "]", "}"):
            if not stack or _OPENING[tokens[stack[-1]].text] != token.text:
                raise StructureError(token)
            opening = stack.pop()
            partner[opening], partner[index] = index, opening
    if stack:
        raise StructureError(tokens[stack[-1]])
    return partner


def split_list(tokens: list[Token], span: Range, partner: dict[int, int]) -> list[Range]:
    """Split a range at its top-level commas; template lists count as brackets."""
    parts: list[Range] = []
    start, index, angles = span[0], span[0], 0
    while index < span[1]:
        text = tokens[index].text
        if text in _OPENING:
            index = partner[index]
        elif text == "<":
            angles += 1
        elif text == ">":
            angles = max(0, angles - 1)
        elif text == "," and not angles:
            parts.append((start, index))
            start = index + 1
        index += 1
    if start < span[1]:
        parts.append((start, span[1]))
    return parts


class _Parser:
    """Walks the declarations of a scope; types and namespaces recurse."""

    def __init__(self, structure: Structure) -> None:
        self.out = structure
        self.tokens = structure.tokens
        self.partner = structure.partner
        self.namespace = ""

    def text(self, index: int) -> str:
        return self.out.at(index)

    def scope(self, index: int, end: int, owner: str | None) -> None:
        while index < end:
            index = max(self.declaration(index, end, owner), index + 1)

    def declaration(self, index: int, end: int, owner: str | None) -> int:
        text = self.text(index)
        if (
            text in ("namespace", "extern")
            and self.out.find(index, end, "{", ";", "(", "=") is not None
        ):
            opening = self.out.find(index, end, "{", ";", "(", "=")
            if opening is not None and self.text(opening) == "{":
                return self.namespace_body(index, opening, owner)
        if text in ("using", "typedef", "static_assert", "friend"):
            return self.alias(index, end)
        if text in ("public", "private", "protected") and self.text(index + 1) == ":":
            return index + 2
        return _Declaration(self, index, end, owner).parse()

    def namespace_body(self, index: int, opening: int, owner: str | None) -> int:
        outer = self.namespace
        if self.text(index) == "namespace" and opening > index + 1:
            name = "".join(self.text(i) for i in range(index + 1, opening))
            self.namespace = f"{outer}{name}::"
        self.scope(opening + 1, self.partner[opening], owner)
        self.namespace = outer
        return self.partner[opening] + 1

    def alias(self, index: int, end: int) -> int:
        stop = self.out.find(index, end, ";")
        stop = end if stop is None else stop
        if self.text(index) == "using" and self.text(index + 2) in ("=", "["):
            self.out.alias_names.add(self.text(index + 1))
        elif self.text(index) == "typedef":
            names = [i for i in range(index, stop) if self.tokens[i].kind == "identifier"]
            if names:
                self.out.alias_names.add(self.text(names[-1]))
        return stop + 1

    def template_list(self, index: int) -> int:
        """Index behind the ``>`` that closes the list opened at ``index``."""
        depth = 0
        while index < len(self.tokens):
            text = self.text(index)
            if text in _OPENING:
                index = self.partner[index]
            elif text == "<":
                depth += 1
            elif text == ">":
                depth -= 1
                if depth == 0:
                    return index + 1
            index += 1
        return index

    def attribute(self, index: int) -> Attribute | None:
        """The attribute that starts at ``index``, if one does."""
        if self.text(index) != "[" or self.text(index + 1) != "[":
            return None
        close = self.partner[index]
        inner = [self.text(i) for i in range(index + 2, close - 1)]
        name = inner[0] if inner else ""
        return Attribute(name, tuple(inner[2:-1]), (index, close + 1))

    def parameters(self, span: Range) -> tuple[Parameter, ...]:
        parts = split_list(self.tokens, span, self.partner)
        return tuple(
            self.parameter(part)
            for part in parts
            if self.text(part[0]) != "void" or part[1] - part[0] > 1
        )

    def parameter(self, span: Range) -> Parameter:
        declarator: list[int] = []
        attributes: list[Attribute] = []
        index = span[0]
        while index < span[1] and self.text(index) != "=":
            attribute = self.attribute(index)
            if attribute:
                attributes.append(attribute)
                index = attribute.span[1]
                continue
            declarator.append(index)
            index += 1
        return Parameter(
            self.declared_name(declarator), tuple(declarator), tuple(attributes), span[0]
        )

    def declared_name(self, declarator: list[int]) -> str:
        """The last identifier outside square brackets."""
        name, depth = "", 0
        for index in declarator:
            text = self.text(index)
            depth += (text == "[") - (text == "]")
            if depth == 0 and self.tokens[index].kind == "identifier":
                name = text
        return name


class _Declaration:
    """One declaration at namespace or class scope."""

    def __init__(self, parser: _Parser, start: int, end: int, owner: str | None) -> None:
        self.parser = parser
        self.start, self.end, self.owner = start, end, owner
        self.index = start
        self.template: Range | None = None
        self.is_kernel = False
        self.kernel_keyword = False
        self.placed: list[tuple[Attribute, str]] = []
        self.type_body = False

    def parse(self) -> int:
        p = self.parser
        while self.index < self.end:
            text = p.text(self.index)
            if text == ";":
                return self.variable(self.index)
            if text == "=":
                return self.variable(self.skip_to_semicolon())
            if text == "(":
                return self.function(self.index)
            if text == "{":
                if self.type_body:
                    return self.type(self.index)
                return self.variable(self.skip_to_semicolon())
            self.step(text)
        return self.end

    def step(self, text: str) -> None:
        p = self.parser
        attribute = p.attribute(self.index)
        if attribute:
            self.place(attribute)
            self.index = attribute.span[1]
        elif text == "template" and p.text(self.index + 1) == "<":
            stop = p.template_list(self.index + 1)
            self.template = (self.index, stop)
            self.note_template_types(stop)
            self.index = stop
        elif text in ("__attribute__", "alignas", "decltype") and p.text(self.index + 1) == "(":
            self.index = p.partner[self.index + 1] + 1
        elif text == "operator":
            self.skip_operator()
        elif text == "<" and p.tokens[self.index - 1].kind == "identifier":
            self.index = p.template_list(self.index)
        elif text == "[":
            self.index = p.partner[self.index] + 1
        else:
            self.note_keyword(text)
            self.index += 1

    def note_keyword(self, text: str) -> None:
        if text == "kernel":
            self.is_kernel = self.kernel_keyword = True
        elif text in _TYPE_KEYWORDS:
            self.type_body = True

    def place(self, attribute: Attribute) -> None:
        if attribute.name == "kernel":
            self.is_kernel = True
        first = attribute.span[0] == self._first_code()
        behind = any(
            a.span[1] == attribute.span[0] for a, where in self.placed if where == "before"
        )
        self.placed.append((attribute, "before" if first or behind else "inside"))

    def _first_code(self) -> int:
        return self.template[1] if self.template else self.start

    def note_template_types(self, stop: int) -> None:
        p = self.parser
        for index in range(self.index + 2, stop - 1):
            if p.text(index) in ("typename", "class") and p.tokens[index + 1].kind == "identifier":
                p.out.template_types.add(p.text(index + 1))

    def skip_operator(self) -> None:
        p = self.parser
        self.index += 1
        if p.text(self.index) == "(":
            self.index += 2
        while self.index < self.end and p.text(self.index) != "(":
            self.index += 1

    def skip_to_semicolon(self) -> int:
        stop = self.parser.out.find(self.index, self.end, ";")
        return self.end if stop is None else stop

    def variable(self, stop: int) -> int:
        p = self.parser
        if stop > self.start and not self.type_body and p.text(self.start) != "template":
            name_end = p.out.find(self.start, stop, "=", "{", "[") or stop
            skipped = {i for a, _ in self.placed for i in range(*a.span)}
            names = [i for i in range(self.start, min(name_end, stop)) if i not in skipped]
            p.out.variables.append(Variable(p.declared_name(names), (self.start, stop), self.owner))
        return stop + 1

    def type(self, opening: int) -> int:
        """A class body: members are declarations of a scope of their own."""
        p = self.parser
        keyword = next(i for i in range(self.start, opening) if p.text(i) in _TYPE_KEYWORDS)
        is_enum = p.text(keyword) == "enum"
        name_index = keyword + 1
        while p.attribute(name_index) or p.text(name_index) in ("class", "alignas", "struct"):
            attribute = p.attribute(name_index)
            name_index = attribute.span[1] if attribute else name_index + 1
        name = p.text(name_index) if p.tokens[name_index].kind == "identifier" else ""
        if name:
            p.out.type_names.add(name)
        close = p.partner[opening]
        if not is_enum:
            p.scope(opening + 1, close, owner=name or "(unnamed)")
        self.index = close + 1
        stop = self.skip_to_semicolon()
        if stop > close + 1:
            p.out.variables.append(Variable(p.text(close + 1), (self.start, stop), self.owner))
        return stop + 1

    def function(self, opening: int) -> int:
        p = self.parser
        close = p.partner[opening]
        index = close + 1
        while index < self.end and p.text(index) not in (";", "{", "="):
            attribute = p.attribute(index)
            if attribute:
                self.placed.append((attribute, "after"))
                index = attribute.span[1]
            elif p.text(index) == ":":
                index = self.skip_initialisers(index + 1)
                break
            else:
                index = p.partner[index] + 1 if p.text(index) in _OPENING else index + 1
        body = (index, p.partner[index] + 1) if p.text(index) == "{" else None
        p.out.functions.append(
            Function(
                name=p.text(self.name_index(opening)),
                name_index=self.name_index(opening),
                start=self.start,
                parameter_list=(opening, close + 1),
                parameters=p.parameters((opening + 1, close)),
                body=body,
                is_kernel=self.is_kernel,
                template=self.template,
                placed=tuple(self.placed),
                owner=self.owner,
                namespace=p.namespace,
            )
        )
        if body:
            return body[1]
        self.index = index
        return self.skip_to_semicolon() + 1

    def skip_initialisers(self, index: int) -> int:
        """Index of the body behind a constructor's initialiser list."""
        p = self.parser
        while index < self.end:
            opening = p.out.find(index, self.end, "(", "{")
            if opening is None:
                return self.end
            index = p.partner[opening] + 1
            if p.text(index) != ",":
                return index
            index += 1
        return index

    def name_index(self, opening: int) -> int:
        p = self.parser
        index = opening - 1
        if p.text(index) == ">":
            depth = 0
            while index > self.start:
                depth += (p.text(index) == ">") - (p.text(index) == "<")
                index -= 1
                if depth == 0:
                    break
        return index
