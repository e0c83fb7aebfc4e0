"""From the candidate's source to tokens with macros expanded and positions kept."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from assay.errors import CompileError, Diagnostic
from assay.msl import clang_output, directives, toolchain
from assay.msl.position import Position
from assay.msl.tokens import Token, tokenize

# With these a macro could name what no text of the source shows.
_NO_PRAGMAS = ("_Pragma(x)=",)
_NO_QUESTIONS = ("__has_include(x)=0", "__has_include_next(x)=0", "__has_embed(x)=0")
_DIRECTIVE = ("directive", "the source asks for this: see the #if around it, or define a macro")
_FAILED = Diagnostic("the source cannot be preprocessed", rule="internal")
_FOREIGN = Diagnostic("the source includes a file that is not its own", rule="unknown-header")
_MARKER = re.compile(r"#\s*(?:line\s+)?(\d+)\s+\"([^\"]*)\"")


def preprocess(
    source: str, include: Sequence[Path] = (), defines: Sequence[str] = ()
) -> list[Token]:
    """Tokens of a source after macro expansion, with the positions they had before it.

    Tokens that stem from a macro have the position of its use.

    Args:
        include: Absolute paths of directories with headers that the source may include besides
            Metal's.
        defines: Macros as on a command line, ``NAME`` or ``NAME=VALUE``.

    Raises:
        CompileError: A directive is wrong, or names a header that there is not.
    """
    original = tokenize(directives.plain_text(source))
    text, unknown = directives.let_through(original, include)
    # Headers of the user's own may ask for each other.
    silenced = _NO_PRAGMAS if include else _NO_PRAGMAS + _NO_QUESTIONS
    built_in = [toolchain.empty_headers(directives.HEADERS)] if include else []
    flags = [f"-D{define}" for define in (*silenced, *defines)]
    result = toolchain.preprocess(text, flags, (*include, *built_in))
    files = _Files(include, built_in)
    if result.returncode != 0:
        found = clang_output.diagnostics(result.stderr, files.locate, _DIRECTIVE)
        raise CompileError([unknown.get(error.message, error) for error in found] or [_FAILED])
    return _restore_positions(_visible_lines(result.stdout, files), original)


class _Files:
    """Names of the source and of the headers that belong to it."""

    def __init__(self, include: Sequence[Path], built_in: Sequence[Path]) -> None:
        self._others = ("<", *map(str, (toolchain.INCLUDE, *built_in)))
        self._directories = [os.path.realpath(directory) + os.sep for directory in include]
        self._own = {"<stdin>": True}

    def own(self, file: str) -> bool:
        """Whether the text of a file is part of the program."""
        if file not in self._own:
            self._own[file] = os.path.realpath(file).startswith(tuple(self._directories))
        return self._own[file]

    def known(self, file: str) -> bool:
        """Whether a file is one that is read for every program, or the program's own."""
        return self.own(file) or file.startswith(self._others)

    def locate(self, file: str, line: int, column: int) -> Position | None:
        if not self.own(file):
            return None
        return Position(None if file == "<stdin>" else file, line, column)


def _visible_lines(text: str, files: _Files) -> list[tuple[str | None, int, str]]:
    """Lines of the program's own files: file (None for the source), number, text."""
    lines: list[tuple[str | None, int, str]] = []
    file, number = "<stdin>", 1
    for line in text.split("\n"):
        marker = _MARKER.match(line)
        if marker:
            number, file = int(marker.group(1)), marker.group(2)
            if not files.known(file):
                raise CompileError([_FOREIGN])
            continue
        if files.own(file):
            lines.append((None if file == "<stdin>" else file, number, line))
        number += 1
    return lines


def _restore_positions(
    lines: list[tuple[str | None, int, str]], original: list[Token]
) -> list[Token]:
    by_line: dict[int, list[Token]] = {}
    for token in original:
        if token.is_code:
            by_line.setdefault(token.line, []).append(token)
    result: list[Token] = []
    for file, number, text in lines:
        aligned = _Alignment(by_line.get(number, []) if file is None else [])
        for token in tokenize(text):
            column = aligned.column(token) if token.is_code else token.column
            placed = Token(token.kind, token.text, number, column, token.offset, file)
            if token.kind == "directive":
                placed = replace(placed, text=directives.expanded(placed))
            result.append(placed)
        result.append(Token("newline", "\n", number, len(text) + 1, 0, file))
    return result


class _Alignment:
    """Columns of expanded tokens, found by walking both lines from left to right."""

    def __init__(self, originals: list[Token]) -> None:
        self.originals = originals
        self.next = 0

    def column(self, token: Token) -> int:
        for index in range(self.next, len(self.originals)):
            if self.originals[index].text == token.text:
                self.next = index + 1
                return self.originals[index].column
        if not self.originals:
            return token.column
        return self.originals[min(self.next, len(self.originals) - 1)].column
