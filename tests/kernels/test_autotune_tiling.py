"""Stencils that read from a tile compute what they computed before, in any threadgroup."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import assay
from assay.kernels.autotune.program import read
from assay.kernels.autotune.tiling import THREADS, tile

TASKS = Path(__file__).parents[2] / "tasks"

PLANE = """#include <metal_stdlib>
using namespace metal;

kernel void probe(device const float *u [[buffer(0)]], device float *out [[buffer(1)]],
                  constant uint &W [[buffer(2)]], constant uint &H [[buffer(3)]],
                  uint2 at [[thread_position_in_grid]]) {
    if (at.x >= W || at.y >= H) { return; }
    const uint here = at.x + W * at.y;
    out[here] = u[here];
    if (at.x < 2 || at.x + 1 >= W || at.y == 0 || at.y + 2 >= H) { return; }
    out[here] += u[here - 2] * 2.0f - u[here + 1] + u[(at.y + 2) * W + at.x] * 3.0f
               - u[here - W - 1] + u[at.y * 7 % W];
}
"""

BOX = """#include <metal_stdlib>
using namespace metal;

kernel void probe(device const float2 *u [[buffer(0)]], device float2 *out [[buffer(1)]],
                  constant uint &W [[buffer(2)]], constant uint &H [[buffer(3)]],
                  constant uint &D [[buffer(4)]], uint3 at [[thread_position_in_grid]]) {
    if (at.x >= W || at.y >= H || at.z >= D) { return; }
    uint layer = W * H;
    uint here = at.z * layer + at.y * W + at.x;
    if (at.x == 0 || at.x + 1 == W || at.y == 0 || at.y + 1 == H || at.z == 0 || at.z + 1 == D) {
        out[here] = u[here];
        return;
    }
    out[here] = u[here - 1] + 2.0f * u[here + 1] - u[here + W] + 3.0f * u[here - layer]
              + u[here + layer + W - 1].yx;
}
"""


def tiled(source):
    (rewrite,) = tile(read(source))
    return rewrite.apply(read(source))


def run(source, extents, group, width):
    """The output for random input; the grid is rounded up to whole threadgroups."""
    device = assay.device()
    values = np.random.default_rng(1).normal(size=(*extents[::-1], width)).astype(np.float32)
    buffers = [device.buffer(values), device.buffer(values.nbytes)]
    buffers += [device.buffer(np.array([extent], np.uint32)) for extent in extents]
    commands = device.command_buffer()
    commands.set_pipeline(device.compile(source).pipeline("probe"))
    for index, buffer in enumerate(buffers):
        commands.set_buffer(buffer, 0, index)
    grid = [-(-extent // step) * step for extent, step in zip(extents, group, strict=False)]
    commands.dispatch_threads(tuple([*grid, 1][:3]), tuple([*group, 1][:3]))
    commands.commit()
    commands.wait(60.0)
    return buffers[1].view(np.float32, values.shape).copy()


@pytest.mark.parametrize("group", [(16, 16), (32, 2), (THREADS, 1), (1, 64), (5, 3)])
def test_a_tile_of_a_plane_changes_nothing(group):
    for extents in ((37, 21), (16, 16), (3, 4)):
        expected = run(PLANE, extents, group, 1)
        np.testing.assert_array_equal(run(tiled(PLANE), extents, group, 1), expected)


@pytest.mark.parametrize("group", [(8, 8, 4), (64, 2, 2), (1, 1, 32)])
def test_a_tile_of_a_box_changes_nothing(group):
    for extents in ((11, 9, 7), (8, 8, 4)):
        expected = run(BOX, extents, group, 2)
        np.testing.assert_array_equal(run(tiled(BOX), extents, group, 2), expected)


def test_neighbours_are_read_from_the_tile_and_nothing_else():
    text = tiled(PLANE)
    assert f"[[max_total_threads_per_threadgroup({THREADS})]]" in text
    # A halo of 2 and 2: (256 + 4) * 5 cells for a threadgroup that is a single row.
    assert "threadgroup float tile[1300];" in text
    assert "tile[tile_place - 2]" in text and "tile[tile_place + 2 * tile_size.x]" in text
    assert "tile[tile_place - 1 - tile_size.x]" in text
    assert "u[at.y * 7 % W]" in text


@pytest.mark.parametrize("name", ["heat2d", "wave3d", "gradshaf"])
def test_the_stencils_of_the_suite_can_be_tiled(name):
    assert len(list(tile(read((TASKS / name / "seed.metal").read_text())))) == 1


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("if (at.x >= W || at.y >= H) { return; }", "if (at.x >= W) { return; }"),
        ("device const float *u", "device float *u"),
        ("uint2 at [[", "uint lane [[thread_index_in_threadgroup]], uint2 at [["),
        ("kernel void", "[[max_total_threads_per_threadgroup(64)]] kernel void"),
        ("const uint here = at.x + W * at.y;", "uint here = at.x + W * at.y; here += 1;"),
        ("out[here] = u[here];", "out[here] = u[here]; at.x = 3;"),
    ],
)
def test_what_is_not_certain_is_left_alone(old, new):
    assert old in PLANE
    assert not list(tile(read(PLANE.replace(old, new, 1))))


@pytest.mark.parametrize("name", ["lbm", "ising", "nbody", "fft3d", "morton", "saxpy", "hmc"])
def test_other_kernels_are_no_stencils(name):
    assert not list(tile(read((TASKS / name / "seed.metal").read_text())))
