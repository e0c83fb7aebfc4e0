"""Where the threads of a simdgroup may come to the same simdgroup function in different ways.

Lanes that execute a simdgroup function together are found by its position in the source. That is
not enough where a function is called from several places, or where a loop skips the call in some
iterations: a thread then keeps a record of its way, see ``assay::step``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from assay.msl.edits import Edits
from assay.msl.structure import Range, Structure, split_list

_CHOICES = frozenset(("if", "?", "&&", "||", "and", "or", "switch", "continue", "for", "while"))
_BEFORE_CALLS = frozenset(("return", "else", "do", "case"))


def diverging(structure: Structure, edits: Edits) -> None:
    """Put steps around the loops and calls that need them, outside of what others have edited."""
    if not any(_is_simdgroup_function(token.text) for token in structure.tokens):
        return
    bodies = [function.body for function in structure.functions if function.body]
    places = sorted({index for body in bodies for index in range(*body)})
    reaching = _reaching(structure)
    loops = [index for index in places if structure.at(index) in ("for", "while", "do")]
    ends = {_statement_end(structure, i + 1) for i in loops if structure.at(i) == "do"}
    for index in loops:
        if index not in ends:
            _loop(structure, index, reaching, edits)
    for start, stop in _repeated_calls(structure, places, reaching):
        edits.before[start] = f"(assay::called(), {edits.before[start]}"
        edits.after[stop - 1] += ")"


def _is_simdgroup_function(name: str) -> bool:
    return name.startswith(("simd_", "quad_"))


def _reaching(structure: Structure) -> set[str]:
    """Names of the functions that lead to a simdgroup function."""
    mentioned = [
        (function.name, set(structure.words(function.body)))
        for function in structure.functions
        if function.body is not None and not function.is_kernel and function.name != function.owner
    ]
    found = {name for name, words in mentioned if any(map(_is_simdgroup_function, words))}
    while True:
        more = {name for name, words in mentioned if not found.isdisjoint(words)} - found
        if not more:
            return found
        found |= more


def _repeated_calls(structure: Structure, places: list[int], reaching: set[str]) -> Iterator[Range]:
    """The first arguments of calls of functions that the source calls more than once."""
    calls = [
        (structure.at(index), argument)
        for index in places
        if structure.at(index) in reaching and (argument := _first_argument(structure, index))
    ]
    times = Counter(name for name, _ in calls)
    return (argument for name, argument in calls if times[name] > 1)


def _first_argument(structure: Structure, name: int) -> Range | None:
    """Of the call of a function whose name stands at ``name``; None where that is no such call."""
    opening = name + 1
    if structure.at(opening) == "<":
        opening = structure.template_end(opening) or opening
    if structure.at(opening) != "(" or _declares(structure, name):
        return None
    inner = (opening + 1, structure.partner[opening])
    first = next(iter(split_list(structure.tokens, inner, structure.partner)), None)
    if first is None or first[0] == first[1] or structure.at(first[0]) == "{":
        return None
    return first


def _declares(structure: Structure, name: int) -> bool:
    """Whether a type stands before a name."""
    while structure.at(name - 1) == "::":
        name -= 2
    before = structure.tokens[name - 1]
    return before.kind == "identifier" and before.text not in _BEFORE_CALLS


def _loop(structure: Structure, index: int, reaching: set[str], edits: Edits) -> None:
    """``for (looping l; l.once();) for (init; condition; l.next(), step) …``"""
    stop = _statement_end(structure, index)
    words = structure.words((index + 1, stop))
    calls = bool(reaching.intersection(words))
    skips = not _CHOICES.isdisjoint(words) and any(map(_is_simdgroup_function, words))
    if not (calls or skips):
        return
    name, opening = f"assay_loop_{index}", index + 1
    edits.before[index] += f"for (assay::looping {name}; {name}.once();) "
    close = structure.partner.get(opening, opening)
    if structure.at(index) == "do":
        _count_in_body((opening, _statement_end(structure, opening)), name, edits)
    elif structure.at(index) == "while":
        edits.replaced[index] = "for"
        edits.after[opening] = f"; {edits.after[opening]}"
        edits.before[close] += f"; {name}.next()"
    elif (step := _step_of_for(structure, opening)) is not None:
        edits.after[step - 1] += f" {name}.next()" + ("" if step == close else ",")
    else:  # over the elements of an array
        _count_in_body((close + 1, stop), name, edits)


def _count_in_body(body: Range, name: str, edits: Edits) -> None:
    edits.before[body[0]] += f"{{ {name}.next(); "
    edits.after[body[1] - 1] = " }" + edits.after[body[1] - 1]


def _step_of_for(structure: Structure, opening: int) -> int | None:
    """Index behind the second semicolon in the brackets of a loop."""
    close, index = structure.partner[opening], opening
    for _ in range(2):
        found = structure.find(index + 1, close, ";")
        if found is None:
            return None
        index = found
    return index + 1


def _statement_end(structure: Structure, index: int) -> int:
    """Index behind the statement that begins at ``index``."""
    word = structure.at(index)
    if word == "{":
        return structure.partner[index] + 1
    if word == "do":
        return _statement_end(structure, _statement_end(structure, index + 1) + 1)
    if word in ("if", "for", "while", "switch") and "(" in structure.words((index + 1, index + 3)):
        opening = index + 1 if structure.at(index + 1) == "(" else index + 2  # if constexpr
        behind = structure.partner[opening] + 1
        stop = _statement_end(structure, behind)
        if word == "if" and structure.at(stop) == "else":
            stop = _statement_end(structure, stop + 1)
        return stop
    found = structure.find(index, len(structure.tokens), ";")
    return len(structure.tokens) if found is None else found + 1
