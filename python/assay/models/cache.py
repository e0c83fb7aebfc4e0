"""Replies kept by what they answer, so that a repeated experiment costs nothing."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from assay.models.base import Model, Prompt, Reply, Usage
from assay.paths import cache_directory


class CachedModel:
    """A model whose replies are stored, and given again for the same question.

    The same question is the same model under the same options, the same prompt, the same iteration
    and the same seed: repeated samples of one prompt stay different samples.

    Args:
        model: Asked where there is no stored reply.
        options: How the model is set up, as plain JSON values.
        seed: Number of the run.
        directory: Where replies are kept; None for the user's cache directory.
    """

    def __init__(
        self, model: Model, options: Mapping[str, Any], seed: int, directory: Path | None = None
    ) -> None:
        self.name = model.name
        self.is_free = getattr(model, "is_free", False)
        self.is_remote = getattr(model, "is_remote", False)
        self.has_list_price = getattr(model, "has_list_price", True)
        self._model = model
        self._setup = [model.name, dict(options), seed]
        self._directory = directory or cache_directory("replies")

    def complete(self, prompt: Prompt) -> Reply:
        path = self._directory / f"{self._key(prompt)}.json"
        stored = _read(path)
        if stored is not None:
            return replace(stored, cached=True)
        reply = self._model.complete(prompt)
        _write(path, reply)
        return reply

    def _key(self, prompt: Prompt) -> str:
        question = [*self._setup, prompt.system, prompt.user, prompt.iteration, prompt.call]
        text = json.dumps(question, sort_keys=True, default=str)
        return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def _read(path: Path) -> Reply | None:
    """A stored reply; None where there is none, or a damaged one."""
    try:
        fields = json.loads(path.read_text("utf-8"))
        return Reply(**{**fields, "usage": Usage(**fields["usage"])})
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _write(path: Path, reply: Reply) -> None:
    # Several processes may store the same reply: each has a file of its own until it is complete.
    part = path.with_suffix(f".{os.getpid()}.part")
    part.write_text(json.dumps(asdict(reply)), encoding="utf-8")
    os.replace(part, path)
