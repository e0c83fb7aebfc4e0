"""The operands of a few operators, found without parsing whole expressions."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from assay.msl.local_names import LocalNames
from assay.msl.structure import Range, Structure

_PREFIX = frozenset(("+", "-", "!", "~", "*", "&", "++", "--"))
_POSTFIX_OPENING = frozenset(("(", "[", "{"))
_MEMBER = frozenset((".", "->", "::"))
_CONDITIONAL = frozenset(("<", ">", "<=", ">=", "==", "!=", "&&", "||", "and", "or"))
BEHIND_TEMPLATE_ARGUMENTS = frozenset(
    ("(", "{", "::", ")", "]", "}", ";", ",", "?", "&&", "||", "==", "!=")
)
_KEYWORDS = frozenset(("return", "case", "else", "do"))
_QUALIFIERS = frozenset(("const", "volatile", "device", "thread", "threadgroup", "constant"))
_BEGINS_CAST = frozenset(("(", "-", "+", "!", "~", "*", "&", "::"))
_ALSO_BETWEEN_OPERANDS = frozenset(("(", "-", "+", "*", "&"))
_ENDS_ASSIGNMENT = (";", ",", ")", "]", "}")


@dataclass(frozen=True)
class Divisor:
    """Range of a divisor, and whether it belongs to a compound assignment."""

    start: int
    stop: int
    assigned: bool


def divisors(structure: Structure) -> list[Divisor]:
    """The divisors of ``/``, ``%``, ``/=`` and ``%=``, plain numbers left out.

    Integer division is the library's own, see ``assay_divide.h``.
    """
    found = []
    for index, token in enumerate(structure.tokens):
        if token.kind != "punctuation" or token.text not in ("/", "%", "/=", "%="):
            continue
        if structure.at(index - 1) == "operator":
            continue
        start = index + 1
        if token.text.endswith("="):
            stop = structure.find(start, len(structure.tokens), *_ENDS_ASSIGNMENT)
        else:
            stop = operand_end(structure, start)
        plain = stop == start + 1 and structure.tokens[start].kind == "number"
        if stop is not None and stop > start and not plain:
            found.append(Divisor(start, stop, token.text.endswith("=")))
    return found


@dataclass(frozen=True)
class Cast:
    """A C-style cast: its brackets, and the index behind its operand."""

    opening: int
    close: int
    stop: int


def casts(structure: Structure, types: Collection[str]) -> Iterator[Cast]:
    """Casts ``(T)operand`` to a type that ``types`` names or to ``vec<…>``.

    ``(N) - 1`` is none where ``N`` is a variable.
    """
    names = LocalNames(structure)
    for index, token in enumerate(structure.tokens):
        if token.text != "(" or not _may_cast(structure, index - 1):
            continue
        close = structure.partner[index]
        if not _names_type(structure, index + 1, close, types):
            continue
        doubtful = close == index + 2 and structure.at(close + 1) in _ALSO_BETWEEN_OPERANDS
        variable = doubtful and names.is_variable(index + 1)
        if _begins_cast_operand(structure, close + 1) and not variable:
            yield Cast(index, close, operand_end(structure, close + 1))


def _names_type(structure: Structure, index: int, close: int, types: Collection[str]) -> bool:
    """Whether brackets hold ``T``, ``a::T``, ``T<…>`` or ``typename T<…>::type`` and no more."""
    index += structure.at(index) == "typename"
    index += structure.at(index) == "::"
    while index < close and structure.tokens[index].kind == "identifier":
        name = structure.at(index)
        index += 1
        if structure.at(index) == "<":
            index = _template_close(structure, index) or close + 1
        if index == close:
            return name in types or name == "vec"
        index += structure.at(index) == "::" or close
    return False


def _may_cast(structure: Structure, before: int) -> bool:
    return structure.tokens[before].kind != "identifier" or structure.at(before) in _KEYWORDS


def _begins_cast_operand(structure: Structure, index: int) -> bool:
    text = structure.at(index)
    return (_begins_operand(structure, index) and text not in _QUALIFIERS) or text in _BEGINS_CAST


def is_condition(structure: Structure, opening: int) -> bool:
    """Whether a single argument in brackets is a comparison or a logical expression."""
    return compares(structure, (opening + 1, structure.partner[opening]))


def compares(structure: Structure, span: Range) -> bool:
    """Whether a single expression is a comparison or a logical expression."""
    index, close = span
    found = structure.at(index) in ("!", "not")
    while index < close:
        text = structure.at(index)
        if text == ",":
            return False
        if text == "<" and structure.tokens[index - 1].kind == "identifier":
            behind = _template_close(structure, index)
            if behind and structure.at(behind) in BEHIND_TEMPLATE_ARGUMENTS:
                index = behind
                continue
        if text == ">" and structure.at(index + 1) == ">":  # a shift is two tokens
            index += 2
            continue
        found |= text in _CONDITIONAL
        index = structure.partner.get(index, index) + 1
    return found


def operand_end(structure: Structure, index: int) -> int:
    """Index behind the operand that starts at ``index``: prefixes, a cast, a name, postfixes."""
    while structure.at(index) in _PREFIX:
        index += 1
    if structure.at(index) == "::":
        index += 1
    if structure.at(index) == "(":
        index = structure.partner[index] + 1
        if _begins_operand(structure, index):  # that was the type of a cast
            return operand_end(structure, index)
    elif structure.at(index):
        index = _name(structure, index)
    return _postfixes(structure, index)


def _begins_operand(structure: Structure, index: int) -> bool:
    if index >= len(structure.tokens):
        return False
    return structure.tokens[index].kind in ("identifier", "number")


def _name(structure: Structure, index: int) -> int:
    """Index behind one token, and behind template arguments that a call or a member follows."""
    is_name = structure.tokens[index].kind == "identifier"
    index += 1
    if is_name and structure.at(index) == "<":
        close = _template_close(structure, index)
        named = structure.at(index - 1) in structure.template_variables
        if close and (named or structure.at(close) in BEHIND_TEMPLATE_ARGUMENTS):
            return close
    return index


def _template_close(structure: Structure, index: int) -> int | None:
    depth = 0
    while index < len(structure.tokens):
        text = structure.at(index)
        if text in (";", ")", "]", "}", "&&", "||"):
            return None
        depth += (text == "<") - (text == ">")
        index = structure.partner.get(index, index) + 1
        if depth == 0:
            return index
    return None


def _postfixes(structure: Structure, index: int) -> int:
    while True:
        text = structure.at(index)
        if text in _POSTFIX_OPENING:
            index = structure.partner[index] + 1
        elif text in _MEMBER and index + 1 < len(structure.tokens):
            index = _name(structure, index + 1)
        elif text in ("++", "--"):
            index += 1
        else:
            return index
