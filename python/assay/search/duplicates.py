"""Candidates that are the same as an earlier one, so that none is evaluated twice."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from assay.search.problem import AnyProblem, AskingProblem, Attempt, Candidate


def _plain(candidate: Candidate) -> str:
    lines = (line.rstrip() for line in candidate.source.splitlines())
    return "\n".join(line for line in lines if line)


def _unique(_: Candidate) -> None:
    return None


class Duplicates:
    """The attempts of a run by what their candidates come to."""

    def __init__(self, problem: AnyProblem) -> None:
        # Where evaluations ask the model, each depends on more than the candidate.
        default = _unique if isinstance(problem, AskingProblem) else _plain
        self._fingerprint: Callable[[Candidate], str | None]
        self._fingerprint = getattr(problem, "fingerprint", default)
        self._first: dict[str, Attempt] = {}

    def add(self, attempt: Attempt) -> None:
        """Remember an attempt that was evaluated."""
        if attempt.candidate is None:
            return
        key = self._key(attempt.candidate)
        if key is not None:
            self._first.setdefault(key, attempt)

    def find(self, candidate: Candidate) -> Attempt | None:
        """The first attempt with the same candidate."""
        key = self._key(candidate)
        return None if key is None else self._first.get(key)

    def _key(self, candidate: Candidate) -> str | None:
        text = self._fingerprint(candidate)
        if text is None:
            return None
        return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
