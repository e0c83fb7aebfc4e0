"""From the candidate's source to tokens with macros expanded and positions kept."""

from __future__ import annotations

import re
from dataclasses import replace

from assay.errors import CompileError, Diagnostic
from assay.msl import clang_output, toolchain
from assay.msl.tokens import Token, tokenize

HEADERS = frozenset(
    """
    metal_stdlib simd/simd.h metal_array metal_assert metal_atomic metal_common metal_compute
    metal_config metal_extended_vector metal_geometric metal_graphics metal_integer metal_limits
    metal_math metal_matrix metal_numeric metal_packed metal_pull_model metal_quad metal_quadgroup
    metal_relational metal_simdgroup metal_simdgroup_matrix metal_tensor metal_type_traits
    metal_types metal_uniform metal_utility
    """.split()  # noqa: SIM905
)

_INCLUDE = re.compile(r"#\s*(include_next|include|import|embed)\b\s*(.*?)\s*$", re.DOTALL)
_HEADER_NAME = re.compile(r"<([^>]*)>|\"([^\"]*)\"")
_MARKER = re.compile(r"#\s*(?:line\s+)?(\d+)\s+\"([^\"]*)\"")
_UNROLL = re.compile(r"#\s*pragma\s+(?:clang\s+loop\s+)?(?:nounroll|unroll)")


def preprocess(source: str) -> list[Token]:
    """Tokens of a source after macro expansion, with the positions they had before it.

    ``#pragma unroll`` is dropped: it made one kernel compile for 36 s instead of 2, and the
    optimiser decides well without it. Tokens that stem from a macro have the position of its use.

    Raises:
        CompileError: A directive is wrong, or names a header that Metal does not have.
    """
    original = tokenize(source)
    text = "".join(_without_includes(original))
    result = toolchain.preprocess(text)
    if result.returncode != 0:
        raise CompileError(
            clang_output.diagnostics(result.stderr, lambda line, column: (line, column))
        )
    return _restore_positions(_visible_lines(result.stdout), original)


def _without_includes(tokens: list[Token]) -> list[str]:
    texts, problems = [], []
    for token in tokens:
        match = _INCLUDE.match(token.text) if token.kind == "directive" else None
        if match:
            problem = _include_problem(match, token)
            problems += [problem] if problem else []
            texts.append("\n" * token.text.count("\n"))
        else:
            texts.append(token.text)
    if problems:
        raise CompileError(problems)
    return texts


def _include_problem(match: re.Match[str], token: Token) -> Diagnostic | None:
    name = _HEADER_NAME.match(match.group(2))
    header = next((part for part in name.groups() if part), "") if name else match.group(2)
    if match.group(1) in ("include", "import") and name and header in HEADERS:
        return None
    return Diagnostic(
        f"'{header}' file not found",
        token.line,
        token.column,
        rule="unknown-header",
        hint="a kernel is one self-contained source; include <metal_stdlib> only",
    )


def _visible_lines(text: str) -> list[tuple[int, str]]:
    """Lines of the candidate's own file with their numbers there."""
    lines: list[tuple[int, str]] = []
    number, own = 1, True
    for line in text.split("\n"):
        marker = _MARKER.match(line)
        if marker:
            number, own = int(marker.group(1)), marker.group(2) == "<stdin>"
            continue
        if own:
            lines.append((number, line))
        number += 1
    return lines


def _restore_positions(lines: list[tuple[int, str]], original: list[Token]) -> list[Token]:
    by_line: dict[int, list[Token]] = {}
    for token in original:
        if token.is_code:
            by_line.setdefault(token.line, []).append(token)
    result: list[Token] = []
    for number, text in lines:
        if _UNROLL.match(text):
            text = ""
        aligned = _Alignment(by_line.get(number, []))
        for token in tokenize(text):
            column = aligned.column(token) if token.is_code else token.column
            result.append(replace(token, line=number, column=column))
        result.append(Token("newline", "\n", number, len(text) + 1, 0))
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
