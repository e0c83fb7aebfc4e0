"""What kernel searches add to a report: roofline, gate, and the place among the published ones."""

from assay.kernels.reporting.part import kernel_part

__all__ = ["kernel_part"]
