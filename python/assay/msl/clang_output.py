"""The compiler's messages as diagnostics about the candidate, in Metal's words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from assay.errors import Diagnostic
from assay.msl.attributes import INPUTS

Locate = Callable[[int, int], tuple[int, int | None]]

MAXIMUM = 5
_LINE = re.compile(r"^(?:program_source|<stdin>):(\d+):(\d+): (?:fatal )?error: (.*)$", re.MULTILINE)

# How clang spells what Metal calls by another name.
_WORDS = (
    (re.compile(r"__attribute__\(\(address_space\(1\)\)\)"), "device"),
    (re.compile(r"(?:const )?__attribute__\(\(address_space\(2\)\)\)"), "constant"),
    (re.compile(r"__attribute__\(\(address_space\(3\)\)\)"), "threadgroup"),
    (re.compile(r"\b_Float16\b"), "half"),
    (re.compile(r" \(vector of \d '[^']*' values\)"), ""),
    (re.compile(r" \(aka '[^']*'\)"), ""),
)


@dataclass(frozen=True)
class Hint:
    """Message pattern, rule name and what to do; ``{0}`` is the pattern's first group."""

    pattern: re.Pattern[str]
    rule: str
    hint: str | None


def _hint(pattern: str, rule: str, hint: str | None = None) -> Hint:
    return Hint(re.compile(pattern), rule, hint)


_HINTS = (
    _hint(r"undeclared identifier '(sincospi|math)'", "unknown-name",
          "Metal has no {0}; use sincos, sinpi, cospi or the functions in namespace metal"),
    _hint(r"undeclared identifier '(\w+)'; did you mean '", "unknown-name"),
    _hint(r"undeclared identifier '(\w+)'", "unknown-name",
          "declare {0} before its use, or check its spelling"),
    _hint(r"no member named '(\w+)' in", "unknown-name", "check the spelling of {0}"),
    _hint(r"unknown type name '(\w+)'", "unknown-name",
          "declare {0} first; if it is a Metal type, include <metal_stdlib> and use namespace metal"),
    _hint(r"no matching function for call to '(simdgroup_multiply\w*)'", "call",
          "pass the destination first: {0}(d, a, b, …)"),
    _hint(r"no matching function for call to '(\w+)'", "call",
          "compare the number and the types of the arguments with the declaration of {0}"),
    _hint(r"call to '(\w+)' is ambiguous", "call", "give all arguments of {0} the same type"),
    _hint(r"too (?:few|many) arguments", "call", "match the declaration of the function"),
    _hint(r"address space|changes address", "address-space",
          "keep pointers in the address space of what they point to"),
    _hint(r"cannot combine with previous '[\w-]+' declaration specifier", "type-name",
          "rename the variable: a type name cannot be a variable"),
    _hint(r"cannot initialize|no viable conversion|incompatible|cannot convert", "type",
          "convert explicitly, for example uint4(…), or use as_type<T>(…)"),
    _hint(r"static assertion failed.*?: (.*)", "static-assert"),
    _hint(r"^expected ", "syntax"),
    _hint(r"redefinition of", "redefinition"),
)


def diagnostics(stderr: str, locate: Locate, limit: int | None = MAXIMUM) -> list[Diagnostic]:
    """Errors in a compiler's output: each once, the first real cause first, at most ``limit``.

    ``locate`` maps a line and column of the compiled text to the candidate's.
    """
    found = []
    for line, column, message in _LINE.findall(stderr):
        own_line, own_column = locate(int(line), int(column))
        found.append(_diagnostic(message, own_line, own_column))
    return first_few(found, limit)


def first_few(found: Iterable[Diagnostic], limit: int | None = MAXIMUM) -> list[Diagnostic]:
    """Without repetitions: one diagnostic a line and rule, at most ``limit``."""
    kept: dict[tuple[int | None, str], Diagnostic] = {}
    for diagnostic in found:
        kept.setdefault((diagnostic.line, diagnostic.rule), diagnostic)
    return list(kept.values())[:limit]


def _diagnostic(message: str, line: int, column: int | None) -> Diagnostic:
    for pattern, word in _WORDS:
        message = pattern.sub(word, message)
    undeclared = re.search(r"undeclared identifier '(\w+)'", message)
    if undeclared and undeclared.group(1) in INPUTS:
        name = undeclared.group(1)
        hint = f"declare it as a parameter of the kernel: uint {name} [[{name}]]"
        return Diagnostic(message, line, column, rule="kernel-input", hint=hint)
    for entry in _HINTS:
        match = entry.pattern.search(message)
        if match:
            hint = entry.hint.format(*match.groups()) if entry.hint else None
            return Diagnostic(message, line, column, rule=entry.rule, hint=hint)
    return Diagnostic(message, line, column)
