"""The files of a run folder that people read, each derived from the log."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from assay.models.base import Reply
from assay.search.config import RunConfig
from assay.search.events import (
    Answered,
    Asked,
    Evaluated,
    Event,
    Finished,
    Gated,
    Prompted,
    Replied,
    SeedEvaluated,
    Withheld,
)
from assay.search.files import strict_json
from assay.search.problem import Attempt, Evaluation
from assay.search.spending import Spending
from assay.search.state import RunState

SUFFIXES = {"metal": ".metal", "python": ".py", "text": ".md"}


def files_of(event: Event, config: RunConfig, state: RunState) -> dict[str, str]:
    """Names and contents of the files that an event brings about or replaces.

    ``state`` is the run's state after the event.
    """
    suffix = SUFFIXES[config.artifact]
    match event:
        case SeedEvaluated():
            promoted = event.evaluation.score is not None
            return _judged("00_seed", 0, event.source, event.evaluation, promoted, suffix)
        case Evaluated():
            stem = f"{event.iteration:02d}_candidate"
            return _judged(
                stem, event.iteration, event.source, event.evaluation, event.promoted, suffix
            )
        case Prompted():
            return _asked(f"{event.iteration:02d}", event.user, event.system)
        case Replied():
            return _answered(f"{event.iteration:02d}", event.reply)
        case Asked():
            stem = call_name(event.stage, event.iteration, event.call)
            return _asked(stem, event.user, event.system)
        case Answered():
            return _answered(call_name(event.stage, event.iteration, event.call), event.reply)
        case Withheld():
            return {f"{event.iteration:02d}_withheld.json": _page(event.details)}
        case Gated():
            return {"gate.json": _page(_gate_page(event))}
        case Finished():
            history = history_records(state, suffix)
            return {
                "history.json": _page(history),
                "summary.json": _page(summary(config, state, history)),
            }
    return {}


def _judged(
    stem: str, iteration: int, source: str, evaluation: Evaluation, promoted: bool, suffix: str
) -> dict[str, str]:
    result = _page(_result(evaluation))
    files = {f"{stem}{suffix}": source, f"{iteration:02d}_result.json": result}
    if promoted:
        files |= {f"best{suffix}": source, "best_result.json": result}
    return files


def call_name(stage: str, iteration: int, call: int) -> str:
    """Name of a further call, with which the names of its files begin."""
    if stage == "gate":
        return f"gate_call{call:02d}"
    return f"{iteration:02d}_{'repair' if stage == 'repair' else 'call'}{call:02d}"


def _asked(stem: str, user: str, system: str | None) -> dict[str, str]:
    return _present(stem, {"prompt": user, "system": system})


def _answered(stem: str, reply: Reply) -> dict[str, str]:
    return _present(stem, {"response": reply.text, "reasoning": reply.reasoning})


def _present(stem: str, texts: Mapping[str, str | None]) -> dict[str, str]:
    return {f"{stem}_{name}.md": text for name, text in texts.items() if text is not None}


def _result(evaluation: Evaluation) -> dict[str, Any]:
    """The domain's details with the driver's view of them on top."""
    return {
        **evaluation.details,
        "score": evaluation.score,
        "verdict": evaluation.verdict,
        "fail_reason": evaluation.fail_reason,
    }


def _gate_page(gate: Gated) -> dict[str, Any]:
    return {
        "passed": gate.report.passed,
        "outcome": gate.report.outcome,
        "iterations": gate.iterations,
        "incumbent": gate.incumbent,
        "details": gate.report.details,
    }


def history_records(state: RunState, suffix: str) -> list[dict[str, Any]]:
    """One record per attempt, with the published fields.

    ``compile_ok`` and ``correct`` are what the domain put into the details of the evaluation under
    these names; without them, a candidate with a score is correct, and whether it compiled is
    unknown.
    """
    pairs = zip(state.attempts, state.elapsed_s, strict=True)
    return [_record(attempt, elapsed, suffix) for attempt, elapsed in pairs]


def _record(attempt: Attempt, elapsed_s: float, suffix: str) -> dict[str, Any]:
    record: dict[str, Any] = {
        "iteration": attempt.iteration,
        "role": _role(attempt),
        "compile_ok": False,
        "correct": False,
        "score": None,
        "fail_reason": attempt.skip_reason,
        "source_path": None,
        "elapsed_s": elapsed_s,
        "is_new_best": attempt.promoted,
    }
    if attempt.duplicate_of is not None:
        record["duplicate_of"] = attempt.duplicate_of
    if attempt.evaluation is not None:
        evaluation = attempt.evaluation
        scored = evaluation.score is not None
        record |= {
            "compile_ok": evaluation.details.get("compile_ok", True if scored else None),
            "correct": evaluation.details.get("correct", scored),
            "score": evaluation.score,
            "fail_reason": evaluation.fail_reason,
            "source_path": f"{attempt.iteration:02d}_{_role(attempt)}{suffix}",
        }
    return record


def _role(attempt: Attempt) -> str:
    if attempt.candidate is None:
        return "skipped"
    return "seed" if attempt.iteration == 0 else "candidate"


def summary(config: RunConfig, state: RunState, history: list[dict[str, Any]]) -> dict[str, Any]:
    """The run on one page.

    ``device`` and ``chip`` are repeated from the problem's settings, null where it has none.
    ``improvement`` is best over seed, null for a seed score of 0.
    """
    seed, best = state.seed_score, state.best_score
    return {
        "task": config.problem,
        "model": config.model,
        "device": config.settings.get("device"),
        "chip": config.settings.get("chip"),
        "n_iterations": state.candidates,
        "seed_score": seed,
        "best_score": best,
        "best_iteration": state.incumbent.iteration if state.incumbent else None,
        "improvement": best / seed if seed and best is not None else None,
        "gate": _gate_page(state.gate) if state.gate else None,
        "spent": spent(state.spending),
        "history": history,
    }


def spent(spending: Spending) -> dict[str, Any]:
    """What a run cost, as plain JSON values; null where that is unknown."""
    return {
        "calls": spending.calls,
        "input_tokens": None if spending.uncounted else spending.input_tokens,
        "output_tokens": None if spending.uncounted else spending.output_tokens,
        "usd": spending.known_usd,
    }


def _page(value: Any) -> str:
    return strict_json(value, indent=2) + "\n"
