"""``assay prompt``: what a model is asked."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from assay.cli.domains import Domain
from assay.cli.terminal import Output
from assay.names import UsageError
from assay.search.config import read_config
from assay.search.preview import first_prompt, next_prompt
from assay.search.problem import Candidate


def print_prompt(
    domain: Domain,
    problem: str,
    options: Any,
    run: Path | None,
    tasks: Sequence[Path],
    as_json: bool,
) -> None:
    """Print the prompt with which a search begins, or a run goes on."""
    if run is not None:
        config = read_config(run)
        if config.problem != problem:
            raise UsageError(f"{run} is a run of '{config.problem}', not of '{problem}'")
        options = domain.restored(config.settings)
    with Output(progress=not as_json) as output:

        def measuring(stage: str) -> None:
            output.show(f"seed: {stage}", 0, 1)

        with domain.open(problem, options, measuring, tasks) as opened:
            request = first_prompt(opened) if run is None else next_prompt(opened, run)
        if isinstance(request, Candidate):
            raise UsageError("the problem proposes the next candidate itself; no model is asked")
        if as_json:
            output.print_json({"system": request.system, "user": request.user})
        else:
            output.print(f"{request.system}\n\n{'-' * 72}\n\n{request.user}")
