"""Constructors of vectors, which C++ writes in fewer ways than Metal."""

from __future__ import annotations

from collections.abc import Iterator

from assay.msl.edits import Edits
from assay.msl.operands import is_condition
from assay.msl.structure import Function, Range, Structure, split_list
from assay.msl.vector_types import MATRIX, VectorTypes

SMALL_FLOATS = ("half", "bfloat")  # which clang does not convert into each other
_LONGEST = 1024  # Tokens of a declaration with several names; a bound for sources without ends.
_KEYWORDS = frozenset(("return", "case", "else", "do"))


def constructors(structure: Structure, edits: Edits) -> None:
    """``float4(a, b.xy, c)``, ``T(a, b)`` and ``float4 v(a, b)`` through ``assay::construct``."""
    tokens, bodies = structure.tokens, _body_mask(structure)
    vectors = VectorTypes(structure)
    aliases = vectors.aliases | structure.template_types
    for index, token in enumerate(tokens[:-1]):
        if token.kind != "identifier":
            continue
        if token.text == "decltype":
            _of_decltype(structure, edits, index)
            continue
        if matrix := MATRIX.match(token.text):
            _columns(structure, edits, index + 1, "::metal::vec<{}, {}>".format(*matrix.groups()))
            continue
        end = vectors.end(index)
        stop = end or index + 1
        if not end and token.text in vectors.aliases and tokens[stop].text == "<":
            stop = structure.template_end(stop)
        called = tokens[stop].text == "("
        if not end and token.text not in aliases and not (called and token.text in SMALL_FLOATS):
            continue
        start = _qualified_start(structure, index)
        if called and structure.at(stop + 1) == "{":
            if end:  # float3({a, b, c})
                _construct(edits, start, stop - 1)
                edits.remove(stop + 1, stop + 2)
                edits.remove(structure.partner[stop + 1], structure.partner[stop + 1] + 1)
        elif called and not _is_declarator(structure, start, stop):
            condition = end is not None and is_condition(structure, stop)
            _construct(edits, start, stop - 1, "from_condition" if condition else "construct")
        elif end and tokens[start - 1].text != "->":
            inside = bool(bodies[index]) or structure.at(start - 1) == "constant"
            _initialisation(structure, edits, (start, stop), inside)
    for function in structure.functions:
        _results(structure, edits, function, vectors)
        _members(structure, edits, function, vectors)


def _of_decltype(structure: Structure, edits: Edits, index: int) -> None:
    """``decltype(v)(a, b)``"""
    close = structure.partner[index + 1]
    if structure.at(close + 1) == "(" and len(_elements(structure, close + 1)) > 1:
        _construct(edits, index, close)


def _columns(structure: Structure, edits: Edits, opening: int, column: str) -> None:
    """The lists in ``float2x2{{a, b}, {c, d}}``, ``float2x2({a, b}, {c, d})`` and ``m = {…}``."""
    if structure.tokens[opening].kind == "identifier":
        opening += 1 + (structure.at(opening + 1) == "=")
    if structure.at(opening) in ("(", "{"):
        for start, _ in _elements(structure, opening):
            if structure.at(start) == "{":
                _from_list(structure, edits, start, column)


def _qualified_start(structure: Structure, index: int) -> int:
    """Where ``metal::float4`` or ``typename Traits<T>::type`` begins that ends at ``index``."""
    while structure.at(index - 1) == "::":
        before = index - 2
        if structure.at(before) == ">":
            before = structure.template_start(before)
        if structure.tokens[before].kind != "identifier" or structure.at(before) in _KEYWORDS:
            return index - 1
        index = before
    return index - 1 if structure.at(index - 1) == "typename" else index


def _initialisation(structure: Structure, edits: Edits, name: Range, inside: bool) -> None:
    """``float4{a, b.xy}``, ``float4 v{…}``, ``float4 v = {…}`` and, in bodies, ``float4 v(…)``."""
    opening = name[1]
    if structure.at(opening) == "{":
        if len(_elements(structure, opening)) > 1:
            _construct(edits, name[0], name[1] - 1, "from_list")
            _round(structure, edits, opening)
    elif structure.tokens[opening].kind == "identifier":
        spelled = structure.text(name)
        for declared in _declared_names(structure, opening):
            _initialised(structure, edits, declared, spelled, inside)


def _declared_names(structure: Structure, first: int) -> Iterator[int]:
    """The names of ``float4 a = x, b(y, 1);`` from the first on."""
    yield first
    end = min(first + _LONGEST, len(structure.tokens))
    stop = structure.find(first, end, ";", ")", "}") or first
    if structure.at(stop) == ";":
        for start, _ in split_list(structure.tokens, (first, stop), structure.partner)[1:]:
            if structure.at(start + 1) in ("=", "(", "{", "["):
                yield start


