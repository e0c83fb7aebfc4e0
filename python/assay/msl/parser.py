"""Finds the declarations of a Metal source and fills in a Structure."""

from __future__ import annotations

from assay.msl.structure import (
    OPENING,
    Attribute,
    Declaration,
    Function,
    Instantiation,
    Parameter,
    Range,
    Specialisation,
    Structure,
    Type,
    Variable,
    match_brackets,
    split_list,
)
from assay.msl.tokens import Token

_TYPE_KEYWORDS = frozenset(("struct", "class", "union", "enum"))
_WITH_ARGUMENTS = frozenset(("__attribute__", "alignas", "decltype"))


def parse(tokens: list[Token]) -> Structure:
    """Find the declarations in a list of code tokens (no layout, comments or directives).

    Raises:
        StructureError: Brackets do not match.
    """
    structure = Structure(tokens, match_brackets(tokens))
    parser = _Parser(structure)
    parser.scope(0, len(tokens), owner=None)
    for function in structure.functions:
        for index in range(*(function.body or (0, 0))):
            if tokens[index].text in ("using", "typedef"):
                parser.alias(index, len(tokens))
    return structure


class _Parser:
    """Walks the declarations of a scope; types and namespaces recurse."""

    def __init__(self, structure: Structure) -> None:
        self.out = structure
        self.tokens = structure.tokens
        self.partner = structure.partner
        self.namespace = ""
        self.type_opening = -1

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
        if text == "inline" and self.text(index + 1) == "namespace":
            return index + 1
        if text in ("public", "private", "protected") and self.text(index + 1) == ":":
            return index + 2
        declaration = _Declaration(self, index, end, owner)
        if text in ("using", "typedef", "static_assert", "friend", "namespace"):
            stop = self.alias(index, end)
            declaration.name = self.alias_name(index, stop - 1)
        else:
            stop = declaration.parse()
        if owner is None:
            self.out.declarations.append(Declaration(declaration.name, (index, stop)))
        return stop

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
        name = self.alias_name(index, stop)
        if self.text(index) == "using" and name:
            start = (self.out.find(index, stop, "=") or stop) + 1
            self.out.aliases[name] = self.out.text((start, stop))
        elif self.text(index) == "typedef":
            words = [word for word in self.out.words((index + 1, stop)) if word != name]
            self.out.aliases[name] = " ".join(words)
        return stop + 1

    def alias_name(self, index: int, stop: int) -> str:
        if self.text(index) in ("using", "namespace") and self.text(index + 2) in ("=", "["):
            return self.text(index + 1)
        return self.typedef_name(index + 1, stop) if self.text(index) == "typedef" else ""

    def typedef_name(self, index: int, stop: int) -> str:
        """The name that a typedef declares: before an array's size or a function's parameters."""
        name = ""
        while index < stop:
            text = self.text(index)
            if text == "(" and self.text(index - 1) not in _WITH_ARGUMENTS:
                close = self.partner[index]
                return self.text(close - 1) if self.text(close + 1) == "(" else name
            if text == "[" and self.text(index + 1) != "[":
                return name
            if self.tokens[index].kind == "identifier" and text not in _WITH_ARGUMENTS:
                name = text
            index = self.partner[index] + 1 if text in OPENING else index + 1
        return name

    def template_list(self, index: int) -> int:
        """Index behind the ``>`` that closes the list opened at ``index``."""
        depth = 0
        while index < len(self.tokens):
            text = self.text(index)
            if text in OPENING:
                index = self.partner[index]
            elif text == "<":
                depth += 1
            elif text == ">":
                depth -= 1
                if depth == 0:
                    return index + 1
            index += 1
        return index

    def attributes(self, index: int) -> tuple[Attribute, ...]:
        """The attributes of a list ``[[a, b(1)]]`` that starts at ``index``; none if none does."""
        if self.text(index) != "[" or self.text(index + 1) != "[":
            return ()
        span = (index, self.partner[index] + 1)
        parts = split_list(self.tokens, (index + 2, span[1] - 2), self.partner)
        texts = [[self.text(i) for i in range(*part)] for part in parts]
        return tuple(Attribute(words[0], tuple(words[2:-1]), span) for words in texts if words)

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
            found = self.attributes(index)
            if found:
                attributes += found
                index = found[0].span[1]
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
        self.name = ""

    def parse(self) -> int:
        p = self.parser
        if p.text(self.start) == "template" and p.text(self.start + 1) != "<":
            return self.instantiation()
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
        attributes = p.attributes(self.index)
        if attributes:
            self.place(attributes)
            self.index = attributes[0].span[1]
        elif text == "template" and p.text(self.index + 1) == "<":
            stop = p.template_list(self.index + 1)
            self.template = (self.index, stop)
            self.note_template_types(stop)
            self.index = stop
        elif text in _WITH_ARGUMENTS and p.text(self.index + 1) == "(":
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

    def place(self, attributes: tuple[Attribute, ...]) -> None:
        self.is_kernel |= any(attribute.name == "kernel" for attribute in attributes)
        start = attributes[0].span[0]
        behind = any(a.span[1] == start for a, where in self.placed if where == "before")
        named = self.parser.text(attributes[-1].span[1]) == "("  # between the name and its list
        where = "before" if behind or named or start == self._first_code() else "inside"
        self.placed += [(attribute, where) for attribute in attributes]

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

    def instantiation(self) -> int:
        p = self.parser
        stop = self.skip_to_semicolon()
        last = stop - 1
        parameters: tuple[Parameter, ...] | None = None
        if p.text(last) == ")":
            parameters = p.parameters((p.partner[last] + 1, last))
            last = p.partner[last] - 1
        name = self.template_name(last)
        attributes = [a for i in range(self.start, stop) for a in p.attributes(i)]
        marked = any(a.name in ("kernel", "host_name") for a in attributes)
        marked |= any(p.text(i) == "kernel" for i in range(self.start, stop))
        if marked and (p.text(last) == ">" or parameters is not None):
            arguments = (name + 1, last + 1)
            span = (self.start, stop + 1)
            p.out.instantiations.append(
                Instantiation(p.text(name), arguments, tuple(attributes), span, parameters or ())
            )
        return stop + 1

    def skip_to_semicolon(self) -> int:
        stop = self.parser.out.find(self.index, self.end, ";")
        return self.end if stop is None else stop

    def variable(self, stop: int) -> int:
        p = self.parser
        if self.template and not self.type_body:
            name_end = p.out.find(self.template[1], stop, "=", "{", "<") or stop
            self.name = p.text(name_end - 1)
            p.out.template_variables.add(self.name)
        elif stop > self.start and not self.type_body:
            name_end = p.out.find(self.start, stop, "=", "{", "[") or stop
            skipped = {i for a, _ in self.placed for i in range(*a.span)}
            names = [i for i in range(self.start, min(name_end, stop)) if i not in skipped]
            attributes = tuple(attribute for attribute, _ in self.placed)
            self.name = p.declared_name(names)
            span = (self.start, stop)
            p.out.variables.append(
                Variable(self.name, span, self.owner, attributes, p.namespace, p.type_opening)
            )
        return stop + 1

    def type(self, opening: int) -> int:
        """A class body: members are declarations of a scope of their own."""
        p = self.parser
        first = self.template[1] if self.template else self.start
        keyword = next(i for i in range(first, opening) if p.text(i) in _TYPE_KEYWORDS)
        is_enum = p.text(keyword) == "enum"
        name_index = keyword + 1
        while p.attributes(name_index) or p.text(name_index) in ("class", "alignas", "struct", "("):
            attributes = p.attributes(name_index)
            if attributes:
                name_index = attributes[0].span[1]
            else:
                name_index = p.partner.get(name_index, name_index) + 1
        name = p.text(name_index) if p.tokens[name_index].kind == "identifier" else ""
        self.name = name
        if name:
            p.out.type_names.add(name)
        close = p.partner[opening]
        if self.template and p.text(name_index + 1) == "<":
            p.out.specialisations.append(
                Specialisation(
                    name,
                    name_index,
                    self.template,
                    (name_index + 1, p.template_list(name_index + 1)),
                    (opening, close + 1),
                    (self.start, close + 2),
                    p.namespace,
                    p.type_opening,
                )
            )
        if not is_enum:
            p.out.types[opening] = Type(name, self.bases(name_index, opening), p.type_opening)
            outer, p.type_opening = p.type_opening, opening
            p.scope(opening + 1, close, owner=name or "(unnamed)")
            p.type_opening = outer
        self.index = self.behind_attributes(close + 1)
        stop = self.skip_to_semicolon()
        if stop > self.index:
            span = (self.start, stop)
            p.out.variables.append(
                Variable(p.text(self.index), span, self.owner, scope=p.type_opening)
            )
        return stop + 1

    def behind_attributes(self, index: int) -> int:
        """``struct S { … } __attribute__((packed));``"""
        p = self.parser
        while p.text(index) in _WITH_ARGUMENTS and p.text(index + 1) == "(":
            index = p.partner[index + 1] + 1
        return index

    def bases(self, name_index: int, opening: int) -> tuple[str, ...]:
        p = self.parser
        colon = p.out.find(name_index, opening, ":")
        if colon is None:
            return ()
        names = []
        for start, stop in split_list(p.tokens, (colon + 1, opening), p.partner):
            stop = p.out.find(start, stop, "<") or stop
            names.append(p.text(stop - 1))
        return tuple(names)

    def function(self, opening: int) -> int:
        p = self.parser
        close = p.partner[opening]
        index = close + 1
        while index < self.end and p.text(index) not in (";", "{", "="):
            attributes = p.attributes(index)
            if attributes:
                self.placed += [(attribute, "after") for attribute in attributes]
                index = attributes[0].span[1]
            elif p.text(index) == ":":
                index = self.skip_initialisers(index + 1)
                break
            else:
                index = p.partner[index] + 1 if p.text(index) in OPENING else index + 1
        body = (index, p.partner[index] + 1) if p.text(index) == "{" else None
        self.index = index
        stop = body[1] if body else min(self.skip_to_semicolon() + 1, len(p.tokens))
        self.name = p.text(self.name_index(opening))
        p.out.functions.append(
            Function(
                name=self.name,
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
                scope=p.type_opening,
                stop=stop,
            )
        )
        return stop

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
        starts = {a.span[1]: a.span[0] for a, where in self.placed if where == "before"}
        return self.template_name(starts.get(opening, opening) - 1)

    def template_name(self, index: int) -> int:
        """Index of the name that ends at ``index``, before its template arguments if it has any."""
        p = self.parser
        if p.text(index) != ">":
            return index
        depth = 0
        while index > self.start:
            text = p.text(index)
            if text in (")", "]", "}"):
                index = p.partner[index]
            depth += (text == ">") - (text == "<")
            index -= 1
            if depth == 0:
                break
        return index
