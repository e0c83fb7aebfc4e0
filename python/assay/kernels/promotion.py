"""The record of incumbent and challenger in turns, as it is stored with a promotion."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from assay.kernels.gate import Comparison, SeedFailed, SizeComparison
from assay.kernels.results import Measured
from assay.search.problem import Turns


class SizeTurns(BaseModel):
    """Both kernels at one size. Samples are GPU seconds, in the order in which they were taken.

    Attributes:
        incumbent_starts, challenger_starts: When each sample was started, in seconds from the first
            of the incumbent's.
        warmup, settled, disturbances: As of ``SizeResult``.
    """

    model_config = ConfigDict(frozen=True)

    label: str
    incumbent_samples: tuple[Measured, ...] = ()
    challenger_samples: tuple[Measured, ...] = ()
    incumbent_starts: tuple[float, ...] = ()
    challenger_starts: tuple[float, ...] = ()
    warmup: int | None = None
    settled: bool | None = None
    disturbances: tuple[str, ...] = ()

    @property
    def ratios(self) -> list[float]:
        """How many times as fast the challenger was in each turn."""
        both = zip(self.incumbent_samples, self.challenger_samples, strict=True)
        return [(old or 0.0) / new for old, new in both if new]


class Round(BaseModel):
    """One comparison at all in-distribution sizes; where a kernel fails, the sizes before that.

    Attributes:
        failed: Which kernel failed, ``incumbent`` or ``challenger``.
    """

    model_config = ConfigDict(frozen=True)

    sizes: tuple[SizeTurns, ...] = ()
    failed: str | None = None
    fail_reason: str | None = None


def promotion_turns(comparison: Comparison) -> Turns:
    """What the rule decides on and what is stored, where the incumbent worked."""
    sizes = tuple(_size(size) for size in comparison.sizes if size.verdict == "ok")
    if comparison.verdict == "ok":
        return Turns([size.ratios for size in sizes], Round(sizes=sizes).model_dump(mode="json"))
    return _failed("challenger", comparison.fail_reason, sizes)


def incumbent_failed(error: SeedFailed) -> Turns:
    """The same where the incumbent, which had a score before, failed."""
    return _failed("incumbent", error.reason)


def _failed(which: str, reason: str | None, sizes: tuple[SizeTurns, ...] = ()) -> Turns:
    return Turns([], Round(sizes=sizes, failed=which, fail_reason=reason).model_dump(mode="json"))


def _size(size: SizeComparison) -> SizeTurns:
    return SizeTurns(
        label=size.label,
        incumbent_samples=size.seed_samples,
        challenger_samples=size.incumbent_samples,
        incumbent_starts=size.seed_starts,
        challenger_starts=size.incumbent_starts,
        warmup=size.warmup,
        settled=size.settled,
        disturbances=size.disturbances,
    )
