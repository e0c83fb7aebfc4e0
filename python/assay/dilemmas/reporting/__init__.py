"""What searches for policies add to a report: welfare by iteration, the gate, an episode."""

from assay.dilemmas.reporting.part import dilemma_part

__all__ = ["dilemma_part"]
