"""The parts of a report that only searches in social dilemmas have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from assay.dilemmas.metrics import SHOWN_METRICS, interval_text
from assay.dilemmas.reporting.curves import learning_section
from assay.dilemmas.reporting.strip import strip_section
from assay.report import DomainPart, Fact, RunRecord, Section, badge, paragraph, table

if TYPE_CHECKING:
    from assay.search.events import Gated

_TONES = {"generalises": "good", "flat": "warn", "seed kept": "warn"}
_MEANING = {
    "generalises": "The gain holds on seeds that the search never saw.",
    "flat": "On seeds that the search never saw, the best policy is as good as the seed policy.",
    "silent regression": "On seeds that the search never saw, the best policy is worse.",
    "silent incorrectness": "On a seed that the search never saw, the best policy fails.",
    "seed kept": "No policy was promoted, so there is nothing to compare.",
}


def dilemma_part(record: RunRecord) -> DomainPart:
    """Facts and sections about a search for policies; what was not measured is left out."""
    gate = record.state.gate
    sections = [
        learning_section(record),
        _welfare_section(record),
        _gate_section(gate) if gate else None,
        strip_section(record),
    ]
    facts = [_gate_fact(gate)] if gate and "difference" in gate.report.details else []
    return DomainPart(facts=facts, sections=[section for section in sections if section])


def _gate_fact(gate: Gated) -> Fact:
    details = gate.report.details
    difference = details["difference"]
    note = f"95 %: {difference['low']:.3g} to {difference['high']:.3g}"
    tone = _TONES.get(gate.report.outcome, "bad")
    return Fact(
        f"Held-out change of {details['objective']}", f"{difference['mean']:+.3g}", note, tone
    )


def _welfare_section(record: RunRecord) -> Section | None:
    """The training metrics of seed and best policy, with what agents did."""
    pair = [_training(record.steps[0]), _training(record.incumbents()[-1])]
    before, after = pair
    if before is None or after is None:
        return None
    columns = ("", "seed policy", "best policy")
    rows = _metric_rows(before["metrics"], after["metrics"])
    events = [
        [name.replace("_", " "), f"{value:.4g}", f"{after['events'].get(name, 0):.4g}"]
        for name, value in before["events"].items()
    ]
    html = table("Welfare on the training seeds, mean (95 %)", columns, rows)
    if events:
        html += table("What the agents did, mean count per episode", columns, events)
    return Section("Welfare", html)


def _training(step: Any) -> Mapping[str, Any] | None:
    evaluation = step.attempt.evaluation
    return evaluation.details.get("training") if evaluation else None


def _gate_section(gate: Gated) -> Section:
    report = gate.report
    word = Markup("<p>{} {}</p>").format(
        badge(report.outcome, _TONES.get(report.outcome, "bad")), _MEANING.get(report.outcome, "")
    )
    details = report.details
    parts = [word]
    if "failure" in details:
        parts.append(paragraph(str(details["failure"])))
    after = details.get("incumbent")
    rows = _metric_rows(details["seed"]["metrics"], after["metrics"] if after else None)
    caption = f"Welfare in {details['episodes']} test episodes, mean (95 %)"
    parts.append(table(caption, ("", "seed policy", "best policy"), rows))
    return Section("Gate: both policies on seeds that nobody saw", Markup("").join(parts))


def _metric_rows(
    before: Mapping[str, Any], after: Mapping[str, Any] | None
) -> list[Sequence[object]]:
    return [
        [label, interval_text(before[name]), interval_text(after[name]) if after else ""]
        for name, label in SHOWN_METRICS.items()
    ]
