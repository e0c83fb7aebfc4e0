"""Whether a GPU takes work: what an earlier process left on it may still run, or have reset it."""

from __future__ import annotations

from typing import Any

from assay.errors import DeviceError

PATIENCE = 60.0  # Seconds; macOS ends work that keeps a GPU busy much sooner.
ATTEMPTS = 3  # Of work that is discarded because the GPU is reset.

SOURCE = """
#include <metal_stdlib>
using namespace metal;
kernel void ready(device uint *x [[buffer(0)]]) { x[0] = 1; }
"""


def wait_until_ready(device: Any, patience: float = PATIENCE) -> None:
    """Run a kernel of one thread, and wait for its end.

    Metal cannot stop work: a kernel that was given up on keeps the GPU after its process has ended,
    and the time that it takes would count against the next candidate.

    Raises:
        DeviceError: ``unavailable``: it did not end within ``patience`` seconds.
    """
    pipeline = device.compile(SOURCE).pipeline("ready")
    result = device.buffer(4)
    for attempt in range(ATTEMPTS):
        commands = device.command_buffer()
        commands.set_pipeline(pipeline)
        commands.set_buffer(result, 0, 0)
        commands.dispatch_threads((1, 1, 1), (1, 1, 1))
        commands.commit()
        try:
            commands.wait(patience)
            return
        except DeviceError as error:
            if error.kind == "timeout":
                raise DeviceError("unavailable", _busy(patience)) from error
            if error.kind != "discarded" or attempt == ATTEMPTS - 1:
                raise


def _busy(patience: float) -> str:
    return (
        f"the GPU did not run a kernel of one thread within {patience:g} s: it is busy with other "
        "work, perhaps with an earlier kernel that does not end. Wait, end what else uses the GPU, "
        "or restart the machine"
    )
