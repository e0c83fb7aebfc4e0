"""Faults are traced to the candidate's own line."""

import time

import numpy as np
import pytest

from assay import msl
from assay.errors import DeviceError

HEADER = "#include <metal_stdlib>\nusing namespace metal;\n"


def line_of(error: DeviceError) -> int | None:
    assert error.library is not None
    places = [msl.locate(error.library, offset) for offset in error.offsets]
    return next((place[0] for place in places if place), None)


@pytest.mark.parametrize(
    ("statement", "line"),
    [
        ("x[i + 1000000] = 1;", 7),
        ("float v = x[i + 1000000];\nx[i] = v;", 7),
        ("float s = sin(x[i]);\ns += 1;\nx[i + 1000000] = s;", 9),
        ("put(x, i + 1000000);", 4),
        ("atomic_fetch_add_explicit((device atomic_uint *)x + 1000000, 1u,\n"
         "memory_order_relaxed);", 7),
    ],
)  # fmt: skip
def test_out_of_bounds(run, statement, line) -> None:
    source = (
        HEADER + "static void put(device float *p, uint i) {\n  p[i] = 2;\n}\n"
        "kernel void k(device float *x [[buffer(0)]], uint i [[thread_position_in_grid]]) {\n"
        f"{statement}\n}}\n"
    )
    with pytest.raises(DeviceError) as caught:
        run(source, [np.zeros(64, np.float32)], (64, 1, 1))
    assert caught.value.kind == "fault"
    assert "buffer(0)" in caught.value.message
    assert line_of(caught.value) == line


def test_out_of_bounds_in_a_kernel_with_barriers(run) -> None:
    source = (
        HEADER + "kernel void k(device float *x [[buffer(0)]],\n"
        "uint l [[thread_position_in_threadgroup]]) {\n"
        "threadgroup float t[32];\n"
        "t[l] = x[l];\n"
        "threadgroup_barrier(mem_flags::mem_threadgroup);\n"
        "x[l] = t[l + 32];\n}\n"
    )
    with pytest.raises(DeviceError, match="threadgroup memory") as caught:
        run(source, [np.zeros(32, np.float32)], (32, 1, 1))
    assert line_of(caught.value) == 8


def test_endless_loop(run) -> None:
    source = (
        HEADER + "kernel void k(device volatile float *x [[buffer(0)]]) {\n"
        "float v = x[0]; x[1] = 1;\n"
        "while (x[0] == v) {}\n"
        "x[0] = 1;\n}\n"
    )
    pipeline = run.device.compile(source).pipeline("k")
    commands = run.device.command_buffer()
    commands.set_pipeline(pipeline)
    buffer = run.device.buffer(np.zeros(4, np.float32))
    commands.set_buffer(buffer, 0, 0)
    commands.dispatch_threads((1, 1, 1), (1, 1, 1))
    commands.commit()
    start = time.monotonic()
    while not buffer.view(np.float32)[1]:  # until it runs
        assert time.monotonic() - start < 60
    with pytest.raises(DeviceError) as caught:
        commands.wait(0.3)
    assert caught.value.kind == "timeout"
    assert line_of(caught.value) == 5


def test_an_offset_outside_the_candidate_has_no_line(tmp_path) -> None:
    source = HEADER + "kernel void k(device float *x [[buffer(0)]]) { x[0] = 1; }"
    assert msl.locate(msl.compile(source).path, 0) is None


def test_a_frame_larger_than_the_guard_of_a_stack(run) -> None:
    source = (
        HEADER + "kernel void k(device float *x [[buffer(0)]],\n"
        "uint l [[thread_position_in_threadgroup]]) {\n"
        "float a[4000000];\n"
        "for (uint i = 0; i < 4000000; ++i) a[i] = x[i & 31];\n"
        "threadgroup_barrier(mem_flags::mem_threadgroup);\n"
        "x[l] = a[uint(x[0]) + l];\n}\n"
    )
    with pytest.raises(DeviceError, match="stack") as caught:
        run(source, [np.zeros(32, np.float32)], (32, 1, 1))
    assert caught.value.kind == "fault"