def _initialised(structure: Structure, edits: Edits, name: int, spelled: str, inside: bool) -> None:
    index, dimensions = name + 1, 0
    while structure.at(index) == "[":
        index, dimensions = structure.partner[index] + 1, dimensions + 1
    assigns = structure.at(index) == "="
    opening = index + assigns
    if structure.at(opening) == "{" and dimensions:
        _array(structure, edits, opening, dimensions, spelled)
        return
    listed = structure.at(opening) == "{" and len(_elements(structure, opening)) > 1
    if listed or (inside and not assigns and structure.at(opening) == "("):
        function = "from_list" if listed else "construct"
        edits.before[opening] += f"{'' if assigns else ' = '}assay::{function}<{spelled}>"
        _round(structure, edits, opening)


def _array(structure: Structure, edits: Edits, opening: int, dimensions: int, spelled: str) -> None:
    """The lists of an array's elements; those of plain numbers are the same in C++."""
    for start, _ in _elements(structure, opening):
        if structure.at(start) != "{":
            continue
        if dimensions > 1:
            _array(structure, edits, start, dimensions - 1, spelled)
        elif not _plain(structure, start):
            _from_list(structure, edits, start, spelled)


def _plain(structure: Structure, opening: int) -> bool:
    inner = range(opening + 1, structure.partner[opening])
    return all(structure.tokens[i].kind == "number" or structure.at(i) in ",-+" for i in inner)


def _results(structure: Structure, edits: Edits, function: Function, vectors: VectorTypes) -> None:
    """``return {v.xy, 1};``"""
    places = [
        index + 1
        for index in range(*(function.body or (0, 0)))
        if structure.at(index) == "return" and structure.at(index + 1) == "{"
    ]
    spelled = vectors.result(function) if places else None
    for opening in places:
        if spelled and len(_elements(structure, opening)) > 1:
            _from_list(structure, edits, opening, spelled)


def _members(structure: Structure, edits: Edits, function: Function, vectors: VectorTypes) -> None:
    """``Ray(float2 p) : origin(p, 0) {}``"""
    if not function.body or function.name != function.owner:
        return
    colon = structure.find(function.parameter_list[1], function.body[0], ":")
    if colon is None:
        return
    members = vectors.members(function.owner)
    for start, stop in split_list(
        structure.tokens, (colon + 1, function.body[0]), structure.partner
    ):
        opening = start + 1
        kind = members.get(structure.at(start))
        listed = structure.partner.get(opening) == stop - 1
        if kind and listed and len(_elements(structure, opening)) > 1:
            edits.before[opening + 1] = f"assay::construct<{kind}>(" + edits.before[opening + 1]
            edits.after[stop - 2] += ")"


def _elements(structure: Structure, opening: int) -> list[Range]:
    return split_list(
        structure.tokens, (opening + 1, structure.partner[opening]), structure.partner
    )


def _from_list(structure: Structure, edits: Edits, opening: int, spelled: str) -> None:
    edits.before[opening] += f" assay::from_list<{spelled}>"
    _round(structure, edits, opening)


def _round(structure: Structure, edits: Edits, opening: int) -> None:
    edits.replaced[opening], edits.replaced[structure.partner[opening]] = "(", ")"


def _construct(edits: Edits, first: int, last: int, function: str = "construct") -> None:
    edits.before[first] += f"assay::{function}<"
    edits.after[last] += ">"


def _is_declarator(structure: Structure, start: int, opening: int) -> bool:
    """Whether it constructs nothing: ``T (&tile)[8]``, ``T (&row(int i))[8]``, ``operator T()``."""
    tokens = structure.tokens
    if start and tokens[start - 1].text in ("operator", "~", "explicit", "constexpr", "."):
        return True
    close = structure.partner[opening]
    pointer = tokens[opening + 1].text in ("&", "*") and structure.at(close + 1) in ("[", "(")
    named = tokens[close - 1].kind == "identifier" and close - opening == 3
    named |= structure.at(opening + 3) == "(" and structure.partner[opening + 3] == close - 1
    return pointer and (named or close - opening == 2)


def _body_mask(structure: Structure) -> bytearray:
    mask = bytearray(len(structure.tokens))
    for function in structure.functions:
        if function.body:
            mask[slice(*function.body)] = b"\1" * (function.body[1] - function.body[0])
    return mask
