"""Turns what goes wrong while a candidate is compiled or runs into a verdict about it."""

from __future__ import annotations

from collections.abc import Sequence

from assay.errors import AssayError, CompileError, DeviceError, Diagnostic
from assay.kernels.check import Check
from assay.kernels.launch import LaunchError
from assay.kernels.results import Verdict


class Failure(AssayError):
    """A candidate failed.

    Attributes:
        verdict: Which verdict it gets.
        reason: One line that says why.
        diagnostics: Findings about its source.
        check: The failed comparison of an ``incorrect`` candidate, else None.
        tainted: Whether this process may not be trusted with another candidate.
        contestant: Position of the candidate among those measured together.
    """

    def __init__(
        self,
        verdict: Verdict,
        reason: str,
        diagnostics: Sequence[Diagnostic] = (),
        check: Check | None = None,
        tainted: bool = False,
    ) -> None:
        self.verdict: Verdict = verdict
        self.reason = reason
        self.diagnostics = tuple(diagnostics)
        self.check = check
        self.tainted = tainted
        self.contestant = 0
        super().__init__(reason)


def _located(error: DeviceError, text: str, rule: str, hint: str) -> Diagnostic:
    line: int | None = None
    column: int | None = None
    if error.library and error.offsets:
        from assay import msl

        found = (msl.locate(error.library, offset) for offset in error.offsets)
        line, column = next((place for place in found if place), (None, None))
    return Diagnostic(text, line, column, rule=rule, hint=hint)


_FAULT_HINTS = {
    "memory": "guard threads beyond the problem size and check every index",
    "stack": "end every recursion, and keep local arrays small",
    "array": "keep every index of an array below its length",
}


def _cause(error: DeviceError) -> str:
    return next((cause for cause in ("stack", "array") if cause in error.message), "memory")


def _device_failure(error: DeviceError, used_up: str | None) -> Failure:
    if error.kind == "timeout":
        # The device knows only what was left of the limit.
        name = error.kernel or "the kernel"
        text = f"{name} did not finish: {used_up}" if used_up else str(error)
        hint = "make sure that every loop ends and that every thread reaches every barrier"
        located = _located(error, text, "timeout", hint)
        return Failure("timeout", text, [located], tainted=True)
    if error.kind == "fault":
        hint = _FAULT_HINTS.get(_cause(error), _FAULT_HINTS["memory"])
        located = _located(error, str(error), "fault", hint)
        return Failure("crash", str(error), [located], tainted=True)
    if error.kind == "invalid":
        return Failure("pipeline_error", f"the host cannot launch the kernel: {error}")
    raise error


def _compile_failure(error: CompileError) -> Failure:
    diagnostics = error.diagnostics or (Diagnostic("the compiler gives no reason"),)
    errors = [item for item in diagnostics if item.severity == "error"] or list(diagnostics)
    slow = any(item.rule == "compile-timeout" for item in errors)
    place = f" (line {errors[0].line})" if errors[0].line is not None else ""
    kind: Verdict = "timeout" if slow else "compile_error"
    return Failure(kind, f"{'timeout' if slow else 'compile error'}: {errors[0].message}{place}",
                   diagnostics)  # fmt: skip


def failure(error: Exception, used_up: str | None = None) -> Failure:
    """The verdict that an error means.

    Args:
        used_up: What to say about the time limit where it was exceeded.

    Raises:
        Exception: ``error`` itself, where it is no candidate's fault.
    """
    if isinstance(error, Failure):
        return error
    if isinstance(error, CompileError):
        return _compile_failure(error)
    if isinstance(error, LaunchError):
        diagnostic = Diagnostic(
            str(error),
            rule="launch",
            hint="raise or remove [[max_total_threads_per_threadgroup(n)]]",
        )
        return Failure("pipeline_error", f"pipeline error: {error}", [diagnostic])
    if isinstance(error, DeviceError):
        return _device_failure(error, used_up)
    if isinstance(error, MemoryError):
        return Failure("crash", "out of memory", [Diagnostic("out of memory", rule="memory")],
                       tainted=True)  # fmt: skip
    raise error
