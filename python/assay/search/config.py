"""``run.json``: under which settings a run was started, and whether it may be continued."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from assay.models.base import Model
from assay.models.prices import Price
from assay.names import unknown
from assay.search.errors import RunFolderError
from assay.search.events import now
from assay.search.files import plain, reason_of, strict_json
from assay.search.problem import AnyProblem

CONFIG_NAME = "run.json"
ARTIFACTS = ("metal", "python", "text")

# The rest of the file is a record of the circumstances, and may differ when a run is continued.
_COMPARED = (
    "problem",
    "artifact",
    "seed_sha256",
    "model",
    "model_options",
    "seed",
    "acceptance",
    "children",
    "parent",
    "control",
    "settings",
)


def installed_versions() -> dict[str, str]:
    """Versions of what runs here."""
    try:
        assay = version("metal-assay")
    except PackageNotFoundError:
        assay = "not installed"
    return {"assay": assay, "python": platform.python_version(), "system": platform.platform()}


@dataclass(frozen=True, kw_only=True)
class RunConfig:
    """What the results of a run depend on.

    Attributes:
        problem: Name of the problem.
        artifact: ``metal``, ``python`` or ``text``.
        settings: The problem's own description of itself.
        seed_sha256: Hash of the seed's source.
        model: Full name of the model.
        model_options: How else the model is set up, for example its effort.
        seed: Number that the run's random choices derive from.
        acceptance: Name of the promotion rule.
        children: Candidates per iteration.
        parent: How the attempt is chosen that the next candidates start from.
        control: ``best-of-n`` for independent samples of the first prompt, else ``none``.
        price: What a call costs, from then on and for good; None where that is unknown.
        versions: Versions of assay and Python that started the run.
        created: UTC time, ISO 8601.
    """

    problem: str
    artifact: str
    settings: Mapping[str, Any]
    seed_sha256: str
    model: str
    seed: int
    acceptance: str
    children: int = 1
    parent: str = "incumbent"
    control: str = "none"
    price: Price | None = None
    model_options: Mapping[str, Any] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=installed_versions)
    created: str = field(default_factory=now)

    @classmethod
    def of(
        cls,
        problem: AnyProblem,
        model: Model | str,
        seed: int,
        acceptance: str,
        model_options: Mapping[str, Any] | None = None,
        **method: Any,
    ) -> RunConfig:
        """Describe a run of ``model`` (or a model of that name) on ``problem``.

        ``method`` are the fields from ``children`` to ``price``.
        """
        if problem.artifact not in ARTIFACTS:
            raise unknown(f"artifact of {problem.name}", problem.artifact, ARTIFACTS)
        return cls(
            problem=problem.name,
            artifact=problem.artifact,
            settings=plain(problem.describe()),
            seed_sha256=hashlib.sha256(problem.seed().source.encode("utf-8")).hexdigest(),
            model=model if isinstance(model, str) else model.name,
            seed=seed,
            acceptance=acceptance,
            model_options=plain(model_options or {}),
            **method,
        )

    def encode(self) -> str:
        """The text of ``run.json``."""
        return strict_json(asdict(self), indent=2) + "\n"


_ADAPTER: TypeAdapter[RunConfig] = TypeAdapter(RunConfig)


def read_config(folder: Path) -> RunConfig:
    """Read ``run.json``.

    Raises:
        RunFolderError: The folder is no run folder, or the file is damaged.
    """
    path = folder / CONFIG_NAME
    try:
        return _ADAPTER.validate_python(json.loads(path.read_text("utf-8")))
    except FileNotFoundError as error:
        raise RunFolderError(
            f"{folder} is not a run folder: it has no {CONFIG_NAME}. Name the folder of a run."
        ) from error
    except ValueError as error:
        raise RunFolderError(
            f"{path} is damaged ({reason_of(error)}). Restore it, or choose another --run folder."
        ) from error


def require_same(folder: Path, stored: RunConfig, wanted: RunConfig) -> None:
    """Refuse to continue a run under settings that would make its results incomparable.

    Raises:
        RunFolderError: Names each field that differs, with both values.
    """
    lines = [
        f"  {field_name}: the run has {_short(old)}, this command has {_short(new)}"
        for name in _COMPARED
        for field_name, old, new in _differences(name, getattr(stored, name), getattr(wanted, name))
    ]
    if lines:
        raise RunFolderError(
            f"{folder} holds a run with other settings:\n"
            + "\n".join(lines)
            + "\nContinue it with its own settings, or choose another --run folder."
        )


_ABSENT = object()


def _differences(name: str, old: Any, new: Any) -> Iterator[tuple[str, Any, Any]]:
    """The leaves in which two JSON values differ, named with dots."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in sorted({*old, *new}):
            yield from _differences(f"{name}.{key}", old.get(key, _ABSENT), new.get(key, _ABSENT))
    elif old != new:
        yield name, old, new


def _short(value: Any) -> str:
    text = "nothing" if value is _ABSENT else strict_json(value)
    return text if len(text) <= 100 else text[:97] + "..."
