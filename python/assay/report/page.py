"""The page: one file of HTML that needs nothing else, no network and no framework."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from markupsafe import Markup

from assay.report import theme
from assay.report.code import changed, difference
from assay.report.convergence import convergence, models_of, overview, panel, problems_of
from assay.report.cost import cost_fact, cost_section, cost_text, total_tokens
from assay.report.drawing import inline, write_files
from assay.report.numbers import count, duration, number, ratio
from assay.report.record import RunRecord, Step
from assay.report.sections import Describe, Fact, Figure, Section, badge
from assay.report.transcript import entries, headline, packed

TEMPLATES = Path(__file__).with_name("templates")
MOST_DIFFERENCES = 40  # Promotions shown with their differences: half the first, half the last.


def render(records: Sequence[RunRecord], describe: Describe) -> str:
    """The page of some runs, at least one; ``describe`` gives what their domains contribute."""
    from jinja2 import Environment, FileSystemLoader

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    runs = [_run(position, record, describe) for position, record in enumerate(records, 1)]
    return environment.get_template("page.html").render(
        title=_title(records),
        style=Markup((TEMPLATES / "style.css").read_text("utf-8")),
        script=Markup((TEMPLATES / "script.js").read_text("utf-8")),
        runs=runs,
        overview=_overview(records, runs) if len(records) > 1 else None,
    )


def _overview(records: Sequence[RunRecord], runs: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """What the template needs about all runs together."""
    models = models_of(records)
    panels = (panel(problem, records, models) for problem in problems_of(records))
    labels = dict.fromkeys(fact.label for run in runs for fact in run["domain_facts"])
    return {
        "figures": [_figure(figure, figure.name) for figure in panels],
        "models": [(model, 1 + place % len(theme.SERIES)) for place, model in enumerate(models)],
        "columns": list(labels),
    }


def write_report(records: Sequence[RunRecord], describe: Describe, path: Path) -> None:
    """Write the page of some runs to a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(render(records, describe), encoding="utf-8")


