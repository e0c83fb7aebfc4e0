"""A recorded run as a model: every call gets the reply it got in the recording."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assay.models._provider import Options
from assay.models.base import ModelError, Prompt, Reply, Usage
from assay.models.registry import register

_RESPONSE = re.compile(r"(\d{2,}|(?:\d{2,}|gate)_call\d{2,})_response\.md")
_LOG = "events.jsonl"


class ReplayModel:
    """Replies from the files ``NN_response.md``, ``NN_reasoning.md`` and so on of a run folder.

    Where the folder has a log, the tokens of each reply and the reasons of failed calls are those
    of the recording. A call that failed there fails again.

    Args:
        directory: The run folder.

    Raises:
        ModelError: ``configuration`` if the folder is missing or holds no recorded reply.
    """

    is_free = True

    def __init__(self, directory: str) -> None:
        self.name = f"replay:{directory}"
        folder = Path(directory).expanduser()
        self._responses = _recorded(folder)
        self._log = _logged(folder / _LOG)

    def complete(self, prompt: Prompt) -> Reply:
        name = prompt.call or f"{prompt.iteration:02d}"
        path = self._responses.get(name)
        if path is None:
            raise self._missing(prompt, name)
        reasoning = path.with_name(path.name.replace("response", "reasoning"))
        return Reply(
            text=_read(path),
            model=self.name,
            reasoning=_read(reasoning) if reasoning.exists() else None,
            usage=self._log.usage.get(name, Usage()),
        )

    def _missing(self, prompt: Prompt, name: str) -> ModelError:
        stage = name.partition("_")[0]
        stages = {known.partition("_")[0] for known in (*self._responses, *self._log.failures)}
        if stage == "gate" and stage not in stages:
            text = f"{self.name}: the recording holds no replies to the questions of a gate"
            return ModelError("configuration", text)
        last = max((int(known) for known in stages if known != "gate"), default=0)
        if stage != "gate" and prompt.iteration > last:
            text = f"{self.name}: no reply for iteration {prompt.iteration}, the recording ends"
            return ModelError("configuration", f"{text} at {last}")
        place = prompt.call or f"iteration {prompt.iteration}"
        # A transient kind makes the driver go on, as it did in the recording.
        unknown = ("server", f"{self.name}: {place} has no recorded reply")
        error = ModelError(*self._log.failures.get(name, unknown))
        error.is_outage = False
        return error


@dataclass(frozen=True)
class _Log:
    """What the log of a recording says about calls, by name; failures are kind and message."""

    usage: dict[str, Usage]
    failures: dict[str, tuple[str, str]]


def _logged(path: Path) -> _Log:
    log = _Log({}, {})
    for line in _read(path).splitlines() if path.exists() else []:
        try:
            _take(log, json.loads(line))
        except ValueError:
            continue  # The torn last line of an interrupted run.
    return log


def _take(log: _Log, event: dict[str, Any]) -> None:
    kind = event.get("event")
    if kind in ("replied", "answered"):
        tokens = event["reply"].get("usage", {})
        usage = Usage(tokens.get("input_tokens"), tokens.get("output_tokens"))
        log.usage[_name(event)] = usage
    elif kind == "answer_failed":
        log.failures[_name(event)] = (event["kind"], event["message"])
    elif kind == "skipped":
        failure, _, message = event["reason"].partition(": ")
        log.failures[_name(event)] = (failure, message)


def _name(event: dict[str, Any]) -> str:
    if "call" not in event:
        return f"{event['iteration']:02d}"
    stage = "gate" if event["stage"] == "gate" else f"{event['iteration']:02d}"
    return f"{stage}_call{event['call']:02d}"


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
