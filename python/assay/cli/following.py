"""``assay watch``: a run in the terminal while another process works on it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from assay.cli.domains import Domain, domain_of
from assay.cli.terminal import Output, number
from assay.cli.watch import Watch
from assay.names import UsageError
from assay.search.budget import Budget
from assay.search.config import RunConfig, read_config
from assay.search.events import (
    Evaluated,
    Event,
    Finished,
    Gated,
    Prompted,
    Replied,
    SeedEvaluated,
    Skipped,
)
from assay.search.follow import Follower, is_running
from assay.search.state import RunState
from assay.words import first_sentence

INTERVAL = 0.5  # Seconds between two looks at the log.


def watch_run(folder: Path) -> None:
    """Show what happened and what happens, until the run is complete."""
    config = read_config(folder)
    domain = _domain(config)
    follower = Follower(folder)
    with Output() as output:
        watch = Watch(output, domain.remark if domain else lambda attempt: None, silent=False)
        watch.started(folder, RunState(), Budget(0))
        told = False
        while True:
            for event in follower.events():
                state = follower.apply(event)
                _show(event, state, watch, output)
            if follower.state.finished:
                break
            if not told and not is_running(folder):
                output.print("No process is working on this run; waiting for one. Ctrl-C ends.")
                told = True
            time.sleep(INTERVAL)
        _conclude(follower.state, config, domain, output)


def _domain(config: RunConfig) -> Domain | None:
    """The run's domain; None where this version does not know it."""
    try:
        return domain_of(config.settings)
    except UsageError:
        return None


def _show(event: Event, state: RunState, watch: Watch, output: Output) -> None:
    match event:
        case SeedEvaluated() if event.evaluation.score is None:
            reason = first_sentence(event.evaluation.fail_reason or "")
            output.print(f"seed  {event.evaluation.verdict}  {reason}")
        case SeedEvaluated() | Evaluated():
            watch.evaluated(state.attempts[-1])
        case Prompted():
            watch.prompting(event.iteration)
        case Replied():
            watch.replied(event.iteration, event.reply)
            watch.evaluating(event.iteration)
        case Skipped():
            watch.skipped(state.attempts[-1])
        case Gated():
            watch.gated(event.report)
        case Finished():
            output.print(f"Complete: {event.reason}.")


def _conclude(state: RunState, config: RunConfig, domain: Domain | None, output: Output) -> None:
    """The best candidate, and the gate."""
    if state.incumbent is not None:
        output.print(
            f"Best: iteration {state.incumbent.iteration}, score {number(state.best_score)}, "
            f"seed {number(state.seed_score)}."
        )
    if state.gate is None:
        return
    report, options = state.gate.report, _options(domain, config)
    if domain is not None and options is not None:
        output.print(*domain.gate(report, options))
    else:
        output.print(f"Gate: {report.outcome} ({'passed' if report.passed else 'not passed'})")


def _options(domain: Domain | None, config: RunConfig) -> Any:
    """The domain's options of the run; None where it was not made here, as an imported one."""
    try:
        return domain.restored(config.settings) if domain else None
    except KeyError:
        return None
