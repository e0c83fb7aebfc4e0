"""From Metal source to a shared object that the CPU device loads."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
import uuid
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from assay.errors import CompileError, Diagnostic
from assay.msl import clang_output, graphics, parser, rules, standard, structure, toolchain
from assay.msl.findings import at
from assay.msl.host_functions import undefined_functions
from assay.msl.launch import LISTING, launch_code
from assay.msl.preprocess import preprocess
from assay.msl.program import (
    Argument,
    FunctionConstant,
    Kernel,
    Program,
    entries,
    function_constants,
)
from assay.msl.rewrite import Constants, rewrite
from assay.msl.tokens import Token, code
from assay.msl.translate import Translation, assemble
from assay.paths import cache_directory

_LIBRARY, _RECORD = "library.so", "program.json"
# Rules of failures that say nothing about the source: they are not kept.
_FAULTS = {"compile-timeout", "internal"}


# Sources with more kernels than this are checked and listed; each kernel gets its code when a
# pipeline is made of it. Libraries instantiate thousands of which a program uses a few.
MOST_WITH_CODE = 32


@dataclass(frozen=True)
class _Request:
    """What is wanted of a source; with ``kernel``, code for that one only."""

    constants: Constants
    kernel: str | None

    def facts(self) -> tuple[object, ...]:
        return toolchain.fingerprint(), sorted(self.constants.items()), self.kernel


def compile(
    source: str,
    constants: Constants | None = None,
    include: Sequence[Path] = (),
    defines: Sequence[str] = (),
    kernel: str | None = None,
) -> Program:
    """Compile a Metal source for this machine's processor.

    The result, or the failure, is cached on disk by content.

    Args:
        source: Text of the program. Its lines are the lines that diagnostics report.
        constants: Values of its function constants, by index; a vector is a tuple.
        include: Directories with headers that it may include besides Metal's.
        defines: Macros, ``NAME`` or ``NAME=VALUE``.
        kernel: Make code for this kernel only. Without it the shared object has code for all, or,
            of a source with more than MOST_WITH_CODE kernels, lists them without code.

    Raises:
        CompileError: The source is not a valid Metal program, or took too long to compile.
        DeviceError: There is no compiler on this machine.
    """
    request = _Request(constants or {}, kernel)
    folder = _folder(repr((request.facts(), list(defines), source)))
    if include:  # what the headers say counts, and where they are: diagnostics name them
        tokens = preprocess(source, include, defines)
        files = sorted({token.file or "" for token in tokens})
        folder = _folder(repr((request.facts(), files, "".join(token.text for token in tokens))))
    cached = _load(folder)
    if cached is not None:
        return cached
    try:
        if not include:
            tokens = preprocess(source, (), defines)
        return _build(tokens, request, folder)
    except CompileError as error:
        if not _FAULTS & {d.rule for d in error.diagnostics}:
            _store(folder, {"errors": [asdict(d) for d in error.diagnostics]}, None)
        raise


def _folder(facts: str) -> Path:
    digest = hashlib.sha256(facts.encode("utf-8", "replace"))
    return cache_directory("msl") / digest.hexdigest()[:32]


def _build(tokens: list[Token], request: _Request, folder: Path) -> Program:
    tokens, parsed, warnings = _checked(tokens)
    kernels = entries(parsed)
    declared = function_constants(parsed)
    record = {
        "kernels": [asdict(entry.kernel) for entry in kernels],
        "constants": [asdict(constant) for constant, _ in declared],
        "warnings": [asdict(warning) for warning in warnings],
    }
    if request.kernel is not None:
        kernels = [entry for entry in kernels if entry.kernel.name == request.kernel]
    with_code = len(kernels) <= MOST_WITH_CODE
    head = "" if with_code else LISTING
    launch = '# 1 "launch"\n' + launch_code(kernels, declared, with_code)
    translation = assemble(tokens, rewrite(parsed, request.constants))
    with tempfile.TemporaryDirectory() as scratch:
        library = Path(scratch) / _LIBRARY
        text = head + translation.text + launch
        later = standard.needs_later(parsed)
        try:
            _compile_both_ways(translation, text, library, later)
        except CompileError as error:
            if later or not standard.may_need_later(parsed, error.diagnostics):
                raise
            _compile_both_ways(translation, text, library, later=True)
        _store(folder, record, library)
    program = _load(folder)
    assert program is not None
    return program


def _checked(
    tokens: list[Token],
) -> tuple[list[Token], structure.Structure, list[Diagnostic]]:
    """What is compiled of a source, its declarations, which break no rule, and warnings."""
    try:
        parsed = parser.parse(code(tokens))
    except structure.StructureError as error:
        raise CompileError([_wrong_bracket(error)]) from None
    spans, unsupported = graphics.left_out(parsed)
    if spans:
        tokens = graphics.without(tokens, spans)
        parsed = parser.parse(code(tokens))
    findings = rules.check(parsed)
    errors = [finding for finding in findings if finding.severity == "error"]
    if errors:
        raise CompileError(clang_output.first_few(errors))
    return tokens, parsed, [*unsupported, *findings]


def _wrong_bracket(error: structure.StructureError) -> Diagnostic:
    token = error.token
    if error.too_deep:
        message, hint = f"more than {structure.MAX_NESTING} brackets in each other", None
    elif token.text in structure.OPENING:
        message, hint = f"this '{token.text}' is never closed", "add the closing bracket"
    else:
        message, hint = f"'{token.text}' closes nothing", "remove it, or open its bracket before"
    return at(token, message, "syntax", hint)


def _compile_both_ways(translation: Translation, text: str, library: Path, later: bool) -> None:
    """Make code, and check address spaces beside it.

    Code is made with pointers and references that lose their address space where one without is
    wanted, because else clang rejects methods and copies of objects in one; the strict check then
    finds only what concerns that. ``text`` is the translation with what comes before and behind;
    ``later`` is as that of ``toolchain.check_syntax``.
    """
    with ThreadPoolExecutor(1) as pool:
        checking = pool.submit(toolchain.check_syntax, text, later)
        result = toolchain.generate_code(text, library, later)
        check = checking.result()
    errors = clang_output.diagnostics(result.stderr, translation.locate)
    errors = errors or clang_output.address_space_diagnostics(check.stderr, translation.locate)
    errors = errors or clang_output.first_few(undefined_functions(result.stderr))
    if errors:
        raise CompileError(errors)
    if result.returncode != 0:
        message = result.stderr.strip().splitlines()
        raise CompileError(
            [Diagnostic(message[0] if message else "the compiler failed", rule="internal")]
        )


def _store(folder: Path, record: dict[str, Any], library: Path | None) -> None:
    """Write a cache entry; it appears whole or not at all."""
    temporary = folder.with_name(f"{folder.name}.{uuid.uuid4().hex}.tmp")
    temporary.mkdir()
    (temporary / _RECORD).write_text(json.dumps(record))
    if library:
        shutil.move(library, temporary / _LIBRARY)
    try:
        temporary.rename(folder)
    except OSError:  # another process was faster
        shutil.rmtree(temporary)


def _load(folder: Path) -> Program | None:
    try:
        record = json.loads((folder / _RECORD).read_text())
    except OSError:
        return None
    if "errors" in record:
        raise CompileError([Diagnostic(**fields) for fields in record["errors"]])
    kernels = tuple(
        Kernel(**{**fields, "arguments": tuple(Argument(**a) for a in fields["arguments"])})
        for fields in record["kernels"]
    )
    warnings = tuple(Diagnostic(**fields) for fields in record["warnings"])
    constants = tuple(FunctionConstant(**fields) for fields in record["constants"])
    return Program(folder / _LIBRARY, kernels, constants, warnings)
