"""Names that stand for a type in one place of a source and for a variable in another."""

from __future__ import annotations

import functools

from assay.msl.structure import Range, Structure, split_list

_Names = tuple[set[str], set[str]]  # of variables, of types

_DECLARING = frozenset(("typename", "class", "struct", "union", "enum", "using", "typedef"))
_NOT_TYPES = frozenset(("return", "else", "case", "do", "and", "or", "not"))
_BEHIND_NAMES = frozenset(("=", ";", ",", "(", "[", "{", ")", ":"))


class LocalNames:
    """Which names are variables: of a function, of a class or of the whole source."""

    def __init__(self, structure: Structure) -> None:
        self._structure = structure
        self._names = functools.lru_cache(maxsize=None)(self._of_function)

    def is_variable(self, index: int) -> bool:
        """Whether the name at a token is one of a variable there."""
        name = self._structure.at(index)
        function = self._functions[index]
        scopes = [self._names(function)] if function >= 0 else []
        scopes += [names for body, names in self._templates if body[0] < index < body[1]]
        for variables, types in scopes:
            if name in variables or name in types:
                return name in variables
        owner = self._structure.functions[function].owner if function >= 0 else None
        return name in self._members[None] or name in self._members.get(owner, ())

    @functools.cached_property
    def _members(self) -> dict[str | None, set[str]]:
        """Variables by the type they belong to."""
        members: dict[str | None, set[str]] = {None: set()}
        for variable in self._structure.variables:
            members.setdefault(variable.owner, set()).add(variable.name)
        return members

    @functools.cached_property
    def _functions(self) -> list[int]:
        """For each token the function that it is in, by its place in the list; -1 outside."""
        owners = [-1] * len(self._structure.tokens)
        for place, function in enumerate(self._structure.functions):
            if function.body:
                owners[slice(*function.body)] = [place] * (function.body[1] - function.body[0])
        return owners

    @functools.cached_property
    def _templates(self) -> list[tuple[Range, _Names]]:
        """The bodies of class templates with the names of their parameters."""
        structure, found = self._structure, []
        for index, token in enumerate(structure.tokens):
            if token.text != "template" or structure.at(index + 1) != "<":
                continue
            stop = structure.template_end(index + 1)
            body = structure.find(stop, len(structure.tokens), "{", ";")
            is_class = structure.at(stop) in ("struct", "class", "union")
            if is_class and body is not None and structure.at(body) == "{":
                span = (body, structure.partner[body])
                found.append((span, self._parameters((index, stop))))
        return found

    def _of_function(self, place: int) -> _Names:
        """The names of a function's own variables, and of its own types."""
        function = self._structure.functions[place]
        variables, types = self._parameters(function.template)
        variables |= {parameter.name for parameter in function.parameters}
        for index in range(*(function.body or (0, 0))):
            if self._structure.at(index - 1) in _DECLARING:
                types.add(self._structure.at(index))
            elif self._declares(index):
                variables.add(self._structure.at(index))
        return variables - types, types

    def _parameters(self, template: Range | None) -> _Names:
        """Those of a template: values and types."""
        names: _Names = (set(), set())
        structure = self._structure
        if template is not None:
            inner = (template[0] + 2, template[1] - 1)
            for start, stop in split_list(structure.tokens, inner, structure.partner):
                name = (structure.find(start, stop, "=") or stop) - 1
                is_type = structure.at(start) in ("typename", "class", "template")
                names[is_type].add(structure.at(name))
        return names

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
