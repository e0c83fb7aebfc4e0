"""What the report on a run says about rounds, noise, rules and episodes."""

from __future__ import annotations

from assay.safety.reporting.part import describe

__all__ = ["describe"]
