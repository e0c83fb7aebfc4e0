"""Diagnostics at a token."""

from __future__ import annotations

from assay.errors import Diagnostic
from assay.msl.tokens import Token


def at(
    token: Token, message: str, rule: str, hint: str | None = None, severity: str = "error"
) -> Diagnostic:
    """A diagnostic at the token's place."""
    return Diagnostic(message, token.line, token.column, severity, rule, hint, token.file)
