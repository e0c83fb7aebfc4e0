"""From the candidate's source to tokens with macros expanded and positions kept."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from assay.errors import CompileError, Diagnostic
from assay.msl import clang_output, toolchain
from assay.msl.findings import at
from assay.msl.position import Position
from assay.msl.tokens import Token, tokenize

HEADERS = frozenset(
    """
    metal_stdlib simd/simd.h metal_array metal_assert metal_atomic metal_common metal_compute
    metal_config metal_extended_vector metal_geometric metal_graphics metal_integer metal_limits
    metal_math metal_matrix metal_numeric metal_pack metal_packed metal_pull_model metal_quad
    metal_quadgroup metal_relational metal_simdgroup metal_simdgroup_matrix metal_tensor
    metal_type_traits metal_types metal_uniform metal_utility
    """.split()  # noqa: SIM905
)

_INCLUDE = re.compile(r"#\s*(include_next|include|import|embed)\b\s*(.*?)\s*$", re.DOTALL)
_HEADER_NAME = re.compile(r"<([^>]*)>|\"([^\"]*)\"")
_MARKER = re.compile(r"#\s*(?:line\s+)?(\d+)\s+\"([^\"]*)\"")
_UNROLL = re.compile(r"#\s*pragma\s+(?:clang\s+loop\s+)?(?:nounroll|unroll)")


def preprocess(
    source: str, include: Sequence[Path] = (), defines: Sequence[str] = ()
) -> list[Token]:
    """Tokens of a source after macro expansion, with the positions they had before it.

    ``#pragma unroll`` is dropped: it made one kernel compile for 36 s instead of 2, and the
    optimiser decides well without it. Tokens that stem from a macro have the position of its use.

    Args:
        include: Absolute paths of directories with headers that the source may include besides
            Metal's.
        defines: Macros as on a command line, ``NAME`` or ``NAME=VALUE``.

    Raises:
        CompileError: A directive is wrong, or names a header that there is not.
    """
    original = tokenize(source)
    text = "".join(_without_includes(original, include))
    with _empty_headers(include) as empty:
        flags = [f"-D{define}" for define in defines]
        flags += [flag for directory in (*include, *empty) for flag in ("-I", str(directory))]
        result = toolchain.preprocess(text, flags)
    files = _Files(include)
    if result.returncode != 0:
        raise CompileError(clang_output.diagnostics(result.stderr, files.locate))
    return _restore_positions(_visible_lines(result.stdout, files), original)


@contextmanager
def _empty_headers(include: Sequence[Path]) -> Iterator[list[Path]]:
    """A directory with Metal's headers for headers of the user to include; they are built in."""
    if not include:
        yield []
        return
    with tempfile.TemporaryDirectory() as name:
        for header in HEADERS:
            path = Path(name) / header
            path.parent.mkdir(exist_ok=True)
            path.touch()
        yield [Path(name)]


class _Files:
    """Names of the source and of the headers that belong to it."""

    def __init__(self, include: Sequence[Path]) -> None:
        self.directories = [str(directory) for directory in include]

    def own(self, file: str) -> bool:
        """Whether the text of a file is part of the program."""
        return file == "<stdin>" or any(
            file.startswith(directory + os.sep) for directory in self.directories
        )

    def locate(self, file: str, line: int, column: int) -> Position | None:
        if not self.own(file):
            return None
        return Position(None if file == "<stdin>" else file, line, column)


def _without_includes(tokens: list[Token], include: Sequence[Path]) -> list[str]:
    texts, problems = [], []
    for token in tokens:
        match = _INCLUDE.match(token.text) if token.kind == "directive" else None
        name = _header(match) if match else None
        if match and name in HEADERS:
            texts.append("\n" * token.text.count("\n"))
            continue
        if match and not _is_found(name, include):
            problems.append(_unknown_header(token, name or match.group(2), bool(include)))
        texts.append(token.text)
    if problems:
        raise CompileError(problems)
    return texts


def _header(match: re.Match[str]) -> str | None:
    """Name of the header that a directive includes; None for ``#embed`` and for macros."""
    name = _HEADER_NAME.match(match.group(2))
    if match.group(1) not in ("include", "import") or not name:
        return None
    return name.group(1) or name.group(2)


def _is_found(name: str | None, include: Sequence[Path]) -> bool:
    if name is None or Path(name).is_absolute():
        return False
    found = ((directory, (directory / name).resolve()) for directory in include)
    return any(path.is_file() and path.is_relative_to(directory) for directory, path in found)


def _unknown_header(token: Token, name: str, searched: bool) -> Diagnostic:
    hint = "a kernel is one self-contained source; include <metal_stdlib> only"
    if searched:
        hint = "add the directory that it is in with -I"
    return at(token, f"'{name}' file not found", "unknown-header", hint)


def _visible_lines(text: str, files: _Files) -> list[tuple[str | None, int, str]]:
    """Lines of the program's own files: file (None for the source), number, text."""
    lines: list[tuple[str | None, int, str]] = []
    file, number = "<stdin>", 1
    for line in text.split("\n"):
        marker = _MARKER.match(line)
        if marker:
            number, file = int(marker.group(1)), marker.group(2)
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
        if _UNROLL.match(text):
            text = ""
        aligned = _Alignment(by_line.get(number, []) if file is None else [])
        for token in tokenize(text):
            column = aligned.column(token) if token.is_code else token.column
            result.append(replace(token, line=number, column=column, file=file))
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
