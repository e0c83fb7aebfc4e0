"""Tokens of Metal source, with the positions that diagnostics report."""

from __future__ import annotations

import re
from dataclasses import dataclass

_PATTERN = re.compile(
    r"""
    (?P<space>(?:[ \t\r\f\v]|\\[ \t\r\f\v]*\n)+)
  | (?P<newline>\n)
  | (?P<comment>//(?:\\[ \t\r\f\v]*\n|[^\n])*|/\*.*?(?:\*/|\Z))
  | (?P<string>(?:u8|[uUL])?"(?:\\.|[^"\\\n])*"|(?:u8|[uUL])?'(?:\\.|[^'\\\n])*')
  | (?P<number>\.?[0-9](?:[eEpP][+-]|'?[0-9A-Za-z_]|\.)*)
  | (?P<identifier>[A-Za-z_$][A-Za-z0-9_$]*)
  | (?P<punctuation>\.\.\.|<<=|>>=|->\*?|\+\+|--|<<|<=|>=|==|!=|&&|\|\||::|\#\#|[-+*/%&|^]=|.)
    """,
    re.VERBOSE | re.DOTALL,
)
_DIRECTIVE = re.compile(
    r"""
    (?:\#|%:)
    (?: \\[ \t\r\f\v]*\n
      | //(?:\\[ \t\r\f\v]*\n|[^\n])*
      | /\*.*?(?:\*/|\Z)
      | "(?:\\.|[^"\\\n])*"
      | [^\n]
    )*
    """,
    re.VERBOSE | re.DOTALL,
)
_BLANK = frozenset(("space", "newline", "comment", "directive"))


@dataclass(frozen=True)
class Token:
    """One lexical element. Joining the texts of all tokens gives the source again.

    ``kind`` is one of ``identifier``, ``number``, ``string``, ``punctuation``, ``comment``,
    ``space``, ``newline`` and ``directive`` (a whole preprocessor line). ``line`` and ``column``
    count from 1, ``offset`` from 0. ``>>`` is two tokens, so that template lists match; ``[[`` and
    ``]]`` are two each. ``file`` names the included file that the token is from; None for the
    source itself.
    """

    kind: str
    text: str
    line: int
    column: int
    offset: int
    file: str | None = None

    @property
    def is_code(self) -> bool:
        """Whether the token is more than layout, a comment or a directive."""
        return self.kind not in _BLANK


def tokenize(source: str) -> list[Token]:
    """Cut a source into tokens. Never fails: an unknown character is punctuation of its own."""
    tokens: list[Token] = []
    offset, line, line_start, at_line_start = 0, 1, 0, True
    while offset < len(source):
        match = None
        if at_line_start and source.startswith(("#", "%:"), offset):
            match, kind = _DIRECTIVE.match(source, offset), "directive"
        if match is None:
            match = _PATTERN.match(source, offset)
            assert match is not None and match.lastgroup is not None
            kind = match.lastgroup
        text = match.group()
        tokens.append(Token(kind, text, line, offset - line_start + 1, offset))
        at_line_start = kind == "newline" or (at_line_start and kind in ("space", "comment"))
        breaks = text.count("\n")
        if breaks:
            line += breaks
            line_start = offset + text.rindex("\n") + 1
        offset = match.end()
    return tokens


def code(tokens: list[Token]) -> list[Token]:
    """Only the tokens that carry code."""
    return [token for token in tokens if token.is_code]
