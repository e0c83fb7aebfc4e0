"""Sources and the differences between them, with syntax colours."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

if TYPE_CHECKING:
    from pygments.lexer import Lexer

CONTEXT = 3  # Unchanged lines around a change.
_LEXERS = {"python": "python", "text": "markdown"}
_METAL_WORDS = {"kernel", "device", "constant", "threadgroup", "thread", "fragment", "vertex"}
_METAL_TYPE = re.compile(
    r"(packed_)?(float|half|int|uint|short|ushort|char|uchar|bool|long|ulong)[234]|half|uint|"
    r"ushort|uchar|ulong|atomic_\w+|simdgroup_\w+8x8|(float|half)[234]x[234]"
)


@lru_cache(maxsize=1)
def _metal_lexer() -> Lexer:
    """C++ with the words and types that Metal adds."""
    from pygments.lexers.c_cpp import CppLexer
    from pygments.token import Keyword, Name

    class MetalLexer(CppLexer):
        def get_tokens_unprocessed(self, *arguments: Any, **options: Any) -> Iterator[Any]:
            for index, kind, text in super().get_tokens_unprocessed(*arguments, **options):
                if kind in Name and text in _METAL_WORDS:
                    kind = Keyword
                elif kind in Name and _METAL_TYPE.fullmatch(text):
                    kind = Keyword.Type
                yield index, kind, text

    return MetalLexer(stripnl=False, ensurenl=False)


def _lexer(artifact: str) -> Lexer:
    from pygments.lexers import get_lexer_by_name

    if artifact == "metal":
        return _metal_lexer()
    # Nothing may be stripped or added: the lines have to stay the source's.
    return get_lexer_by_name(_LEXERS[artifact], stripnl=False, ensurenl=False)


@lru_cache(maxsize=64)
def lines(source: str, artifact: str) -> tuple[Markup, ...]:
    """The lines of a source as HTML, as many as the source has.

    Args:
        artifact: ``metal``, ``python`` or ``text``.
    """
    from pygments import highlight
    from pygments.formatters import HtmlFormatter

    formatter = HtmlFormatter(nowrap=True, classprefix="k-")
    text = _split(source)
    html = highlight("\n".join(text), _lexer(artifact), formatter).split("\n")
    # The last line is ended by a line feed, whether or not the source's is.
    return tuple(Markup(line) for line in html[: len(text)])


def _split(source: str) -> list[str]:
    return source.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def block(source: str, artifact: str, label: str) -> Markup:
    """A whole source."""
    return Markup(
        '<pre class="code" role="group" tabindex="0" aria-label="{}"><code>{}</code></pre>'
    ).format(label, Markup("\n").join(lines(source, artifact)))


def difference(before: str, after: str, artifact: str, label: str) -> Markup:
    """A unified difference, with what is common left out where it is long."""
    body = Markup("").join(_rows(before, after, artifact))
    if not body:
        return Markup("<p>No line differs.</p>")
    return Markup(
        '<div class="code diff" role="group" tabindex="0" aria-label="{}">{}</div>'
    ).format(label, body)


def changed(before: str, after: str) -> tuple[int, int]:
    """How many lines were added and removed."""
    matcher = difflib.SequenceMatcher(None, before.splitlines(), after.splitlines(), autojunk=False)
    changes = [code for code in matcher.get_opcodes() if code[0] != "equal"]
    added = sum(j2 - j1 for _, _, _, j1, j2 in changes)
    return added, sum(i2 - i1 for _, i1, i2, _, _ in changes)


def _rows(before: str, after: str, artifact: str) -> Iterator[Markup]:
    old, new = _split(before), _split(after)
    old_html, new_html = lines(before, artifact), lines(after, artifact)
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    for group in matcher.get_grouped_opcodes(CONTEXT):
        yield Markup('<span class="hunk">line {}</span>').format(group[0][3] + 1)
        for tag, i1, i2, j1, j2 in group:
            if tag == "equal":
                yield from (_row(" ", "same", line) for line in new_html[j1:j2])
                continue
            yield from (_row("\N{MINUS SIGN}", "gone", line) for line in old_html[i1:i2])
            yield from (_row("+", "come", line) for line in new_html[j1:j2])


def _row(sign: str, kind: str, line: Markup) -> Markup:
    return Markup('<span class="{}"><b>{}</b>{}\n</span>').format(kind, sign, line)
