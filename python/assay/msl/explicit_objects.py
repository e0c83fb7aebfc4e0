"""Methods for objects in one address space: C++ writes them with a parameter for their object.

``device T &at(int i) device { return a[i]; }`` becomes
``device T &at(this device S &assay_self, int i) { return assay_self.a[i]; }``. That is C++23.
"""

from __future__ import annotations

from collections.abc import Iterator

from assay.msl.attributes import ADDRESS_SPACES
from assay.msl.edits import Edits
from assay.msl.overloads import duplicates, name_start, object_qualifiers
from assay.msl.structure import Function, Range, Structure, split_list

_OBJECT = "assay_self"
_SPACES = frozenset(ADDRESS_SPACES) - {"thread"}
_MEMBER = frozenset((".", "->", "::"))
_NOT_TYPES = frozenset(("return", "else", "case", "do", "and", "or", "not"))
_BEHIND_NAMES = frozenset(("=", ";", ",", "(", "[", "{", ":"))
_BEFORE_POINTERS = frozenset(("{", "}", ";", "(", "const", *ADDRESS_SPACES))


def methods(structure: Structure) -> list[Function]:
    """The methods to write with a parameter for their object; none where nothing needs it."""
    found = list(duplicates(structure))
    if all(d.identical or _constructs(structure, d.function) for d in found):
        return []
    return [
        function
        for function in structure.functions
        if _SPACES & set(structure.words(object_qualifiers(structure, function)))
        and _type_name(structure, function)
        and not _constructs(structure, function)
    ]


def write(structure: Structure, found: list[Function], edits: Edits) -> None:
    """Write methods with a parameter for their object, in the language that has it."""
    types = _Types(structure)
    for function in found:
        _parameter(structure, function, edits)
        _members(structure, function, types, edits)
    for function in _rivals(structure, found):
        edits.before[function.start] += "template <int = 0> "


def _rivals(structure: Structure, found: list[Function]) -> Iterator[Function]:
    """Methods beside those, without a parameter for their object.

    For an object that may be written, clang finds one of them as good as one that has a parameter
    for constant objects in its address space; as a template it gives way to that.
    """
    names = {(function.scope, function.name) for function in found}
    places = {function.start for function in found}
    for function in structure.functions:
        head = structure.words((function.start, function.name_index))
        plain = function.body and not function.template and not {"static", "friend"} & set(head)
        if plain and (function.scope, function.name) in names and function.start not in places:
            yield function


def _constructs(structure: Structure, function: Function) -> bool:
    """Whether a function is a constructor or destructor, which have no such parameter."""
    return function.name == _type_name(structure, function)


def _type_name(structure: Structure, function: Function) -> str:
    """The type that a method belongs to; empty for other functions and where it has no name."""
    if function.owner is not None:
        return "" if function.owner == "(unnamed)" else function.owner
    start = name_start(structure, function)
    index = function.name_index
    while index > start and structure.at(index - 1) != "::":
        index -= 1
    before = index - 2
    if index <= start:
        return ""
    return structure.at(structure.template_start(before) if structure.at(before) == ">" else before)


def _parameter(structure: Structure, function: Function, edits: Edits) -> None:
    qualifiers = range(*object_qualifiers(structure, function))
    words = [structure.at(i) for i in qualifiers if structure.at(i) != "noexcept"]
    kept = [word for word in words if word in _SPACES or word in ("const", "volatile")]
    comma = ", " if function.parameters else ""
    edits.after[function.parameter_list[0]] += (
        f"this {' '.join(kept)} {_type_name(structure, function)} &{_OBJECT}{comma}"
    )
    for index in qualifiers:
        if structure.at(index) in kept or structure.at(index) == "&":
            edits.replaced[index] = ""


def _members(structure: Structure, function: Function, types: _Types, edits: Edits) -> None:
    """Members of the object, which its methods name without it."""
    names = types.members(_type_name(structure, function)) - {p.name for p in function.parameters}
    places = range(object_qualifiers(structure, function)[1], function.stop)
    hidden = {structure.at(i) for i in places if structure.at(i) in names and _is_new(structure, i)}
    for index in places:
        text = structure.at(index)
        if text == "this":
            edits.replaced[index] = f"(&{_OBJECT})"
        elif text in names - hidden and structure.at(index - 1) not in _MEMBER:
            edits.before[index] += f"{_OBJECT}."


def _is_new(structure: Structure, index: int) -> bool:
    """Whether a variable is declared here: a type stands before its name."""
    first = index - 1
    while structure.at(first) in ("*", "&"):
        first -= 1
    behind = structure.at(index + 1)
    if structure.at(first) == ">":
        return behind == "="
    before = structure.at(first - 1)
    if first < index - 1 and before not in _BEFORE_POINTERS:
        return False  # a product
    is_type = structure.tokens[first].kind == "identifier"
    return is_type and structure.at(first) not in _NOT_TYPES and behind in _BEHIND_NAMES


class _Types:
    """The types of a source with the members that a method may name without their object."""

    def __init__(self, structure: Structure) -> None:
        self._structure = structure
        self._members: dict[str, set[str]] = {}
        self._bases: dict[str, set[str]] = {}
        for variable in structure.variables:
            words = structure.words(variable.span)
            if variable.owner is not None and not {"static", "constexpr"} & set(words):
                self._own(variable.scope).update(self._names(variable.span))
        for function in structure.functions:
            if function.owner not in (None, function.name):
                first = structure.at(name_start(structure, function))
                self._own(function.scope).add("operator" if first == "operator" else function.name)

    def members(self, name: str, seen: frozenset[str] = frozenset()) -> set[str]:
        """Those of a type and its bases."""
        found = set(self._members.get(name, ()))
        for base in self._bases.get(name, set()) - seen - {name}:
            found |= self.members(base, seen | {name})
        return found

    def _own(self, scope: int) -> set[str]:
        """The members of the type that opens at ``scope``, or of the one around an unnamed one."""
        structure, kind = self._structure, self._structure.types[scope]
        while not kind.name and kind.scope in structure.types:
            if (
                structure.at(structure.partner[scope] + 1) != ";"
            ):  # a member, whose members they are
                return set()
            scope, kind = kind.scope, structure.types[kind.scope]
        self._bases.setdefault(kind.name, set()).update(kind.bases)
        return self._members.setdefault(kind.name, set())

    def _names(self, span: Range) -> Iterator[str]:
        tokens = self._structure.tokens
        opening = self._structure.find(*span, "{", "=")
        if opening in self._structure.types:  # the type of the variables
            span = (self._structure.partner[opening] + 1, span[1])
        for start, stop in split_list(tokens, span, self._structure.partner):
            end = self._structure.find(start, stop, "=", "{", "[", ":") or stop
            names = [t.text for t in tokens[start:end] if t.kind == "identifier"]
            yield from names[-1:]
