"""A recorded run as a model: every iteration gets the reply it got in the recording."""

from __future__ import annotations

import re
from pathlib import Path

from assay.models._provider import Options
from assay.models.base import ModelError, Prompt, Reply
from assay.models.registry import register

_RESPONSE = re.compile(r"(\d{2,})_response\.md")


class ReplayModel:
    """Replies from the files ``NN_response.md`` and ``NN_reasoning.md`` of a run folder.

    Args:
        directory: The run folder.

    Raises:
        ModelError: ``configuration`` if the folder is missing or holds no recorded reply.
    """

    def __init__(self, directory: str) -> None:
        self.name = f"replay:{directory}"
        self._responses = _recorded(Path(directory).expanduser())

    def complete(self, prompt: Prompt) -> Reply:
        path = self._responses.get(prompt.iteration)
        if path is None:
            raise self._missing(prompt.iteration)
        reasoning = path.with_name(path.name.replace("response", "reasoning"))
        return Reply(
            text=_read(path),
            model=self.name,
            reasoning=_read(reasoning) if reasoning.exists() else None,
        )

    def _missing(self, iteration: int) -> ModelError:
        last = max(self._responses)
        if iteration > last:
            text = f"{self.name}: no reply for iteration {iteration}, the recording ends at {last}"
            return ModelError("configuration", text)
        # The recorded run skipped this iteration too: a transient kind makes the driver skip it.
        return ModelError("server", f"{self.name}: iteration {iteration} has no recorded reply")


def _recorded(folder: Path) -> dict[int, Path]:
    if not folder.is_dir():
        raise ModelError("configuration", f"replay:{folder}: no such folder; give a run folder")
    found = ((_RESPONSE.fullmatch(path.name), path) for path in sorted(folder.iterdir()))
    responses = {int(match[1]): path for match, path in found if match}
    if not responses:
        message = f"replay:{folder}: no recorded replies (01_response.md, 02_response.md, …) in it"
        raise ModelError("configuration", message)
    return responses


def _read(path: Path) -> str:
    try:
        # Not read_text, which would turn \r\n into \n and so change the candidate.
        return path.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ModelError("configuration", f"{path}: cannot be read as UTF-8: {error}") from error


@register("replay", argument="DIR", configurable=False)
def _create(directory: str, options: Options) -> ReplayModel:
    return ReplayModel(directory)
