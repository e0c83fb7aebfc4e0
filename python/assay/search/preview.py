"""What a model would be asked next, without asking it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from assay.models.base import Prompt
from assay.names import UsageError
from assay.search.archive import view
from assay.search.errors import RunFolderError, SeedError
from assay.search.problem import AnyProblem, AskingProblem, Attempt, Candidate, Json
from assay.search.run import load_run


def first_prompt(problem: AnyProblem) -> Prompt | Candidate:
    """The first prompt of a search, with the seed as it is measured now.

    Raises:
        SeedError: The seed has no score.
        UsageError: The seed cannot be judged without a model.
    """
    seed = problem.seed()
    if isinstance(problem, AskingProblem):
        evaluation = problem.evaluate_with(seed, _Unanswered(problem.name))
    else:
        evaluation = problem.evaluate(seed)
    if evaluation.score is None:
        raise SeedError(f"the seed of {problem.name} has no score: {evaluation.fail_reason}")
    attempts = [Attempt(0, seed, evaluation, promoted=True)]
    return _asked(problem, attempts, 1)


@dataclass(frozen=True)
class _Unanswered:
    """The session of an evaluation that may ask nobody."""

    name: str
    iteration: int = 0
    seed: int = 0

    def withhold(self, details: Json) -> None:
        pass

    def ask(self, prompt: Prompt) -> NoReturn:
        raise UsageError(
            f"the evaluation of {self.name} asks a model: start a search, and name its folder"
        )


def next_prompt(problem: AnyProblem, folder: Path) -> Prompt | Candidate:
    """The prompt with which a run would go on.

    Raises:
        RunFolderError: The folder holds no run, or one whose seed has no score yet.
    """
    config, state = load_run(folder)
    if not state.attempts:
        raise RunFolderError(f"{folder}: the seed has no score yet. Continue the run first.")
    return _asked(
        problem, state.attempts, state.candidates + 1, config.children, config.parent,
        config.control,
    )  # fmt: skip


def _asked(
    problem: AnyProblem,
    attempts: list[Attempt],
    number: int,
    children: int = 1,
    parent: str = "incumbent",
    control: str = "none",
) -> Prompt | Candidate:
    return problem.prompt(view(attempts, number, children, parent, control))
