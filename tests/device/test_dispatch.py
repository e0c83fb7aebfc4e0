"""Grids, bindings, order and lifetimes, with kernels that do not synchronise."""

from __future__ import annotations

import gc
import threading
import time

import numpy as np
import pytest

# Counts visits and notes the position, so that a thread run twice or elsewhere shows.
POSITIONS = """
PLAIN(positions,
  uint32_t *out = (uint32_t *)buffers[0];
  const uint32_t *grid = group->threads_per_grid;
  out[p[0] + grid[0] * (p[1] + grid[1] * p[2])] += 1 + 3 * p[0] + 1000 * p[1] + 1000000 * p[2];)
"""
INCREMENT = "PLAIN(increment, WORDS(0)[p[0]] += 1;)"
DOUBLE_OR_ADD = """
PLAIN(twice, FLOATS(0)[p[0]] *= 2;)
PLAIN(plus_one, FLOATS(0)[p[0]] += 1;)
"""


def expected_positions(grid):
    x, y, z = np.meshgrid(*(np.arange(n) for n in grid), indexing="ij")
    return (1 + 3 * x + 1000 * y + 1000000 * z).transpose(2, 1, 0).astype(np.uint32)


@pytest.mark.parametrize("any_shape", [False, True])
@pytest.mark.parametrize(
    ("grid", "group"),
    [
        ((1, 1, 1), (1, 1, 1)),
        ((64, 1, 1), (32, 1, 1)),
        ((1000, 1, 1), (256, 1, 1)),  # smaller last group
        ((300, 7, 1), (16, 16, 1)),
        ((33, 17, 9), (8, 4, 4)),
        ((5, 300, 3), (1, 1024, 1)),  # group larger than the grid
        ((100000, 2, 2), (64, 1, 1)),
        ((3, 2, 999), (3, 2, 1)),
    ],
)
def test_every_thread_runs_once_at_its_position(device, pipeline, run, grid, group, any_shape):
    out = device.buffer(int(np.prod(grid)) * 4)
    run(pipeline(POSITIONS, any_shape=any_shape), [out], grid, group)
    found = out.view(np.uint32, (grid[2], grid[1], grid[0]))
    np.testing.assert_array_equal(found, expected_positions(grid))


def test_edge_groups_know_their_size(device, pipeline, run):
    code = """PLAIN(sizes, WORDS(0)[p[0] * 3] = group->threads_per_threadgroup[0];
        WORDS(0)[p[0] * 3 + 1] = group->threadgroups_per_grid[0];
        WORDS(0)[p[0] * 3 + 2] = group->dispatch_threads_per_threadgroup[0];)"""
    out = device.buffer(70 * 12)
    run(pipeline(code), [out], (70, 1, 1), (32, 1, 1))
    found = out.view(np.uint32, (70, 3))
    np.testing.assert_array_equal(found[:64], [[32, 3, 32]] * 64)
    np.testing.assert_array_equal(found[64:], [[6, 3, 32]] * 6)


def test_offset_moves_the_start_of_a_binding(device, pipeline):
    buffer = device.buffer(np.zeros(10, np.uint32))
    commands = device.command_buffer()
    commands.set_pipeline(pipeline(INCREMENT))
    commands.set_buffer(buffer, 12, 0)
    commands.dispatch_threads((2, 1, 1), (2, 1, 1))
    commands.commit()
    commands.wait()
    assert buffer.view(np.uint32).tolist() == [0, 0, 0, 1, 1, 0, 0, 0, 0, 0]


def test_dispatches_run_in_order_and_bindings_are_sticky(device, library):
    compiled = library(DOUBLE_OR_ADD)
    twice, plus_one = compiled.pipeline("twice"), compiled.pipeline("plus_one")
    buffer = device.buffer(np.ones(100_000, np.float32))
    commands = device.command_buffer()
    commands.set_buffer(buffer, 0, 0)
    for _ in range(10):
        for step in (plus_one, twice):
            commands.set_pipeline(step)
            commands.dispatch_threads((100_000, 1, 1), (128, 1, 1))
    commands.commit()
    commands.wait()
    value = 1.0
    for _ in range(10):
        value = (value + 1) * 2
    np.testing.assert_array_equal(buffer.view(np.float32), np.float32(value))


def test_command_buffers_run_in_commit_order(device, library):
    compiled = library(DOUBLE_OR_ADD)
    buffer = device.buffer(np.zeros(64, np.float32))
    pending = []
    for name in ("plus_one", "twice", "plus_one", "twice"):
        commands = device.command_buffer()
        commands.set_pipeline(compiled.pipeline(name))
        commands.set_buffer(buffer, 0, 0)
        commands.dispatch_threads((64, 1, 1), (32, 1, 1))
        commands.commit()
        pending.append(commands)
    pending[-1].wait()
    assert [commands.status for commands in pending] == ["completed"] * 4
    np.testing.assert_array_equal(buffer.view(np.float32), 6)


