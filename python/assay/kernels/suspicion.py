"""Times too short to be true: throughput that no cache of the machine can explain."""

from __future__ import annotations

from assay.kernels.roofline import Ceilings

# Roofs are measured or published with errors, and a task's model counts operations that a good
# kernel may save (a fused multiply-add, a pair computed once).
SLACK = 1.5
# What caches give depends on what else runs on the machine, so their measurement is less certain.
CACHE_SLACK = 2.0
# Where the caches were not measured: they serve far more than the memory, but every byte has to be
# loaded or stored by an instruction. Processors and GPUs move at most about three bytes between a
# core's first-level cache and its registers in the time of one floating-point operation at full
# rate.
BYTES_PER_FLOP = 4.0
UNITS = {"bandwidth": "GB/s", "fp32": "GFLOPS"}


def suspicion(
    kind: str, work: float, seconds: float, attainable: float | None, roofs: Ceilings
) -> str | None:
    """Why a time cannot be that of the whole work; None where it can.

    Args:
        kind: The task's ceiling, ``bandwidth`` or ``fp32``.
        work: Bytes or flop of the task's model.
        seconds: What it took.
        attainable: Shortest time to be expected; None where the caches were not measured.
    """
    if seconds <= 0:
        return None
    if attainable is None:
        bound = SLACK * roofs.of(kind)
        if kind == "bandwidth":
            bound = max(bound, BYTES_PER_FLOP * roofs.fp32_gflops)
        shortest = work / bound / 1e9
    else:
        shortest = attainable / CACHE_SLACK
    if seconds >= shortest:
        return None
    return (
        f"achieved {work / seconds / 1e9:.4g} {UNITS[kind]} exceeds what this machine can reach,"
        f" {work / shortest / 1e9:.4g} {UNITS[kind]} (caches included); the kernel seems to leave"
        " work out"
    )
