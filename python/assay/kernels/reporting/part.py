"""The parts of a report that only kernel searches have."""

from __future__ import annotations

from assay.kernels.gate import Comparison
from assay.kernels.reporting.gate import gate_section, held_out_fact
from assay.kernels.reporting.roofline import roofline_section
from assay.kernels.reporting.standing import standing_section
from assay.kernels.results import Result
from assay.report import DomainPart, RunRecord, Step


def kernel_part(record: RunRecord) -> DomainPart:
    """Facts and sections about a kernel search; what was not measured is left out."""
    gate = record.state.gate
    comparison = Comparison.model_validate(gate.report.details) if gate else None
    judged = [result for step in record.steps if (result := _judged(step)) is not None]
    best = next((_judged(step) for step in reversed(record.incumbents())), None)
    sections = [
        roofline_section(judged, best),
        gate_section(gate.report.outcome, comparison) if gate and comparison else None,
        standing_section(record),
    ]
    fact = held_out_fact(comparison) if comparison else None
    return DomainPart(
        facts=[fact] if fact else [], sections=[section for section in sections if section]
    )


def _judged(step: Step) -> Result | None:
    evaluation = step.attempt.evaluation
    if evaluation is None or "sizes" not in evaluation.details:
        return None
    return Result.model_validate(evaluation.details)