def test_status_and_time(device, pipeline, host_words):
    """A kernel that says when it runs, and ends when the host says so."""
    code = "PLAIN(patient, HOST_WORDS[0] = 1; while (HOST_WORDS[1] == 0) {})"
    words, buffer = host_words
    commands = device.command_buffer()
    assert commands.status == "not_enqueued"
    commands.set_pipeline(pipeline(code))
    commands.set_buffer(buffer, 0, 0)
    commands.dispatch_threads((1, 1, 1), (1, 1, 1))
    start = time.monotonic()
    commands.commit()
    assert commands.status == "committed"
    while not words[0]:
        assert time.monotonic() - start < 60
    running = time.monotonic()
    time.sleep(0.05)
    least = time.monotonic() - running
    words[1] = 1
    commands.wait()
    most = time.monotonic() - start
    commands.wait()
    assert commands.status == "completed"
    assert least <= commands.gpu_seconds <= most


def test_empty_command_buffer_completes(device):
    commands = device.command_buffer()
    start = time.monotonic()
    commands.commit()
    commands.wait()
    assert commands.status == "completed"
    assert 0 <= commands.gpu_seconds <= time.monotonic() - start


def test_work_outlives_the_python_objects(device, pipeline):
    """The command buffer holds what it needs; the view holds the buffer."""
    buffer = device.buffer(4000)
    commands = device.command_buffer()
    commands.set_pipeline(pipeline(INCREMENT))
    commands.set_buffer(buffer, 0, 0)
    commands.dispatch_threads((1000, 1, 1), (50, 1, 1))
    view = buffer.view(np.uint32)
    del buffer
    gc.collect()
    commands.commit()
    commands.wait()
    del commands
    gc.collect()
    np.testing.assert_array_equal(view, 1)


def test_pipeline_keeps_its_code_loaded(device, library, run):
    kernel = library(INCREMENT + "/* loaded once */").pipeline("increment")
    gc.collect()
    buffer = device.buffer(40)
    run(kernel, [buffer], (10, 1, 1), (10, 1, 1))
    assert buffer.view(np.uint32).sum() == 10


def test_forgotten_command_buffer_still_runs(device, pipeline, run):
    buffer = device.buffer(40)
    kernel = pipeline(INCREMENT)
    commands = device.command_buffer()
    commands.set_pipeline(kernel)
    commands.set_buffer(buffer, 0, 0)
    commands.dispatch_threads((10, 1, 1), (10, 1, 1))
    commands.commit()
    del commands
    run(kernel, [buffer], (10, 1, 1), (10, 1, 1))
    assert buffer.view(np.uint32).tolist() == [2] * 10


def test_denormals_are_zero_in_kernels_only(device, pipeline, run):
    code = "PLAIN(halve, FLOATS(0)[p[0]] *= 0.5f;)"
    smallest = np.finfo(np.float32).tiny
    buffer = device.buffer(np.full(8, smallest, np.float32))
    run(pipeline(code), [buffer], (8, 1, 1), (8, 1, 1))
    assert buffer.view(np.float32).tolist() == [0] * 8
    assert np.float32(smallest) * np.float32(0.5) != 0


def test_many_small_command_buffers(device, pipeline, run):
    buffer = device.buffer(4096)
    kernel = pipeline(INCREMENT)
    for _ in range(3000):
        run(kernel, [buffer], (1024, 1, 1), (64, 1, 1))
    np.testing.assert_array_equal(buffer.view(np.uint32), 3000)


def test_two_python_threads_share_the_device(device, pipeline, run):
    kernel = pipeline(INCREMENT)
    buffers = [device.buffer(4096) for _ in range(2)]

    def work(buffer):
        for _ in range(500):
            run(kernel, [buffer], (1024, 1, 1), (64, 1, 1))

    threads = [threading.Thread(target=work, args=(buffer,)) for buffer in buffers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for buffer in buffers:
        np.testing.assert_array_equal(buffer.view(np.uint32), 500)


def test_heavy_threads_of_a_small_grid_spread_over_the_cores(device, pipeline, run):
    """A long row may not swallow a grid of few but heavy threads."""
    code = "PLAIN(rows, WORDS(0)[p[0]] = group->threads_per_threadgroup[0];)"
    buffer = device.buffer(256 * 4)
    run(pipeline(code, any_shape=True), [buffer], (256, 1, 1), (256, 1, 1))
    assert buffer.view(np.uint32).max() <= 64
