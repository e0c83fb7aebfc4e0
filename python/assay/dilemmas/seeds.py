"""Which seeds steer a search, which choose, and which judge it in the end."""

from __future__ import annotations

from dataclasses import dataclass

from assay.names import UsageError

_VALIDATION = 1_000
_TEST = 1_000_000


@dataclass(frozen=True)
class SearchSeeds:
    """Seeds that a search sees.

    Attributes:
        training: Feedback to a model comes from these alone; 0, 1, 2, … as in the publications.
        validation: Scores, and so the choice of the best policy, come from these.
    """

    training: tuple[int, ...]
    validation: tuple[int, ...]


@dataclass(frozen=True)
class TestSeeds:
    """Seeds of the gate. Nothing that makes a prompt takes this type."""

    test: tuple[int, ...]

    # A name that pytest would take for a test.
    __test__ = False


def split(count: int) -> tuple[SearchSeeds, TestSeeds]:
    """``count`` seeds for training, as many for validation, twice as many for the gate.

    Raises:
        UsageError: There are fewer than 2 or more than 500.
    """
    if not 2 <= count <= 500:
        raise UsageError(f"{count} seeds; use 2 to 500")
    training = tuple(range(count))
    validation = tuple(range(_VALIDATION, _VALIDATION + count))
    return SearchSeeds(training, validation), TestSeeds(tuple(range(_TEST, _TEST + 2 * count)))
