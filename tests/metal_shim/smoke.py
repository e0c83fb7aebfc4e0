"""Uses every part of the Metal device once; fails where something is wrong or left alive."""

from __future__ import annotations

import live_objects
import numpy as np

import assay
from assay.errors import CompileError

SOURCE = """
#include <metal_stdlib>
using namespace metal;
kernel void scale(device float *x [[buffer(0)]], constant float &factor [[buffer(1)]],
                  uint i [[thread_position_in_grid]]) {
    x[i] *= factor;
}
"""


def run() -> None:
    """One evaluation as the harness does it."""
    device = assay.device("metal")
    try:
        device.compile("kernel void broken(")
        raise AssertionError("nonsense compiles")
    except CompileError as error:
        assert error.diagnostics
    scale = device.compile(SOURCE).pipeline("scale")
    x, factor = device.buffer(np.ones(100, np.float32)), device.buffer(np.full(1, 3, np.float32))
    for expected in (3, 9):
        commands = device.command_buffer()
        commands.set_pipeline(scale)
        commands.set_buffer(x, 0, 0)
        commands.set_buffer(factor, 0, 1)
        commands.dispatch_threads((100, 1, 1), (32, 1, 1))
        commands.commit()
        commands.wait(20)
        assert commands.gpu_seconds >= 0
        np.testing.assert_array_equal(x.view(np.float32), expected)


if __name__ == "__main__":
    run()
    found = live_objects.remaining(patience=5)
    assert found == (0, 0), f"objects alive, open pools: {found}"
    print("nothing is left")
