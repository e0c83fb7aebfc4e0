"""The file of a sweep, and the runs that it stands for."""

from __future__ import annotations

import itertools
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from assay.names import UsageError
from assay.search.files import reason_of

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

DEFAULT = "default"  # Name of the settings where the file has no table of them.
TOGETHER = 4  # Runs at a time where the file does not say.


class SweepFile(BaseModel):
    """A sweep as its file describes it.

    Attributes:
        problems, models, seeds: Every combination is a run.
        tasks: Directories with further task folders, relative to the file.
        options: Options of all runs, called as on the command line, with _ for -.
        settings: A further dimension: for each name, options in place of those above.
        concurrency: ``runs``: how many at a time; any other name: how many of that provider's.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    problems: tuple[str, ...] = Field(min_length=1)
    models: tuple[str, ...] = Field(min_length=1)
    seeds: tuple[int, ...] = Field(default=(0,), min_length=1)
    tasks: tuple[Path, ...] = ()
    options: Mapping[str, Any] = Field(default_factory=dict)
    settings: Mapping[str, Mapping[str, Any]] = Field(default_factory=dict)
    concurrency: Mapping[str, int] = Field(default_factory=dict)

    @field_validator("concurrency")
    @classmethod
    def _positive(cls, limits: Mapping[str, int]) -> Mapping[str, int]:
        for name, limit in limits.items():
            if limit < 1:
                raise ValueError(f"{name} is {limit}; it must be 1 or more")
        return limits


@dataclass(frozen=True)
class RunPlan:
    """One run of a sweep.

    Attributes:
        name: Of its folder; says what distinguishes it.
        options: Everything that ``assay evolve`` has options for.
        tasks: Directories with further task folders.
    """

    name: str
    problem: str
    model: str
    seed: int
    options: Mapping[str, Any] = field(default_factory=dict)
    tasks: tuple[Path, ...] = ()

    @property
    def provider(self) -> str:
        """Who is asked; the model's whole name where it is a search without a provider."""
        return self.model.partition(":")[0]


@dataclass(frozen=True)
class Limits:
    """How many runs may be under way at a time.

    Attributes:
        runs: In all; None for no limit.
        by_provider: Those of a provider.
    """

    runs: int | None = TOGETHER
    by_provider: Mapping[str, int] = field(default_factory=dict)

    def of(self, provider: str) -> int | None:
        """The limit of a provider; None where it has none."""
        return self.by_provider.get(provider)


def read_sweep(path: Path) -> SweepFile:
    """Read a sweep's file.

    Raises:
        UsageError: There is none, or it is wrong; the message names the place.
    """
    try:
        return SweepFile.model_validate(tomllib.loads(path.read_text("utf-8")))
    except FileNotFoundError as error:
        raise UsageError(f"there is no file '{path}'", str(path)) from error
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path} is no TOML: {error}", str(path)) from error
    except ValidationError as error:
        raise UsageError(f"{path}: {reason_of(error)}", str(path)) from error


def plans(sweep: SweepFile, directory: Path) -> list[RunPlan]:
    """The runs of a sweep, problem by problem. ``directory``: what ``tasks`` are relative to.

    Raises:
        UsageError: Two runs would have the same name.
    """
    tasks = tuple((directory / path).resolve() for path in sweep.tasks)
    settings = sweep.settings or {DEFAULT: {}}
    found = [
        RunPlan(
            name=_name(problem, model, seed, name),
            problem=problem,
            model=model,
            seed=seed,
            options={**sweep.options, **options},
            tasks=tasks,
        )
        for problem, model, seed, (name, options) in itertools.product(
            sweep.problems, sweep.models, sweep.seeds, settings.items()
        )
    ]
    names = [plan.name for plan in found]
    for name in names:
        if names.count(name) > 1:
            raise UsageError(
                f"two runs of the sweep would be called '{name}'; is one listed twice?"
            )
    return found


def limits(sweep: SweepFile, cluster: bool) -> Limits:
    """How many runs at a time. On a cluster, its workers are the limit, unless the file has one."""
    own = dict(sweep.concurrency)
    runs = own.pop("runs", None if cluster else TOGETHER)
    return Limits(runs, own)


def _name(problem: str, model: str, seed: int, settings: str) -> str:
    parts = [problem, model, f"seed{seed}"] + ([] if settings == DEFAULT else [settings])
    return "-".join(re.sub(r"[^\w.-]+", "-", part) for part in parts)
