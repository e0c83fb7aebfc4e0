"""The compiler's messages as diagnostics about the candidate, in Metal's words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from assay.errors import Diagnostic
from assay.msl import foreign_names
from assay.msl.attributes import INPUTS
from assay.msl.call_hints import call_hint
from assay.msl.hints import HINTS, KEEP_SPACE
from assay.msl.position import Position

# From file, line and column of the compiled text; None for a file of the library.
Locate = Callable[[str, int, int], Position | None]

MAXIMUM = 5
_LINE = re.compile(r"^(.+?):(\d+):(\d+): (fatal error|error|note): (.*)$")

# How clang spells what Metal calls by another name.
_WORDS = (
    (re.compile(r"\bassay_word_"), ""),  # see standard.keep_earlier
    (re.compile(r"static assertion failed due to requirement '.*?': "), ""),
    (re.compile(r" \[-W[^\]]*\]$"), ""),
    (
        re.compile(r"^no matching literal operator for call to 'operator\"\"(\w+)'.*"),
        r"invalid suffix '\1' on integer constant",
    ),
    (re.compile(r"^(variable length arrays) .*"), r"\1 are not supported in Metal"),
    (re.compile(r"address space '(?:1|__global)'"), "device memory"),
    (re.compile(r"address space '(?:2|__private)'"), "constant memory"),
    (re.compile(r"address space '(?:3|__local)'"), "threadgroup memory"),
    (re.compile(r"generic address space"), "thread memory"),
    (re.compile(r"__attribute__\(\(address_space\(1\)\)\)"), "device"),
    (re.compile(r"(?:const )?__attribute__\(\(address_space\(2\)\)\)"), "constant"),
    (re.compile(r"__attribute__\(\(address_space\(3\)\)\)"), "threadgroup"),
    (re.compile(r"(?<!name ')\b__global\b"), "device"),
    (re.compile(r"(?:\bconst )?\b__private\b"), "constant"),
    (re.compile(r"(?<!name ')\b__local\b"), "threadgroup"),
    (re.compile(r"\b_Float16\b"), "half"),
    (re.compile(r"\b__bf16\b"), "bfloat"),
    (re.compile(r"; did you mean '[^']*assay[^']*'\?"), ""),
    (re.compile(r"\bassay_packed3<(\w+)>"), r"packed_\g<1>3"),
    (
        re.compile(r"\bvariable 'assay_self' with const-qualified type '([^']*) &'"),
        r"a member of '\1'",
    ),
    (re.compile(r"\bassay_word_(\w+)"), r"\1"),
    (re.compile(r"\bassay_bool(\d)<bool>"), r"bool\1"),
    (re.compile(r" \(vector of \d '[^']*' values\)"), ""),
    (re.compile(r" \(aka '[^']*'\)"), ""),
    (re.compile(r"\bunsigned (char|short|int|long)\b"), r"u\1"),
    (re.compile(r"(\w+) __attribute__\(\(ext_vector_type\((\d)\)\)\)"), r"\1\2"),
    (re.compile(r"'\w+?(\d)' (is not contextually convertible to 'bool')"), r"'bool\1' \2"),
)


def diagnostics(
    stderr: str, locate: Locate, otherwise: tuple[str, str | None] = ("compiler", None)
) -> list[Diagnostic]:
    """Errors in a compiler's output: each once, the first real cause first, at most MAXIMUM.

    ``locate`` maps a position in the compiled text to the candidate's. ``otherwise`` are rule and
    hint of a message that has none of its own.
    """
    errors = _without_consequences(_errors(stderr, locate))
    return first_few(_diagnostic(error, otherwise) for error in errors)


def address_space_diagnostics(stderr: str, locate: Locate) -> list[Diagnostic]:
    """What is wrong about pointers and references in a text that is else known to be right.

    clang also rejects methods and copies of objects in an address space, which Metal allows.
    """
    errors = filter(_concerns_a_pointer, _errors(stderr, locate))
    return first_few(_diagnostic(error) for error in _without_consequences(errors))


_POINTER = r"\*(?:const)?'"
_ON_POINTERS = re.compile(
    r"(?:changes|mismatching|non-overlapping|qualified with an?) address"
    r"|(?:cannot initialize|incompatible|distinct pointer|is not allowed|C-style cast).*" + _POINTER
)
_NO_MATCH = re.compile(r"no matching (?:member )?function|no matching constructor")
# Why a function does not match.
_POINTER_MISMATCH = re.compile(
    r"cannot pass pointer to "
    r"|^(?!.*implicit (?:copy|move)).*cannot bind reference in address space"
    r"|deduced type '[^']*\*'"
    r"|deduced conflicting types"
    r"|no known conversion from '[^']*[\]*]' to"
)


def _concerns_a_pointer(error: _Error) -> bool:
    if _NO_MATCH.search(error.message):
        return any(map(_POINTER_MISMATCH.search, error.notes))
    return bool(_ON_POINTERS.search(error.message))


@dataclass
class _Error:
    """One error with the notes below it; an error in a library header has the user's position."""

    message: str
    position: Position | None
    in_library: bool
    notes: list[str] = field(default_factory=list)