def write_figures(records: Sequence[RunRecord], describe: Describe, folder: Path) -> list[Path]:
    """Write all figures of some runs as PNG and SVG; their paths.

    Files are called ``FIGURE`` for one run; for several, ``RUN-FIGURE``, and there is ``overview``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    several = len(records) > 1
    written = write_files(overview(records), folder, "overview") if several else []
    for record in records:
        for section in (convergence(record), *describe(record).sections):
            for figure in section.figures:
                stem = f"{record.folder.name}-{figure.name}" if several else figure.name
                written += write_files(figure, folder, stem)
    return written


def _title(records: Sequence[RunRecord]) -> str:
    if len(records) == 1:
        return records[0].title
    problems = {record.config.problem for record in records}
    return f"{len(records)} runs on {len(problems)} problem{'s' if len(problems) > 1 else ''}"


def _run(position: int, record: RunRecord, describe: Describe) -> dict[str, Any]:
    """What the template needs about one run."""
    part, anchor = describe(record), f"run{position}"
    sections = [convergence(record), *part.sections]
    cost = cost_section(record)
    return {
        "anchor": anchor,
        "record": record,
        "subtitle": _subtitle(record),
        "facts": [*_facts(record), *part.facts, *_effort(record)],
        "outcome": _outcome(record),
        "sections": [_section(section, anchor) for section in sections],
        "steps": [_step(place, step, record) for place, step in enumerate(record.steps)],
        "differences": _differences(record),
        "promotions": len(record.incumbents()) - 1,
        "talks": entries(record),
        "packed": packed(record),
        "cost": _section(cost, anchor) if cost else None,
        "settings": _settings(record),
        "row": _overview_row(record),
        "domain_facts": part.facts,
        "domain_values": {fact.label: fact.value for fact in part.facts},
    }


def _subtitle(record: RunRecord) -> str:
    settings = record.config.settings
    device = settings.get("device_description") or settings.get("chip") or settings.get("device")
    day = record.config.created[:10]
    return " · ".join(text for text in (device, day, str(record.folder)) if text)


def _outcome(record: RunRecord) -> Markup:
    gate = record.state.gate
    if gate is None:
        return badge("no gate yet" if not record.state.finished else "no gate", "warn")
    return badge(gate.report.outcome, _tone(record))


def _tone(record: RunRecord) -> str:
    gate = record.state.gate
    if gate is None:
        return "warn"
    if not gate.report.passed:
        return "bad"
    return "good" if gate.report.outcome == "generalises" else "warn"


def _facts(record: RunRecord) -> list[Fact]:
    state, gate = record.state, record.state.gate
    scores = f"score {number(state.best_score)}, seed {number(state.seed_score)}"
    best = record.self_speedup
    facts = [
        Fact("Best over seed", ratio(best), scores)
        if best is not None
        else Fact("Best score", number(state.best_score), f"seed {number(state.seed_score)}")
    ]
    word = gate.report.outcome if gate else "not run"
    verdict = ("passed" if gate.report.passed else "not passed") if gate else "the run goes on"
    facts.append(Fact("Gate", word, verdict, _tone(record)))
    return facts


def _effort(record: RunRecord) -> list[Fact]:
    """Iterations, cost and time."""
    attempts = [step for step in record.steps if step.attempt.iteration > 0]
    without = sum(step.score is None for step in attempts)
    promoted = sum(step.attempt.promoted for step in attempts)
    note = f"{promoted} promoted, {without} without a score"
    busy = duration(sum(step.elapsed_s for step in record.steps))
    return [
        Fact("Iterations", str(record.state.iterations), note),
        cost_fact(record),
        Fact("Time", busy, "model and evaluation"),
    ]


def _section(section: Section, anchor: str) -> dict[str, Any]:
    return {
        "title": section.title,
        "html": section.html,
        "figures": [_figure(figure, f"{anchor}-{figure.name}") for figure in section.figures],
    }


def _figure(figure: Figure, identifier: str) -> dict[str, Any]:
    return {
        "svg": Markup(inline(figure, identifier)),
        "alt": figure.alt,
        "caption": figure.caption,
        "width": figure.size[0],
    }


def _step(position: int, step: Step, record: RunRecord) -> dict[str, Any]:
    """One row of the table of iterations."""
    attempt = step.attempt
    tone = "bad" if step.score is None else ""
    if attempt.candidate is None:
        tone = "warn"
    return {
        "position": position,
        "iteration": attempt.iteration,
        "verdict": badge(step.verdict.replace("_", " "), tone),
        "score": number(step.score) if step.score is not None else "",
        "relative": ratio(record.relative(step.score)) if step.score is not None else "",
        "promoted": attempt.promoted and attempt.iteration > 0,
        "same_as": attempt.duplicate_of,
        "time": duration(step.elapsed_s),
        "tokens": count(total_tokens(step.turns)),
        "said": "the seed" if attempt.iteration == 0 else headline(step),
        "reason": step.reason.partition("\n")[0] or _compared(step),
        "talks": bool(step.turns),
    }


def _compared(step: Step) -> str:
    """What a comparison in turns with the incumbent said; empty where there was none."""
    values = step.comparison or {}
    if "ratio" not in values or "low" not in values:
        return ""
    if values["ratio"] is None:
        return "could not be measured in turns with the incumbent"
    turns = f" ({values['turns']} turns)" if "turns" in values else ""
    words = f"{ratio(values['ratio'])}, at least {ratio(values['low'])}{turns}"
    return f"in turns with the incumbent: {words}"


def _differences(record: RunRecord) -> list[dict[str, Any]]:
    """Each promoted candidate beside the one that it replaced, in the order of promotion."""
    line = record.incumbents()
    pairs = list(pairwise(line))
    half = MOST_DIFFERENCES // 2
    shown = pairs if len(pairs) <= MOST_DIFFERENCES else pairs[:half] + pairs[-half:]
    return [_difference(before, after, record) for before, after in shown]


def _difference(before: Step, after: Step, record: RunRecord) -> dict[str, Any]:
    assert before.attempt.candidate is not None and after.attempt.candidate is not None
    sources = before.attempt.candidate.source, after.attempt.candidate.source
    name = f"iteration {after.attempt.iteration}"
    previous = f"iteration {before.attempt.iteration}" if before.attempt.iteration else "the seed"
    added, removed = changed(*sources)
    return {
        "name": f"Iteration {after.attempt.iteration}",
        "previous": previous,
        "score": f"score {number(after.score)}, {ratio(record.relative(after.score))} the seed",
        "added": added,
        "removed": removed,
        "html": difference(*sources, record.config.artifact, f"{name} compared with {previous}"),
    }


def _settings(record: RunRecord) -> list[tuple[str, str]]:
    config = record.config
    versions = ", ".join(f"{name} {value}" for name, value in config.versions.items())
    rows = [
        ("run folder", str(record.folder)),
        ("model", config.model),
        *(_setting(f"model, {name}", value) for name, value in config.model_options.items()),
        ("promotion rule", config.acceptance),
        ("seed", str(config.seed)),
        ("created", config.created),
        ("versions", versions),
        ("stopped because", record.stopped_because or "not complete"),
    ]
    return rows + [_setting(name, value) for name, value in config.settings.items()]


def _setting(name: str, value: Any) -> tuple[str, str]:
    text = ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
    return name.replace("_", " "), text


def _overview_row(record: RunRecord) -> dict[str, Any]:
    state = record.state
    return {
        "seed": number(state.seed_score),
        "best": number(state.best_score),
        "speedup": ratio(record.self_speedup),
        "iterations": state.iterations,
        "cost": cost_text(record),
    }
