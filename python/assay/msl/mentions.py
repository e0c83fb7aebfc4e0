"""Which names a function mentions, itself and through everything that it mentions."""

from __future__ import annotations

from collections.abc import Iterable

from assay.msl.structure import Function, Range, Structure


class Mentions:
    """The declarations of a source, each with the identifiers in it.

    Names are not resolved: a declaration counts as mentioned wherever its name, or that of the type
    it belongs to, appears in another meaning too; what a declaration names itself does not count.
    """

    def __init__(self, structure: Structure) -> None:
        self._structure = structure
        self._by_name: dict[str, list[frozenset[str]]] = {}
        for function in structure.functions:
            if function.body:
                self._add((function.name, function.owner), self._of(function))
        for variable in structure.variables:
            words = self._words(variable.span) - {variable.name}
            self._add((variable.owner or variable.name,), words)

    def _add(self, names: Iterable[str | None], words: frozenset[str]) -> None:
        for name in {name for name in names if name}:
            self._by_name.setdefault(name, []).append(words)

    def _of(self, function: Function) -> frozenset[str]:
        assert function.body is not None
        parameters = {parameter.name for parameter in function.parameters}
        return self._words((function.start, function.body[1])) - parameters

    def _words(self, span: Range) -> frozenset[str]:
        """Identifiers of a range; those of members begin with a dot."""
        structure = self._structure
        return frozenset(
            f".{structure.at(index)}" if structure.at(index - 1) in (".", "->") else text
            for index in range(*span)
            if structure.tokens[index].kind == "identifier" and (text := structure.at(index))
        )

    def reached(self, function: Function) -> frozenset[str]:
        """Identifiers in a function with a body and in all that it leads to; members with a dot."""
        found = set(self._of(function))
        pending = list(found)
        while pending:
            for words in self._by_name.get(pending.pop().lstrip("."), ()):
                pending += words - found
                found |= words
        return frozenset(found)