def _errors(stderr: str, locate: Locate) -> list[_Error]:
    errors: list[_Error] = []
    for line in stderr.splitlines():
        match = _LINE.match(line)
        if not match:
            continue
        file, row, column, kind, message = match.groups()
        position = locate(file, int(row), int(column))
        if kind != "note":
            errors.append(_Error(message, position, in_library=position is None))
        elif errors:
            last = errors[-1]
            last.position = last.position or position
            last.notes.append(message)
    return errors


def _without_consequences(errors: Iterable[_Error]) -> Iterator[_Error]:
    """The first error at each place of the candidate, and of each of its lines in the library.

    One call of the candidate can fail in the library at several places.
    """
    lines: dict[tuple[str | None, int], list[_Error]] = {}
    for error in errors:
        if error.position is None:
            continue
        line = lines.setdefault((error.position.file, error.position.line), [])
        known = error.in_library or any(error.position == other.position for other in line)
        if not (known and line):
            line.append(error)
    for line in lines.values():
        yield from [e for e in line if not _OF_LOCAL_TYPES.match(e.message)] or line


# Arrays in threadgroup memory become members of a local type: so much for their size.
_OF_LOCAL_TYPES = re.compile(r"reference to local variable '\w+' declared in enclosing function")


def first_few(found: Iterable[Diagnostic], limit: int | None = MAXIMUM) -> list[Diagnostic]:
    """Without repetitions: one diagnostic a line and rule, at most ``limit``."""
    kept: dict[tuple[str | None, int | None, str], Diagnostic] = {}
    for diagnostic in found:
        kept.setdefault((diagnostic.file, diagnostic.line, diagnostic.rule), diagnostic)
    return list(kept.values())[:limit]


def _diagnostic(
    error: _Error, otherwise: tuple[str, str | None] = ("compiler", None)
) -> Diagnostic:
    assert error.position is not None
    message = _in_metal_words(error.message)
    rule, hint = _rule_and_hint(error, message) or otherwise
    file, line, column = error.position
    return Diagnostic(message, line, column, rule=rule, hint=hint, file=file)


def _rule_and_hint(error: _Error, message: str) -> tuple[str, str | None] | None:
    undeclared = re.search(r"undeclared identifier '(\w+)'", message)
    if undeclared and undeclared.group(1) in INPUTS:
        name = undeclared.group(1)
        return "kernel-input", f"declare it as a parameter of the kernel: uint {name} [[{name}]]"
    unknown = undeclared or re.search(r"unknown type name '(\w+)'", error.message)
    advice = unknown and foreign_names.advice(unknown.group(1))
    if advice:
        return "unknown-name", advice
    if len(_spaces(message)) > 1:
        return "address-space", KEEP_SPACE
    for entry in HINTS:
        match = entry.pattern.search(error.message)
        if match:
            groups = [_in_metal_words(group) for group in match.groups() if group]
            hint = entry.hint.format(*groups) if entry.hint else None
            if entry.rule == "call":
                hint = call_hint(error.notes, _in_metal_words) or hint
            return entry.rule, hint
    return None


def _spaces(message: str) -> set[str]:
    """The address spaces of the pointers whose types a message names."""
    types = re.findall(r"'([^']*[*\]](?: ?const)?)'", message)
    spaces = (set(kind.split()) & {"device", "constant", "threadgroup"} for kind in types)
    return {min(found, default="thread") for found in spaces}


def _in_metal_words(message: str) -> str:
    for pattern, word in _WORDS:
        message = pattern.sub(word, message)
    return message
