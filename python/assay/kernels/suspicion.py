"""Times too short to be true: throughput that no cache of the machine can explain."""

from __future__ import annotations

from assay.kernels.roofline import Ceilings

# Roofs are measured or published with errors, and a task's model counts operations that a good
# kernel may save (a fused multiply-add, a pair computed once).
SLACK = 1.5
# Caches serve far more than the memory, but every byte has to be loaded or stored by an
# instruction. Processors and GPUs move at most about three bytes between a core's first-level cache
# and its registers in the time of one floating-point operation at full rate.
BYTES_PER_FLOP = 4.0


def suspicion(kind: str, achieved: float | None, roofs: Ceilings) -> str | None:
    """Why a throughput cannot be that of the whole work; None where it can.

    Args:
        kind: The task's ceiling, ``bandwidth`` or ``fp32``.
        achieved: 10⁹ bytes or flop per second.
    """
    bound = SLACK * roofs.of(kind)
    if kind == "bandwidth":
        bound = max(bound, BYTES_PER_FLOP * roofs.fp32_gflops)
    if achieved is None or achieved <= bound:
        return None
    unit = "GB/s" if kind == "bandwidth" else "GFLOPS"
    return (
        f"achieved {achieved:.4g} {unit} exceeds what this machine can reach, {bound:.4g} {unit}"
        " (caches included); the kernel seems to leave work out"
    )
