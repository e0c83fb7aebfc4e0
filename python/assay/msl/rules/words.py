"""Rules about single words and short runs of tokens."""

from __future__ import annotations

import re
from collections.abc import Iterator

from assay.errors import Diagnostic
from assay.msl.attributes import ADDRESS_SPACES
from assay.msl.findings import at
from assay.msl.graphics import unsupported
from assay.msl.structure import Range, Structure

TYPE_NAME = re.compile(
    r"(?:packed_)?(?:bool|u?char|u?short|u?int|u?long|float|half|bfloat)[234]?(?:x[234])?$"
    r"|(?:u?int(?:8|16|32|64)_t|size_t|ptrdiff_t)$"
)

_FORBIDDEN = {
    "double": "use float",
    "goto": "use a loop, break or return",
    "new": "use fixed-size arrays",
    "delete": "use fixed-size arrays",
    "virtual": "use templates",
    "dynamic_cast": "use templates",
    "typeid": "use templates",
    "throw": "return a status instead",
    "try": "return a status instead",
    "catch": "return a status instead",
    "thread_local": "use a local variable",
    "register": "leave it out",
    "__declspec": "leave it out",
    "__int128": "use two numbers of 64 bits",
    "__int128_t": "use two numbers of 64 bits",
    "__uint128_t": "use two numbers of 64 bits",
    "__float128": "use float",
    "__float80": "use float",
    "asm": "write Metal code",
    "__asm": "write Metal code",
    "__asm__": "write Metal code",
}
_AIR = re.compile(r'"air\.(simdgroup_async_copy_[12]d|wait_simdgroup_events)\b')
_DANGEROUS = frozenset(
    """
    constructor destructor init_priority ifunc alias weak weakref weak_import naked section
    """.split()  # noqa: SIM905
)
# Instructions of the host's processor, and ways to the stack and the code around a kernel.
_HOST_BUILTIN = re.compile(
    r"__builtin_(?:ia32|arm|neon|sve|cpu|va|eh|dwarf|unwind|init_dwarf|apply|alloca|frame_address"
    r"|return_address|extract_return|frob_return|sponentry|thread_pointer|setjmp|longjmp"
    r"|stack_address|readcyclecounter|readsteadycounter)"
)
_BEFORE_SUBSCRIPT = frozenset([")", "]", "}", ">"])
_LONG_DOUBLE = re.compile(r"(?:[0-9']*\.[0-9']*(?:[eE][+-]?[0-9]+)?|[0-9']+[eE][+-]?[0-9]+)[lL]$")
_AFTER_NAME = frozenset(["=", ";", ",", ")", "[", ":"])


def restrict(structure: Structure) -> Iterator[Diagnostic]:
    """C2: the C99 keyword is no keyword of Metal."""
    for token in structure.tokens:
        if token.text == "restrict":
            yield at(
                token,
                "'restrict' is not a keyword of Metal, which is C++",
                "restrict",
                "write __restrict, or leave it out",
            )


def varargs(structure: Structure) -> Iterator[Diagnostic]:
    """Functions of any number of arguments; declarations of some serve to tell types apart."""
    for function in structure.functions:
        for parameter in function.parameters:
            if function.body and structure.words((parameter.start, parameter.start + 2)) == [
                "...",
                ")",
            ]:
                yield at(
                    structure.tokens[parameter.start],
                    "functions with any number of arguments are not supported in Metal",
                    "varargs",
                    "write a template with a pack of parameters",
                )


def auto_parameters(structure: Structure) -> Iterator[Diagnostic]:
    """Parameters of any type, which a later C++ has without the word template."""
    for function in structure.functions:
        for parameter in function.parameters:
            for index in parameter.declarator:
                if structure.at(index) == "auto":
                    yield at(
                        structure.tokens[index],
                        "'auto' is not allowed for parameters",
                        "auto-parameter",
                        "write a template: template <typename T> …",
                    )


def dangerous_attributes(structure: Structure) -> Iterator[Diagnostic]:
    """Attributes that would run code outside a kernel, or reach functions of the host."""
    for start, stop in _attribute_lists(structure):
        for index in range(start, stop):
            token = structure.tokens[index]
            begins = structure.at(index - 1) in ("(", ",", "[", "::")
            if begins and token.text.strip("_") in _DANGEROUS:
                yield at(
                    token,
                    f"the attribute '{token.text}' is not supported in Metal",
                    "forbidden-attribute",
                    "leave it out",
                )


def _attribute_lists(structure: Structure) -> Iterator[Range]:
    """Where ``__attribute__((…))`` and ``[[…]]`` are."""
    for index, token in enumerate(structure.tokens):
        behind = structure.at(index + 1)
        if token.text.strip("_") == "attribute" and behind == "(":
            yield index + 1, structure.partner[index + 1]
        elif token.text == "[" and behind == "[":
            yield index, structure.partner[index]


