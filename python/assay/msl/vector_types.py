"""Which names and types of a source stand for vectors."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping

from assay.msl.structure import Function, Range, Structure, Variable, split_list

VECTOR = re.compile(
    r"(?:packed_|simd_|vector_)?(?:bool|u?char|u?short|u?int|u?long|b?float|half)[234]$"
)
MATRIX = re.compile(r"(?:simd_|matrix_)?(float|half|bfloat)[234]x([234])$")
_SCALAR = re.compile(r"(?:bool|u?char|u?short|u?int|u?long|b?float|half)$")
_BEFORE = frozenset(
    """
    static inline constexpr const volatile mutable friend typename
    thread device constant threadgroup
    """.split()  # noqa: SIM905
)


def _vector_aliases(meanings: Mapping[str, list[list[str]]]) -> frozenset[str]:
    """Aliases of vectors, and of nothing but vectors and their elements."""
    found: set[str] = set()
    while True:
        more = {name for name, types in meanings.items() if _all_vectors(types, found)}
        if more == found:
            return frozenset(found)
        found = more


def _all_vectors(types: list[list[str]], known: set[str]) -> bool:
    vectors = [words[0] == "vec" or _is_vector(words, known) for words in types]
    others = [words for words, vector in zip(types, vectors, strict=True) if not vector]
    return any(vectors) and all(len(w) == 1 and bool(_SCALAR.match(w[0])) for w in others)


def _is_vector(words: list[str], known: set[str]) -> bool:
    named = len(words) == 1 or words[1] == "<"
    return named and (bool(VECTOR.match(words[0])) or words[0] in known)


def _meanings(structure: Structure) -> dict[str, list[list[str]]]:
    """The types that each alias stands for; an alias may be declared in several scopes."""
    meanings: dict[str, list[list[str]]] = defaultdict(list)
    for index, token in enumerate(structure.tokens):
        if token.text == "using" and structure.at(index + 2) == "=":
            name, span = index + 1, _until_semicolon(structure, index + 3)
        elif token.text == "typedef":
            start, stop = _until_semicolon(structure, index + 1)
            name, span = stop - 1, (start, stop - 1)
        else:
            continue
        words = [word for word in structure.words(span) if word not in _BEFORE]
        while words[1:2] == ["::"] or words[:1] == ["::"]:
            words = words[words.index("::") + 1 :]
        meanings[structure.at(name)].append(words or [""])
    return meanings


def _until_semicolon(structure: Structure, start: int) -> Range:
    stop = structure.find(start, len(structure.tokens), ";")
    return start, start if stop is None else stop


class VectorTypes:
    """Recognises the vector types of one source.

    ``aliases`` are the names, those of templates included, that may stand for a vector.
    """

    def __init__(self, structure: Structure) -> None:
        meanings = _meanings(structure)
        self._structure = structure
        self._vectors = _vector_aliases(meanings)
        self.aliases = frozenset(
            name
            for name, types in meanings.items()
            if not all(words[0] in structure.type_names and "::" not in words for words in types)
        )

    def end(self, index: int) -> int | None:
        """Index behind the vector type whose own name is at ``index``; None if it is none."""
        text, behind = self._structure.at(index), self._structure.at(index + 1)
        if VECTOR.match(text):
            return index + 1
        if text == "vec" and not self._is_own(index):
            return self._structure.template_end(index + 1) if behind == "<" else None
        if text not in self._vectors:
            return None
        return self._structure.template_end(index + 1) if behind == "<" else index + 1

    def _is_own(self, index: int) -> bool:
        """Whether a name of the library stands for a type of the source."""
        return (
            self._structure.at(index) in self._structure.type_names
            and self._structure.at(index - 2) != "metal"
        )

    def spelled(self, span: Range) -> str | None:
        """The vector type in front of a declared name, without qualifiers; None if it is none."""
        start = span[0]
        while self._structure.at(start) in _BEFORE or self._structure.at(start) == "[":
            start = self._structure.partner.get(start, start) + 1
        first = start
        while self._structure.at(first + 1) == "::" or self._structure.at(first) == "::":
            first += 1
        stop = self.end(first)
        while stop is not None and stop < span[1] and self._structure.at(stop) == "const":
            stop += 1
        return " ".join(self._structure.words((start, stop))) if stop == span[1] else None

    def result(self, function: Function) -> str | None:
        """The type of a function's result if that is a vector."""
        start = function.template[1] if function.template else function.start
        while self._structure.at(start) == "__attribute__":
            start = self._structure.partner[start + 1] + 1
        while self._structure.at(start) in _BEFORE:
            start += 1
            if self._structure.at(start) == "__attribute__":
                start = self._structure.partner[start + 1] + 1
        return self.spelled((start, function.name_index))

    def members(self, owner: str) -> dict[str, str]:
        """The data members of a type that are vectors, with their types."""
        found: dict[str, str] = {}
        for variable in self._structure.variables:
            if variable.owner == owner:
                found.update(self._declared(variable))
        return found

    def _declared(self, variable: Variable) -> dict[str, str]:
        parts = split_list(self._structure.tokens, variable.span, self._structure.partner)
        if not parts:
            return {}
        start, stop = parts[0]
        equals = self._structure.find(start, stop, "=", "{")
        name = (equals or stop) - 1
        kind = self.spelled((start, name))
        names = [name, *(part[0] for part in parts[1:])]
        return {self._structure.at(i): kind for i in names} if kind else {}
