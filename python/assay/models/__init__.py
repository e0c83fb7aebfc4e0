"""Models behind one protocol: LLM providers, recordings and Python callables.

Importing this package is cheap; a provider's SDK is imported when a model of it is made.
"""

from __future__ import annotations

from assay.models.base import Model, ModelError, Prompt, Reply, Usage
from assay.models.registry import create, valid_names
from assay.models.retries import RetryPolicy
from assay.models.scripted import ScriptedModel

__all__ = [
    "Model",
    "ModelError",
    "Prompt",
    "Reply",
    "RetryPolicy",
    "ScriptedModel",
    "Usage",
    "create",
    "valid_names",
]
