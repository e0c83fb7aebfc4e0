"""Text scenarios: a task in words, its rules in a data file beside this module.

The scenarios of the publication are not public. These five are reconstructions of their themes
(data migration, deployment, compliance review, ticket handling, report production): results on
them compare with each other and not with the publication's.
"""

from __future__ import annotations

from assay.safety.scenarios.scenario import Scenario, load_scenario

__all__ = ["Scenario", "load_scenario"]
