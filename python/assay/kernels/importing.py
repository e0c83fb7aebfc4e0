"""Reads the run folders of the published Metal-Sci harness, so that its runs can be used here.

Such a folder holds ``00_seed.metal``, for each iteration ``NN_prompt.md``, ``NN_response.md``,
``NN_reasoning.md``, ``NN_candidate.metal`` and ``NN_result.json`` as far as they exist, and
``history.json`` and ``summary.json`` at the end. JSON there may contain NaN and Infinity.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from assay.kernels.results import Result, SizeResult, Verdict
from assay.models.base import Reply
from assay.search.config import RunConfig
from assay.search.errors import RunFolderError
from assay.search.events import (
    Evaluated,
    Event,
    Finished,
    Prompted,
    Replied,
    SeedEvaluated,
    Skipped,
)
from assay.search.problem import Evaluation
from assay.search.run import Run

SEED, SUMMARY, HISTORY = "00_seed.metal", "summary.json", "history.json"
_NUMBERED = re.compile(r"(\d{2,})_(prompt|response|candidate|result)\.(md|metal|json)")
_STAMP = re.compile(r"_(\d{8}_\d{6})$")


@dataclass(frozen=True)
class PublishedFolder:
    """A run folder of the published harness.

    Attributes:
        history: Its records by iteration, as far as it has them; 0 is the seed.
    """

    path: Path
    summary: Mapping[str, Any]
    history: Mapping[int, Mapping[str, Any]]

    @property
    def task(self) -> str:
        """Name of the task."""
        return str(self.summary["task"])

    @property
    def iterations(self) -> range:
        """All iterations that left a record or a file."""
        numbers = [
            int(m[1]) for path in self.path.iterdir() if (m := _NUMBERED.fullmatch(path.name))
        ]
        return range(1, max([0, *numbers, *self.history]) + 1)

    def text(self, name: str) -> str | None:
        """The content of a file; None where there is none."""
        path = self.path / name
        return path.read_bytes().decode("utf-8", "replace") if path.is_file() else None

    def started(self) -> datetime:
        """When the run began; now where its name is silent.

        The name has the local time of whoever ran it, which is taken for UTC.
        """
        stamp = _STAMP.search(self.path.name)
        if stamp is None:
            return datetime.now(timezone.utc)
        return datetime.strptime(stamp[1], "%Y%m%d_%H%M%S").replace(tzinfo=timezone.utc)


def read_published(path: Path) -> PublishedFolder:
    """Open a published run folder.

    Raises:
        RunFolderError: It is none, is damaged, or lacks the score of its seed.
    """
    if not (path / SEED).is_file():
        raise RunFolderError(
            f"{path} is no published run folder: it has no {SEED}. Name a folder whose name is "
            "like nbody_MODEL_20260507_110830."
        )
    summary = _json(path / SUMMARY)
    if summary is None:
        raise RunFolderError(
            f"{path} was interrupted before its {SUMMARY}, so the score of its seed is not on "
            "record. Its replies can be judged anew all the same: "
            f"assay evolve TASK --model replay:{path}"
        )
    records = _json(path / HISTORY) or summary.get("history") or []
    return PublishedFolder(path, summary, {record["iteration"]: record for record in records})


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise RunFolderError(f"{path} is damaged: {error}") from error


def import_run(published: PublishedFolder, folder: Path) -> int:
    """Write a published run as a run folder of ours; the number of its iterations.

    Raises:
        RunFolderError: ``folder`` is not empty, or the published one is damaged.
    """
    if folder.exists() and any(folder.iterdir()):
        raise RunFolderError(f"{folder} is not empty. Choose another --run folder.")
    with Run(folder, _config(published)) as run:
        for event in _events(published):
            run.record(event)
        return run.state.iterations


def _config(published: PublishedFolder) -> RunConfig:
    seed = published.text(SEED) or ""
    return RunConfig(
        problem=published.task,
        artifact="metal",
        settings={
            "domain": "kernels",
            "task": published.task,
            "device": "metal",
            "chip": published.summary.get("chip"),
            "imported_from": published.path.name,
        },
        seed_sha256=hashlib.sha256(seed.encode("utf-8")).hexdigest(),
        model=str(published.summary["model"]),
        seed=0,
        acceptance="strict",
        created=published.started().isoformat(timespec="milliseconds"),
    )


def _events(published: PublishedFolder) -> Iterator[Event]:
    """The run as our events, in order; times follow from the recorded durations."""
    clock = published.started()
    best = published.summary["seed_score"]
    yield SeedEvaluated(
        source=published.text(SEED) or "",
        evaluation=_seed(published),
        elapsed_s=_elapsed(published, 0),
        time=_stamp(clock),
    )
    for iteration in published.iterations:
        clock += timedelta(seconds=_elapsed(published, iteration))
        yield from _said(published, iteration, _stamp(clock))
        event = _judged(published, iteration, best, _stamp(clock))
        if isinstance(event, Evaluated) and event.promoted:
            best = event.evaluation.score
        yield event
    yield Finished(reason="imported", time=_stamp(clock))


def _stamp(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds")


def _elapsed(published: PublishedFolder, iteration: int) -> float:
    """Seconds of model and evaluation; 0 where they are not on record."""
    return float(published.history.get(iteration, {}).get("elapsed_s") or 0.0)


def _seed(published: PublishedFolder) -> Evaluation:
    """The seed's score; its sizes are on record only where it stayed the best."""
    score = published.summary["seed_score"]
    kept = published.summary.get("best_score") == score
    result = _json(published.path / "best_result.json") if kept else None
    if result is not None:
        return _evaluation(published, result)
    record = Result(file=SEED, task=published.task, device="metal", verdict="ok", score=score)
    return Evaluation(score, "ok", None, record.model_dump(mode="json"))


