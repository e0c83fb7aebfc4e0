"""Errors of the driver. What a model or a candidate does wrong is never one of these."""

from __future__ import annotations

from assay.errors import AssayError


class SearchError(AssayError):
    """Base of the errors that stop a search."""


class RunFolderError(SearchError):
    """A folder cannot be started or continued as this run; the message names the fix."""


class RunInUseError(RunFolderError):
    """Another process is adding to the run."""


class SeedError(SearchError):
    """The seed has no score, so that there is nothing to improve on."""
