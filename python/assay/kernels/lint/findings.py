"""What lint says about a task."""

from __future__ import annotations

from typing import Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, computed_field

Severity = Literal["error", "warning"]


class Problem(NamedTuple):
    """A finding whose check goes without saying."""

    severity: Severity
    message: str


def error(message: str) -> Problem:
    """Something that makes verdicts on kernels worthless."""
    return Problem("error", message)


def warning(message: str) -> Problem:
    """Something unusual that may be intended."""
    return Problem("warning", message)


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True)


class LintFinding(_Record):
    """Something about a task that is wrong, or that is unusual.

    Attributes:
        check: Name of the check that found it.
        severity: An ``error`` makes verdicts on kernels worthless; a ``warning`` may be intended.
        message: What is wrong, and what to do.
    """

    check: str
    severity: Severity
    message: str


class LintReport(_Record):
    """Outcome of all checks.

    Attributes:
        checks: Names of the checks that ran, in order.
        skipped: Names of those that need what an earlier one found wrong.
    """

    task: str | None
    path: str
    device: str | None = None
    checks: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()
    findings: tuple[LintFinding, ...] = ()

    @computed_field  # type: ignore[prop-decorator]
    @property
    def passed(self) -> bool:
        """Whether there is no error; warnings do not count."""
        return all(finding.severity != "error" for finding in self.findings)

    def of(self, check: str) -> tuple[LintFinding, ...]:
        """The findings of one check."""
        return tuple(finding for finding in self.findings if finding.check == check)
