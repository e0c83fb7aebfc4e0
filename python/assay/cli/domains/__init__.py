"""The domains that the command line knows. A new one is a module here and an entry below."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from assay.cli.domains.base import Domain, OnStage
from assay.cli.domains.dilemmas import Dilemmas
from assay.cli.domains.kernels import Kernels
from assay.cli.domains.safety import Safety
from assay.names import UsageError, unknown

DOMAINS: tuple[Domain, ...] = (Kernels(), Dilemmas(), Safety())

__all__ = ["DOMAINS", "Domain", "OnStage", "domain_of", "find"]


def find(problem: str, tasks: Sequence[Path] = ()) -> Domain:
    """The domain that has a problem of this name.

    Raises:
        UsageError: No domain has one; the message lists the names and the nearest one.
    """
    names: list[str] = []
    for domain in DOMAINS:
        own = domain.problems(tasks)
        if problem in own:
            return domain
        names += own
    raise unknown("problem", problem, names)


def domain_of(settings: Mapping[str, Any]) -> Domain:
    """The domain of a stored run, by its settings.

    Raises:
        UsageError: This version knows no such domain.
    """
    wanted = settings.get("domain")
    for domain in DOMAINS:
        if domain.name == wanted:
            return domain
    known = ", ".join(domain.name for domain in DOMAINS)
    raise UsageError(f"the run is of the domain {wanted!r}; this version knows {known}")
