"""What the command line has to know about a domain: its problems, its options, its words."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from rich.console import RenderableType

    from assay.models.base import Model
    from assay.report import DomainPart, RunRecord
    from assay.search.evolve import RunOutcome
    from assay.search.problem import AnyProblem, Attempt, GateReport

OnStage = Callable[[str], None]


class Domain(ABC):
    """One kind of problems.

    An instance is made when the command line starts: whatever a method needs it imports itself.
    ``options`` in the methods below is an instance of the class of that name, ``tasks`` are the
    directories of further tasks that the user named.

    Attributes:
        name: Stands in a problem's settings under ``domain``, so that a run can be reopened.
        kind: What the user calls one of its problems, in the plural.
        options: Dataclass of the options that its problems take, see ``cli.options``.
        default_model: A model that needs no key.
        default_acceptance: Name of the promotion rule where the user names none.
    """

    name: ClassVar[str]
    kind: ClassVar[str]
    options: ClassVar[type]
    default_model: ClassVar[str]
    default_acceptance: ClassVar[str] = "strict"

    @abstractmethod
    def problems(self, tasks: Sequence[Path] = ()) -> Sequence[str]:
        """Names of its problems."""

    @abstractmethod
    def open(
        self, problem: str, options: Any, on_stage: OnStage, tasks: Sequence[Path] = ()
    ) -> AbstractContextManager[AnyProblem]:
        """The problem, to be used as a context manager. ``on_stage`` hears what is under way."""

    @abstractmethod
    def restored(self, settings: Mapping[str, Any]) -> Any:
        """The options of a stored run, from what its problem's ``describe`` gave."""

    def label(self, options: Any) -> str:
        """What tells apart runs of different options in the name of their folder, or nothing."""
        return ""

    @abstractmethod
    def models(self, problem: str, options: Any, seed: int) -> Mapping[str, Callable[[], Model]]:
        """Models of its own that need no provider, by name."""

    @abstractmethod
    def outcome(
        self, outcome: RunOutcome, attempts: Sequence[Attempt], best: Path, options: Any
    ) -> Iterator[RenderableType]:
        """What a search came to, gate included. ``best`` is the file of the best candidate."""

    @abstractmethod
    def gate(self, report: GateReport, options: Any) -> Iterator[RenderableType]:
        """What a gate measured, and its outcome."""

    def remark(self, attempt: Attempt) -> str | None:
        """A warning that stands behind an attempt while a search is shown."""
        return None

    def report(self, record: RunRecord) -> DomainPart:
        """What the report on one of its runs has beside what every run has."""
        from assay.report import DomainPart

        return DomainPart()

    def facts(self, attempts: Sequence[Attempt]) -> Mapping[str, Any]:
        """What the JSON object at the end of a search has beside the facts common to all."""
        return {}