def lambdas(structure: Structure) -> Iterator[Diagnostic]:
    """C3: lambda expressions are not supported."""
    tokens = structure.tokens
    for index in range(1, len(tokens)):
        before = tokens[index - 1]
        operator = before.kind == "punctuation" and before.text not in _BEFORE_SUBSCRIPT
        if tokens[index].text != "[" or not (operator or before.text == "return"):
            continue
        close = structure.partner[index]
        attribute = tokens[index + 1].text == "["
        if not attribute and close + 1 < len(tokens) and tokens[close + 1].text in ("(", "{", "<"):
            yield at(
                tokens[index],
                "lambda expressions are not supported in Metal",
                "lambda",
                "write a function at program scope",
            )


def forbidden(structure: Structure) -> Iterator[Diagnostic]:
    """Words of C++ that Metal leaves out (specification, section 1.5.4)."""
    for index, token in enumerate(structure.tokens):
        if token.kind != "identifier" or token.text not in _FORBIDDEN:
            continue
        deleted = token.text == "delete" and structure.at(index - 1) == "="
        if not deleted and not air_label(structure, index):
            yield at(
                token,
                f"'{token.text}' is not supported in Metal",
                "forbidden-word",
                _FORBIDDEN[token.text],
            )


def reserved_names(structure: Structure) -> Iterator[Diagnostic]:
    """Names under which generated code and the library keep what is theirs."""
    for index, token in enumerate(structure.tokens):
        qualified = token.text == "assay" and structure.at(index + 1) == "::"
        if qualified or token.text.startswith(("assay_", "ASSAY_")):
            yield at(token, f"the name '{token.text}' is reserved", "reserved-name", "rename it")


def host_builtins(structure: Structure) -> Iterator[Diagnostic]:
    """Functions of the compiler that only make sense for the host."""
    for token in structure.tokens:
        if token.kind == "identifier" and _HOST_BUILTIN.match(token.text):
            yield at(
                token,
                f"'{token.text}' does not exist in Metal",
                "unknown-name",
                "use the functions of the Metal standard library",
            )


def air_label(structure: Structure, index: int) -> str | None:
    """The library's name for what ``f() __asm("air.f");`` declares; None where it has none.

    The label names a function of Metal's intermediate language.
    """
    if "asm" not in structure.at(index) or structure.at(index - 1) != ")":
        return None
    label = _AIR.match(structure.at(index + 2))
    return label.group(1) if label and structure.at(index + 4) == ";" else None


def long_doubles(structure: Structure) -> Iterator[Diagnostic]:
    """The suffix of a long double."""
    for token in structure.tokens:
        if token.kind == "number" and _LONG_DOUBLE.match(token.text):
            yield at(
                token,
                f"'{token.text}' is a long double, which Metal does not have",
                "forbidden-word",
                "leave out the suffix",
            )


def long_longs(structure: Structure) -> Iterator[Diagnostic]:
    """A long has 64 bits; there is no longer integer (specification, section 2.1)."""
    for index, token in enumerate(structure.tokens):
        if token.text == "long" and structure.at(index + 1) == "long":
            yield at(token, "'long long' is not supported in Metal", "forbidden-word", "use long")


def unsupported_types(structure: Structure) -> Iterator[Diagnostic]:
    """Textures and ray tracing belong to Metal but not to what this compiler covers."""
    for index in unsupported(structure):
        yield at(
            structure.tokens[index],
            f"'{structure.at(index)}' is not supported: kernels here use buffers only",
            "unsupported-type",
            "pass the data in a device buffer",
        )


def type_names_as_variables(structure: Structure) -> Iterator[Diagnostic]:
    """C5: neither a type's name nor an address space can name a variable or parameter."""
    tokens = structure.tokens
    for index in range(1, len(tokens) - 1):
        token = tokens[index]
        kind = "the name of a type" if TYPE_NAME.match(token.text) else "a keyword of Metal"
        names = kind[0] == "t" or token.text in ADDRESS_SPACES
        if not names or tokens[index + 1].text not in _AFTER_NAME:
            continue
        before = index - 1
        while before > 0 and tokens[before].text in ("*", "&"):
            before -= 1
        if TYPE_NAME.match(tokens[before].text) or tokens[before].text == "auto":
            yield at(
                token,
                f"'{token.text}' is {kind} and cannot name a variable",
                "type-name",
                "rename the variable",
            )


def ignored_attributes(structure: Structure) -> Iterator[Diagnostic]:
    """The GNU form of the launch cap compiles and has no effect."""
    for index, token in enumerate(structure.tokens):
        if token.text == "max_total_threads_per_threadgroup" and structure.at(index - 1) == "(":
            yield at(
                token,
                "__attribute__((max_total_threads_per_threadgroup(n))) has no effect",
                "gnu-attribute",
                "write [[max_total_threads_per_threadgroup(n)]] before 'kernel'",
                severity="warning",
            )
