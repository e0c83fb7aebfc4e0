"""Options of the commands that measure kernels."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Annotated, ClassVar

import typer

LONGEST_TIMEOUT = 86_400.0


def _seconds(value: float) -> float:
    if not 0 < value <= LONGEST_TIMEOUT:
        raise typer.BadParameter(f"{value:g} is not between 0 and {LONGEST_TIMEOUT:g} seconds.")
    return value


class Verdicts(str, Enum):
    """What a kernel may have to pass."""

    published = "published"
    strict = "strict"


Device = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="Device to run on: cpu or metal. Without it, Metal where the machine has it.",
        show_default=False,
    ),
]
Warmup = Annotated[
    int,
    typer.Option(
        metavar="N",
        min=0,
        help="Untimed repetitions per size; of a slow kernel, no more than fit into 3 s.",
    ),
]
Measure = Annotated[
    int,
    typer.Option(
        metavar="N",
        min=1,
        help="Timed repetitions per size; of a slow kernel, no more than fit into 10 s or 3.",
    ),
]
Timeout = Annotated[
    float,
    typer.Option(
        metavar="SECONDS",
        callback=_seconds,
        help="Time for compilation and the first run at a size. Those that follow get as much "
        "again, or three times what the first one makes them expect.",
    ),
]
Promote = Annotated[
    Verdicts,
    typer.Option(
        metavar="VERDICT",
        help="Verdict that a kernel needs to be promoted: published, or strict as well.",
    ),
]


class Styles(str, Enum):
    """What prompts tell a model."""

    assay = "assay"
    published = "published"


Style = Annotated[
    Styles,
    typer.Option(
        metavar="STYLE",
        help="What prompts tell a model: assay, or published, with the content of the published "
        "suite's.",
    ),
]


@dataclass(frozen=True)
class KernelOptions:
    """How a search measures kernels."""

    heading: ClassVar[str] = "Options for kernel tasks"

    device: Device = None
    warmup: Warmup = 3
    measure: Measure = 10
    timeout: Timeout = 60.0
    promote: Promote = Verdicts.published
    style: Style = Styles.assay
