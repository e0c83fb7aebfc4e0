"""Names that stand for a type in one place of a source and for a variable in another."""

from __future__ import annotations

import functools

from assay.msl.structure import Function, Structure, split_list

_DECLARING = frozenset(("typename", "class", "struct", "union", "enum", "using", "typedef"))
_NOT_TYPES = frozenset(("return", "else", "case", "do", "and", "or", "not"))
_BEHIND_NAMES = frozenset(("=", ";", ",", "(", "[", "{", ")", ":"))


class LocalNames:
    """Which names are variables, function by function."""

    def __init__(self, structure: Structure) -> None:
        self._structure = structure
        self._variables = functools.lru_cache(maxsize=None)(self._find)

    @functools.cached_property
    def _members(self) -> frozenset[str]:
        return frozenset(variable.name for variable in self._structure.variables)

    @functools.cached_property
    def _functions(self) -> list[int]:
        """For each token the function that it is in, by its place in the list; -1 outside."""
        owners = [-1] * len(self._structure.tokens)
        for place, function in enumerate(self._structure.functions):
            if function.body:
                owners[slice(*function.body)] = [place] * (function.body[1] - function.body[0])
        return owners

    def is_variable(self, index: int) -> bool:
        """Whether the name at a token in a function is one of a variable there."""
        place = self._functions[index]
        if place < 0:
            return False
        variables, types = self._variables(place)
        name = self._structure.at(index)
        return name in variables or (name in self._members and name not in types)

    def _find(self, place: int) -> tuple[frozenset[str], frozenset[str]]:
        """The names of a function's own variables, and of its own types."""
        function = self._structure.functions[place]
        variables = {parameter.name for parameter in function.parameters}
        types: set[str] = set()
        self._template(function, variables, types)
        for index in range(*(function.body or (0, 0))):
            if self._structure.at(index - 1) in _DECLARING:
                types.add(self._structure.at(index))
            elif self._declares(index):
                variables.add(self._structure.at(index))
        return frozenset(variables - types), frozenset(types)

    def _template(self, function: Function, variables: set[str], types: set[str]) -> None:
        if function.template is None:
            return
        structure = self._structure
        inner = (function.template[0] + 2, function.template[1] - 1)
        for start, stop in split_list(structure.tokens, inner, structure.partner):
            name = (structure.find(start, stop, "=") or stop) - 1
            is_type = structure.at(start) in ("typename", "class", "template")
            (types if is_type else variables).add(structure.at(name))

    def _declares(self, index: int) -> bool:
        """Whether a variable is declared here: a type stands before its name."""
        tokens = self._structure.tokens
        if tokens[index].kind != "identifier" or self._structure.at(index + 1) not in _BEHIND_NAMES:
            return False
        before = index - 1
        while self._structure.at(before) in ("*", "&"):
            before -= 1
        if self._structure.at(before) == ",":  # int a = 1, b = 2;
            return self._structure.at(index + 1) == "="
        is_type = tokens[before].kind == "identifier" or self._structure.at(before) == ">"
        return is_type and self._structure.at(before) not in _NOT_TYPES
