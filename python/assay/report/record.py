"""A run as a report needs it: the state at its end, and what was said in each iteration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from assay.models.base import Reply
from assay.search.config import CONFIG_NAME, RunConfig, read_config
from assay.search.errors import RunFolderError
from assay.search.events import (
    Answered,
    AnswerFailed,
    Asked,
    Evaluated,
    Event,
    Finished,
    Prompted,
    Replied,
)
from assay.search.log import read_log
from assay.search.problem import Attempt
from assay.search.run import LOG_NAME, fresh_state
from assay.search.spending import Spending
from assay.search.state import RunState

GATE = -1  # Stands for the gate where turns are kept by the number of their attempt.


@dataclass(frozen=True)
class Turn:
    """A prompt and what became of it; without a reply, the model failed or the process ended.

    ``purpose`` is ``proposal``, or ``evaluation`` or ``gate`` where these asked the model.
    ``system`` is None where it is that of the last prompt.
    """

    purpose: str
    prompt: str
    system: str | None = None
    reply: Reply | None = None
    elapsed_s: float = 0.0


@dataclass(frozen=True)
class Step:
    """An attempt and how it came about.

    Attributes:
        elapsed_s: Seconds of model and evaluation.
        comparison: What the promotion rule measured to decide, if it did.
    """

    attempt: Attempt
    elapsed_s: float
    turns: tuple[Turn, ...] = ()
    comparison: Mapping[str, Any] | None = None

    @property
    def proposal(self) -> Reply | None:
        """The reply that holds the candidate, if a model was asked for it."""
        replies = [turn.reply for turn in self.turns if turn.purpose == "proposal"]
        return replies[-1] if replies else None

    @property
    def score(self) -> float | None:
        """Its score, if it has one."""
        return self.attempt.evaluation.score if self.attempt.evaluation else None

    @property
    def verdict(self) -> str:
        """The domain's word, or ``skipped``."""
        return self.attempt.evaluation.verdict if self.attempt.evaluation else "skipped"

    @property
    def reason(self) -> str:
        """Why it has no score; empty where it has one."""
        evaluation = self.attempt.evaluation
        reason = evaluation.fail_reason if evaluation else self.attempt.skip_reason
        return reason or ""


@dataclass(frozen=True)
class RunRecord:
    """A run read from its folder.

    Attributes:
        steps: The seed and one per consumed iteration, oldest first.
        later: What was said after the last step, by the gate for example.
        stopped_because: What ended the run; None while it is not complete.
    """

    folder: Path
    config: RunConfig
    state: RunState
    steps: tuple[Step, ...] = ()
    later: tuple[Turn, ...] = ()
    stopped_because: str | None = None

    @property
    def title(self) -> str:
        """Problem and model, and the seed where it is not 0."""
        seed = f", seed {self.config.seed}" if self.config.seed else ""
        return f"{self.config.problem}, {self.config.model}{seed}"

    @property
    def self_speedup(self) -> float | None:
        """Best score over seed score; None where it does not exist or is no factor."""
        return self.relative(self.state.best_score)

    def relative(self, score: float | None) -> float | None:
        """A score over the seed's; None where the seed's is not positive."""
        seed = self.state.seed_score
        return score / seed if score is not None and seed is not None and seed > 0 else None

    def incumbents(self) -> list[Step]:
        """The seed and the promoted attempts, oldest first."""
        return [step for step in self.steps if step.attempt.promoted]

    def turns(self) -> list[Turn]:
        """All prompts, oldest first."""
        return [turn for step in self.steps for turn in step.turns] + list(self.later)

    @property
    def spending(self) -> Spending:
        """Calls, tokens and money, failed calls included, replies from the cache not."""
        return self.state.spending


def _number(event: Asked | Answered | AnswerFailed) -> int:
    """The attempt that is evaluated. The gate's calls bear the last number, but are not its own."""
    return GATE if event.stage == "gate" else event.iteration


@dataclass
class _Reader:
    """Folds events into steps."""

    state: RunState
    steps: list[Step] = field(default_factory=list)
    turns: dict[int, list[Turn]] = field(default_factory=dict)
    stopped_because: str | None = None

    def take(self, event: Event) -> None:
        self.state.apply(event)
        match event:
            case Prompted():
                self._ask(event.iteration, Turn("proposal", event.user, event.system))
            case Asked():
                self._ask(_number(event), Turn(event.stage, event.user, event.system))
            case Replied():
                self._answer(event.iteration, reply=event.reply, elapsed_s=event.elapsed_s)
            case Answered():
                self._answer(_number(event), reply=event.reply, elapsed_s=event.elapsed_s)
            case AnswerFailed():
                self._answer(_number(event), elapsed_s=event.elapsed_s)
            case Finished():
                self.stopped_because = event.reason
        while len(self.steps) < len(self.state.attempts):
            position = len(self.steps)
            attempt, elapsed = self.state.attempts[position], self.state.elapsed_s[position]
            turns = self.turns.pop(attempt.iteration, [])
            compared = event.comparison if isinstance(event, Evaluated) else None
            self.steps.append(Step(attempt, elapsed, tuple(turns), compared))
            self.stopped_because = None

    def _ask(self, number: int, turn: Turn) -> None:
        self.turns.setdefault(number, []).append(turn)

    def _answer(self, number: int, **outcome: Any) -> None:
        """Complete the last turn of an attempt."""
        turns = self.turns.get(number)
        if turns:
            turns[-1] = replace(turns[-1], **outcome)


def load_record(folder: Path) -> RunRecord:
    """Read a run, finished or not, without touching it.

    Raises:
        RunFolderError: The folder is no run folder, or its log is damaged.
    """
    config = read_config(folder)
    reader = _Reader(fresh_state(config))
    for event in read_log(folder / LOG_NAME):
        reader.take(event)
    return RunRecord(
        folder=folder,
        config=config,
        state=reader.state,
        steps=tuple(reader.steps),
        later=tuple(turn for turns in reader.turns.values() for turn in turns),
        stopped_because=reader.stopped_because if reader.state.finished else None,
    )


def run_folders(paths: Sequence[Path]) -> list[Path]:
    """The run folders among paths and in them: a path is one, or a folder of run folders.

    Raises:
        RunFolderError: A path is neither.
    """
    found: list[Path] = []
    for path in paths:
        if (path / CONFIG_NAME).is_file():
            found.append(path)
            continue
        inside = sorted(file.parent for file in path.glob(f"*/{CONFIG_NAME}"))
        if not inside:
            raise RunFolderError(
                f"{path} is no run folder and holds none: there is no {CONFIG_NAME} in it. "
                "Name a folder of 'assay evolve' or 'assay sweep'."
            )
        found += inside
    return list(dict.fromkeys(found))
