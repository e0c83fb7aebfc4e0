"""Errors that every device raises, and the diagnostic they carry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Diagnostic:
    """One finding about a candidate's source.

    Attributes:
        message: What is wrong, in one sentence.
        line: Line in the candidate's own source, counted from 1; None where no line applies.
        column: Column in that line, counted from 1; None where unknown.
        severity: ``error`` or ``warning``.
        rule: Short stable name of the rule, for example ``attribute-placement``.
        hint: What to write instead; None where there is nothing better than the message.
        file: Name of the included file that ``line`` belongs to; None for the source itself.
    """

    message: str
    line: int | None = None
    column: int | None = None
    severity: str = "error"
    rule: str = "compiler"
    hint: str | None = None
    file: str | None = None

    def __str__(self) -> str:
        parts = (self.file, self.line, self.column)
        where = ":".join(str(part) for part in parts if part is not None)
        text = f"{where}: " if where else ""
        text += f"{self.severity}: {self.message} [{self.rule}]"
        return f"{text}\n  hint: {self.hint}" if self.hint else text


class AssayError(Exception):
    """Base of all errors that Assay raises on purpose."""


class CompileError(AssayError):
    """The source is not a valid Metal program.

    Attributes:
        diagnostics: Why, first cause first.
        log: What Metal's compiler wrote, from which the diagnostics were read; else empty.
    """

    def __init__(self, diagnostics: Sequence[Diagnostic], log: str = "") -> None:
        self.diagnostics = tuple(diagnostics)
        self.log = log
        super().__init__("\n".join(str(diagnostic) for diagnostic in self.diagnostics))

    def __reduce__(self) -> tuple[type, tuple[object, ...]]:
        return type(self), (self.diagnostics, self.log)


class PipelineError(AssayError):
    """A kernel of a compiled library cannot be made into a pipeline.

    Attributes:
        kernel: Name of the kernel that was asked for.
        message: What is wrong.
    """

    def __init__(self, kernel: str, message: str) -> None:
        self.kernel = kernel
        self.message = message
        super().__init__(f"{kernel}: {message}")

    def __reduce__(self) -> tuple[type, tuple[object, ...]]:
        return type(self), (self.kernel, self.message)


class DeviceError(AssayError):
    """A device is missing, was used wrongly, or a command buffer did not complete.

    Attributes:
        kind: ``unavailable``, ``invalid`` (wrong use of the interface), ``fault`` (a kernel touched
            memory that is not its own or trapped), ``timeout`` or ``discarded`` (the work was lost
            for a reason that is not its own, such as a reset of the GPU).
        message: What happened, with the kernel's name where one was running.
        kernel: Name of the kernel that was running, or None.
        library: Path of the loaded code that was running (CPU device only), or None.
        offsets: Code offsets in ``library`` at which its threads were stopped, the faulting one
            first; ``assay.msl.locate`` turns them into source positions.
    """

    def __init__(
        self,
        kind: str,
        message: str,
        kernel: str | None = None,
        library: str | None = None,
        offsets: Sequence[int] = (),
    ) -> None:
        self.kind = kind
        self.message = message
        self.kernel = kernel
        self.library = library
        self.offsets = tuple(offsets)
        super().__init__(message)

    def __reduce__(self) -> tuple[type, tuple[object, ...]]:
        return type(self), (self.kind, self.message, self.kernel, self.library, self.offsets)
