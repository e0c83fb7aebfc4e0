"""Writes around a buffer that no inaccessible page stops show in ``intact``."""

from __future__ import annotations

import numpy as np
import pytest

pytestmark = pytest.mark.cpu_device

GRID = ((1, 1, 1), (1, 1, 1))


@pytest.mark.parametrize("nbytes", [1, 4, 20, 4096, 5000, 4096 * 3 + 16])
def test_using_the_whole_buffer_leaves_it_intact(device, nbytes):
    buffer = device.buffer(nbytes)
    assert device.guards_buffers
    buffer.view(np.uint8)[:] = 255
    assert buffer.intact


@pytest.mark.parametrize(
    ("nbytes", "byte"),
    [(20, -1), (20, -4064), (20, 20), (20, 31), (5000, -3184), (5000, 5007), (4096 + 1, 4097)],
)
def test_a_write_beside_the_buffer_shows(device, pipeline, run, nbytes, byte):
    touched, other = device.buffer(nbytes), device.buffer(nbytes)
    kernel = pipeline(f"PLAIN(stray, ((volatile char *)buffers[0])[{byte}] += 1;)")
    run(kernel, [other], *GRID)
    assert not other.intact
    assert touched.intact
    run(pipeline("PLAIN(stray, ((volatile char *)buffers[0])[0] += 1;)"), [touched], *GRID)
    assert touched.intact
