"""The declarations of a Metal source: functions, parameters, attributes, variables, types.

This is a structural parse: it finds where declarations begin and end and what they are, and leaves
expressions and types to the compiler. Every range is a pair of indices into the token list.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from assay.msl.tokens import Token

Range = tuple[int, int]  # first index, one past the last

OPENING = {"(": ")", "[": "]", "{": "}"}
_ENDS_LIST = frozenset((";", ")", "]", "}"))


MAX_NESTING = 512  # Brackets in brackets; the compiler's limit too.


class StructureError(Exception):
    """Brackets do not match. ``token`` is the one without a partner, or the first too deep."""

    def __init__(self, token: Token, too_deep: bool = False) -> None:
        self.token = token
        self.too_deep = too_deep
        what = "is nested too deeply" if too_deep else "has no partner"
        super().__init__(f"{token.line}:{token.column}: '{token.text}' {what}")


@dataclass(frozen=True)
class Attribute:
    """``[[name(arguments)]]``; ``span`` covers the brackets."""

    name: str
    arguments: tuple[str, ...]
    span: Range


def host_names(attributes: Iterable[Attribute]) -> list[str]:
    """The names that the host may use instead of the function's own."""
    return [
        "".join(part.strip('"') for part in attribute.arguments)
        for attribute in attributes
        if attribute.name == "host_name"
    ]


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
    ``after`` (behind the parameter list). ``namespace`` is empty or ends with ``::``. ``scope`` is
    the token that opens the type it belongs to; -1 outside of types. ``stop`` is one past its last
    token.
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
    scope: int
    stop: int

    @property
    def end_of_head(self) -> int:
        """Index of what follows the parameter list and its qualifiers: a body, or the end."""
        return self.body[0] if self.body else self.stop


@dataclass(frozen=True)
class Instantiation:
    """An explicit instantiation of a kernel template.

    ``arguments`` are the template arguments with their angle brackets; none where they follow from
    the ``parameters``. It may be written as a declaration of a function or of a name with a type:
    ``decltype(f<float>) f<float>;``.
    """

    name: str
    arguments: Range
    attributes: tuple[Attribute, ...]
    span: Range
    parameters: tuple[Parameter, ...] = ()


@dataclass(frozen=True)
class Declaration:
    """Anything that a namespace declares; ``name`` is empty where it has none of its own."""

    name: str
    span: Range


@dataclass(frozen=True)
class Variable:
    """A variable at namespace scope or a data member (``owner`` is then the type's name).

    ``scope`` is as that of a function.
    """

    name: str
    span: Range
    owner: str | None
    attributes: tuple[Attribute, ...] = ()
    namespace: str = ""
    scope: int = -1


@dataclass(frozen=True)
class Type:
    """A class, struct or union with its body: its name, if it has one, and those of its bases.

    ``scope`` is as that of a function.
    """

    name: str
    bases: tuple[str, ...]
    scope: int


@dataclass(frozen=True)
class Specialisation:
    """A specialisation of a class template; ``arguments`` are those behind its name.

    ``span`` reaches from ``template`` to the semicolon, ``namespace`` and ``scope`` are as those of
    a function.
    """

    name: str
    name_index: int
    template: Range
    arguments: Range
    body: Range
    span: Range
    namespace: str
    scope: int


@dataclass
class Structure:
    """All declarations of one source.

    ``aliases`` maps names of types to what they stand for, words separated by one space. ``types``
    are found by the token that opens them.
    """

    tokens: list[Token]
    partner: dict[int, int]
    declarations: list[Declaration] = field(default_factory=list)
    functions: list[Function] = field(default_factory=list)
    instantiations: list[Instantiation] = field(default_factory=list)
    variables: list[Variable] = field(default_factory=list)
    specialisations: list[Specialisation] = field(default_factory=list)
    types: dict[int, Type] = field(default_factory=dict)
    type_names: set[str] = field(default_factory=set)
    aliases: dict[str, str] = field(default_factory=dict)
    template_types: set[str] = field(default_factory=set)
    template_variables: set[str] = field(default_factory=set)

    @property
    def alias_names(self) -> set[str]:
        """Names that ``using`` and ``typedef`` declare, in any scope."""
        return set(self.aliases)

    @property
    def kernels(self) -> list[Function]:
        """Kernel functions that have a body, in source order."""
        return [f for f in self.functions if f.is_kernel and f.body is not None]

    def is_overloaded(self, kernel: Function) -> bool:
        """Whether a function that kernels call has the name of this one."""
        return kernel.template is None and any(
            (function.name, function.namespace) == (kernel.name, kernel.namespace)
            for function in self.functions
            if not function.is_kernel and function.owner is None
        )

    def at(self, index: int) -> str:
        """Text of one token; empty before the first and behind the last."""
        return self.tokens[index].text if 0 <= index < len(self.tokens) else ""

    def words(self, span: Range) -> list[str]:
        """Texts of the tokens of a range."""
        return [token.text for token in self.tokens[slice(*span)]]

    def text(self, span: Range) -> str:
        """The code of a range, tokens separated by one space."""
        return " ".join(self.words(span))

    def template_start(self, index: int) -> int:
        """Index of the name whose template arguments end at ``index``."""
        depth = 0
        while index > 0:
            text = self.at(index)
            depth += (text == ">") - (text == "<")
            index = self.partner[index] - 1 if text in (")", "]", "}") else index - 1
            if depth == 0:
                break
        return index

    def template_end(self, index: int) -> int:
        """Index behind the ``>`` that closes the list opened at ``index``, or of where none can."""
        depth = 0
        while index < len(self.tokens) - 1 and self.at(index) not in _ENDS_LIST:
            depth += (self.at(index) == "<") - (self.at(index) == ">")
            index = self.partner.get(index, index) + 1
            if depth == 0:
                break
        return index

    def find(self, index: int, end: int, *wanted: str) -> int | None:
        """First token of the wanted ones that is not inside brackets."""
        while index < end:
            text = self.tokens[index].text
            if text in wanted:
                return index
            index = self.partner[index] + 1 if text in OPENING else index + 1
        return None


def match_brackets(tokens: list[Token]) -> dict[int, int]:
    """Indices of the round, square and curly brackets, each mapped to its partner's."""
    partner: dict[int, int] = {}
    stack: list[int] = []
    for index, token in enumerate(tokens):
        if token.kind != "punctuation":
            continue
        if token.text in OPENING:
            stack.append(index)
            if len(stack) > MAX_NESTING:
                raise StructureError(token, too_deep=True)
        elif token.text in (")", "]", "}"):
            if not stack or OPENING[tokens[stack[-1]].text] != token.text:
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
        if text in OPENING:
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
