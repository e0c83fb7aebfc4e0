"""Turns the source of a policy into a function, and its errors into lines and reasons."""

from __future__ import annotations

import linecache
import operator
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from assay.dilemmas.helpers import namespace
from assay.dilemmas.policies import add_reference_actions
from assay.dilemmas.policy_names import allowed_builtins, numpy_for_policies

FILE = "policy.py"
_LONGEST_REASON = 500  # Characters; a policy decides what its exceptions say.
_DEEPEST = 8  # Frames of a traceback that are told.

PolicyFunction = Callable[[Any, int], int]


@dataclass(frozen=True)
class PolicyFault:
    """What a policy did wrong.

    Attributes:
        kind: ``exception`` or ``action`` (it returned something else than a valid one).
        reason: In one or two lines.
        line: Of the policy's source, from 1; None where no line is to blame.
        step, agent: When and for whom; None while the source was loaded.
        trace: The lines that led there, innermost last.
    """

    kind: str
    reason: str
    line: int | None = None
    step: int | None = None
    agent: int | None = None
    trace: tuple[str, ...] = ()

    def __str__(self) -> str:
        where = "while the source was loaded"
        if self.step is not None:
            where = f"at step {self.step}, agent {self.agent}"
        line = f", line {self.line}" if self.line is not None else ""
        return f"{self.reason} ({where}{line})"


def load_policy(source: str, kind: str) -> PolicyFunction:
    """Execute a source in a fresh namespace and return its ``policy``.

    It protects against nothing: for code that nobody trusts, call it in a confined process.
    """
    names = namespace(kind)
    names |= {"__builtins__": allowed_builtins(), "__name__": "policy", "np": numpy_for_policies()}
    add_reference_actions(names, kind)
    # So that tracebacks can show the lines.
    linecache.cache[FILE] = (len(source), None, source.splitlines(keepends=True), FILE)
    exec(compile(source, FILE, "exec"), names)
    return names["policy"]


def fault_of(
    error: BaseException, step: int | None = None, agent: int | None = None
) -> PolicyFault:
    """The fault that an exception is, located in the policy's own source."""
    frames = [
        frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == FILE
    ]
    line = frames[-1].lineno if frames else getattr(error, "lineno", None)
    try:
        text = str(error)
    except Exception:
        text = "(its message cannot be shown)"
    reason = f"{type(error).__name__}: {text}"[:_LONGEST_REASON]
    trace = tuple(
        f"line {frame.lineno}, in {frame.name}: {frame.line}" for frame in frames[-_DEEPEST:]
    )
    return PolicyFault("exception", reason, line, step, agent, trace)


def checked_action(value: Any, count: int, step: int, agent: int) -> int | PolicyFault:
    """The action as a plain int; a fault unless it is a whole number from 0 to ``count`` - 1."""
    try:
        action = operator.index(value)
    except Exception:
        action = -1
    if 0 <= action < count:
        return action
    try:
        shown = repr(value)[:80]
    except Exception:
        shown = "something that cannot be shown"
    reason = (
        f"policy returned {shown} (type {type(value).__name__}), but must return an int in"
        f" 0-{count - 1}"
    )
    return PolicyFault("action", reason, None, step, agent)