def _said(published: PublishedFolder, iteration: int, time: str) -> Iterator[Event]:
    prompt = published.text(f"{iteration:02d}_prompt.md")
    response = published.text(f"{iteration:02d}_response.md")
    if prompt is not None:
        yield Prompted(iteration=iteration, user=prompt, time=time)
    if response is not None:
        reasoning = published.text(f"{iteration:02d}_reasoning.md")
        reply = Reply(response, str(published.summary["model"]), reasoning)
        yield Replied(iteration=iteration, reply=reply, elapsed_s=0.0, time=time)


def _judged(
    published: PublishedFolder, iteration: int, best: float, time: str
) -> Evaluated | Skipped:
    elapsed = _elapsed(published, iteration)
    source = published.text(f"{iteration:02d}_candidate.metal")
    result = _json(published.path / f"{iteration:02d}_result.json")
    if source is None or result is None:
        reason = published.history.get(iteration, {}).get("fail_reason") or "no candidate on record"
        return Skipped(iteration=iteration, reason=str(reason), elapsed_s=elapsed, time=time)
    evaluation = _evaluation(published, result)
    return Evaluated(
        iteration=iteration,
        source=source,
        evaluation=evaluation,
        promoted=evaluation.score is not None and evaluation.score > best,
        elapsed_s=elapsed,
        time=time,
    )


def _evaluation(published: PublishedFolder, result: Mapping[str, Any]) -> Evaluation:
    """A published result in our form; what is not finite becomes null."""
    verdict, score = _verdict(result), result.get("score")
    reason = result.get("fail_reason")
    record = Result(
        file="-",
        task=published.task,
        device="metal",
        verdict=verdict,
        score=score,
        fail_reason=reason,
        sizes=tuple(_size(size) for size in result.get("sizes", ())),
        ceiling_source="published run",
    )
    details = {**record.model_dump(mode="json"), "compile_ok": result.get("compile_ok")}
    return Evaluation(record.score, verdict, reason, details)


def _verdict(result: Mapping[str, Any]) -> Verdict:
    reason = str(result.get("fail_reason") or "")
    if result.get("score") is not None:
        return "ok"
    if reason.startswith("pipeline"):
        return "pipeline_error"
    if not result.get("compile_ok"):
        return "compile_error"
    kinds = [size.get("error_kind") for size in result.get("sizes", ())]
    return "crash" if "exception" in kinds[-1:] else "incorrect"


def _size(size: Mapping[str, Any]) -> SizeResult:
    return SizeResult(
        label=size["label"],
        correct=size["correct"],
        error_value=size.get("error_value"),
        error_kind=size.get("error_kind"),
        gpu_seconds=size.get("gpu_seconds"),
        achieved=size.get("achieved"),
        unit=size.get("achieved_unit"),
        ceiling=size.get("ceiling"),
        fraction=size.get("fraction_of_ceiling"),
    )
