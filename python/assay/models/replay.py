"""A recorded run as a model: every call gets the reply it got in the recording."""

from __future__ import annotations

import re
from pathlib import Path

from assay.models._provider import Options
from assay.models.base import ModelError, Prompt, Reply
from assay.models.registry import register

_RESPONSE = re.compile(r"(\d{2,}|(?:\d{2,}|gate)_call\d{2,})_response\.md")


class ReplayModel:
    """Replies from the files ``NN_response.md``, ``NN_reasoning.md`` and so on of a run folder.

    Args:
        directory: The run folder.

    Raises:
        ModelError: ``configuration`` if the folder is missing or holds no recorded reply.
    """

    def __init__(self, directory: str) -> None:
        self.name = f"replay:{directory}"
        self._responses = _recorded(Path(directory).expanduser())

    def complete(self, prompt: Prompt) -> Reply:
        path = self._responses.get(prompt.call or f"{prompt.iteration:02d}")
        if path is None:
            raise self._missing(prompt)
        reasoning = path.with_name(path.name.replace("response", "reasoning"))
        return Reply(
            text=_read(path),
            model=self.name,
            reasoning=_read(reasoning) if reasoning.exists() else None,
        )

    def _missing(self, prompt: Prompt) -> ModelError:
        stage = prompt.call.partition("_")[0]
        stages = {name.partition("_")[0] for name in self._responses}
        if stage == "gate" and stage not in stages:
            text = f"{self.name}: the recording holds no replies to the questions of a gate"
            return ModelError("configuration", text)
        last = max((int(name) for name in stages if name != "gate"), default=0)
        if stage != "gate" and prompt.iteration > last:
            text = f"{self.name}: no reply for iteration {prompt.iteration}, the recording ends"
            return ModelError("configuration", f"{text} at {last}")
        # The recorded run had no reply here either: a transient kind makes the driver go on.
        place = prompt.call or f"iteration {prompt.iteration}"
        return ModelError("server", f"{self.name}: {place} has no recorded reply")


def _recorded(folder: Path) -> dict[str, Path]:
    if not folder.is_dir():
        raise ModelError("configuration", f"replay:{folder}: no such folder; give a run folder")
    found = ((_RESPONSE.fullmatch(path.name), path) for path in sorted(folder.iterdir()))
    responses = {match[1]: path for match, path in found if match}
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
