"""Which preprocessor directives of a source reach the compiler.

A source is one self-contained text: it can include Metal's headers, which are built in, and those
in directories that the user names. Nothing else that makes a compiler open files, stop, or see
other positions gets through.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from assay.errors import CompileError, Diagnostic
from assay.msl.findings import at
from assay.msl.tokens import Token

HEADERS = frozenset(
    """
    metal_stdlib simd/simd.h simd/types.h simd/vector.h simd/matrix.h simd/vector_types.h
    simd/matrix_types.h simd/packed.h simd/common.h simd/math.h simd/geometry.h simd/conversion.h
    metal_array metal_assert metal_atomic metal_command_buffer metal_common metal_compute
    metal_config metal_depth metal_extended_vector metal_function_pointers metal_geometric
    metal_graphics metal_imageblocks metal_indirect_command_buffer metal_initializer_list
    metal_integer metal_interpolate metal_limits metal_logging metal_math metal_matrix metal_mesh
    metal_new metal_numeric metal_object metal_pack metal_packed metal_packed_vector metal_payload
    metal_patch_control_point metal_pull_model metal_pull_model_interpolation metal_quad
    metal_quadgroup metal_raytracing metal_relational metal_simdgroup metal_simdgroup_event
    metal_simdgroup_future metal_simdgroup_matrix metal_simdgroup_matrix_storage metal_static_assert
    metal_tensor metal_tessellation metal_texture metal_textures metal_tile metal_tuple
    metal_type_traits metal_types metal_uniform metal_utility metal_vector metal_vertex
    metal_visible_function_table
    """.split()  # noqa: SIM905
)

# Those that choose loops, layouts or names. ``unroll`` is not among them: it made one kernel
# compile for 36 s instead of 2, and the optimiser decides well without it.
_PRAGMAS = re.compile(
    r"#\s*pragma\s+(?:once|pack|push_macro|pop_macro|clang\s+loop(?!\s+(?:no)?unroll)|clang\s+fp)\b"
)
_PRAGMA = re.compile(r"#\s*pragma\b")
_POSITION = re.compile(r"#\s*(?:line\b|[0-9])")
_INCLUDE = re.compile(r"#\s*(include_next|include|import|embed|__include_macros)\b\s*(.*?)\s*$")
_HEADER_NAME = re.compile(r"<([^>]*)>|\"([^\"]*)\"")
_HAS_INCLUDE = re.compile(r"\b__has_include\s*\(\s*(?:<([^>]*)>|\"([^\"]*)\")\s*\)")

# What clang takes for white space, or for nothing, beside what the tokens know as such.
_ODD_SPACE = re.compile("[\0\u0085\u00a0\u1680\u180e\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]")
_NEWLINE = re.compile(r"\r\n?")
_JOINED = re.compile(r"\\[ \t\f\v]*\n")
_COMMENT = re.compile(r'("(?:\\.|[^"\\])*")|//.*|/\*.*?(?:\*/|$)', re.DOTALL)


def plain_text(source: str) -> str:
    """A source with one kind of line end and of space, so that it has one reading."""
    return _ODD_SPACE.sub(" ", _NEWLINE.sub("\n", source.removeprefix("\ufeff")))


def let_through(
    tokens: Sequence[Token], include: Sequence[Path]
) -> tuple[str, dict[str, Diagnostic]]:
    """The text of a source for the preprocessor, on the same lines.

    A header that there is not becomes an error, unless ``#if`` skips it: the message of that error
    is mapped to the finding that says it better.
    """
    texts, unknown = [], {}
    for token in tokens:
        text = token.text
        if token.kind == "directive":
            directive = _canonical(text)
            problem = _unknown_header(token, directive, include)
            text = _HAS_INCLUDE.sub(_is_built_in, text) if _passes(directive) else ""
            if problem:
                mark = f"unknown header {token.offset}"
                unknown[mark] = problem
                text = f"#error {mark}"
            text += "\n" * (token.text.count("\n") - text.count("\n"))
        texts.append(text)
    return "".join(texts), unknown


def expanded(token: Token) -> str:
    """The text of a directive that the preprocessor left.

    Raises:
        CompileError: It is one that macros put together, which is none in C++.
    """
    directive = _canonical(token.text)
    if not _PRAGMA.match(directive):
        raise CompileError([at(token, "a macro cannot expand to a directive", "syntax", None)])
    return token.text if _passes(directive) else ""


def _canonical(text: str) -> str:
    """A directive in one line, with ``#`` for its digraph and without comments."""
    text = _COMMENT.sub(lambda match: match.group(1) or " ", _JOINED.sub("", text))
    return re.sub(r"^(?:#|%:)", "#", text)


def _passes(directive: str) -> bool:
    if _POSITION.match(directive):
        return False
    if _PRAGMA.match(directive):
        return bool(_PRAGMAS.match(directive))
    match = _INCLUDE.match(directive)
    return not match or _header(match) not in HEADERS


def _is_built_in(match: re.Match[str]) -> str:
    name = match.group(1) or match.group(2)
    return "1" if name in HEADERS else match.group()


def _unknown_header(token: Token, directive: str, include: Sequence[Path]) -> Diagnostic | None:
    match = _INCLUDE.match(directive)
    name = _header(match) if match else None
    if match is None or name in HEADERS or _is_found(name, include):
        return None
    return unknown_header(token, name or match.group(2), bool(include))


def unknown_header(token: Token, name: str, searched: bool) -> Diagnostic:
    """The finding that a source includes what it cannot have."""
    hint = "a kernel is one self-contained source; include <metal_stdlib> only"
    if name.startswith("MetalPerformancePrimitives/"):
        hint = "the CPU device has no tensor operations; multiply with simdgroup_matrix"
    elif searched:
        hint = "add the directory that it is in with -I"
    return at(token, f"'{name}' file not found", "unknown-header", hint)


def _header(match: re.Match[str]) -> str | None:
    """Name of the header that a directive includes; None for ``#embed`` and for macros."""
    name = _HEADER_NAME.match(match.group(2))
    if match.group(1) not in ("include", "import") or not name:
        return None
    return name.group(1) or name.group(2)


def _is_found(name: str | None, include: Sequence[Path]) -> bool:
    if name is None or Path(name).is_absolute():
        return False
    paths = [(directory / name).resolve() for directory in include]
    found = (path for path in paths if path.is_file())
    return any(path.is_relative_to(directory) for path in found for directory in include)
