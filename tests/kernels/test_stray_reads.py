"""Reads outside of buffers and threadgroup memory: a GPU lets them pass, and so does the published
verdict where their values do not count; the strict one does not."""

from __future__ import annotations

import pytest

from assay.kernels.folder import load_task

TASK = load_task("heat2d")
SIZE = "256x256_50"  # Of whole pages, so that nothing else of the process lies beside the data.
HEAD = """
#include <metal_stdlib>
using namespace metal;
kernel void heat_step(device const float *u_in [[buffer(0)]],
                      device float *u_out [[buffer(1)]],
                      constant uint &NX [[buffer(2)]],
                      constant uint &NY [[buffer(3)]],
                      constant float &alpha [[buffer(4)]],
                      uint2 gid [[thread_position_in_grid]]"""
BRANCHLESS = f"""{HEAD}) {{
    if (gid.x >= NX || gid.y >= NY) return;
    device const float *u = u_in + (gid.y * NX + gid.x);
    int row = NX;
    float sum = u[-1] + u[1] + u[-row] + u[row];
    bool edge = gid.x == 0 || gid.y == 0 || gid.x == NX - 1 || gid.y == NY - 1;
    u_out[gid.y * NX + gid.x] = select(u[0] + alpha * (sum - 4.0f * u[0]), u[0], edge);
}}
"""
TILED = f"""{HEAD},
                      uint2 tid [[thread_position_in_threadgroup]]) {{
    threadgroup float tile[16][16];
    uint i = min(gid.y, NY - 1) * NX + min(gid.x, NX - 1);
    float c = u_in[i];
    tile[tid.y][tid.x] = c;
    threadgroup_barrier(mem_flags::mem_threadgroup);
    threadgroup float *t = &tile[tid.y][tid.x];
    float north = t[16], south = t[-16], east = t[1], west = t[-1];
    if (gid.x >= NX || gid.y >= NY) return;
    if (gid.x == 0 || gid.y == 0 || gid.x == NX - 1 || gid.y == NY - 1) {{
        u_out[i] = c;
        return;
    }}
    if (tid.y == 15) north = u_in[i + NX];
    if (tid.y == 0) south = u_in[i - NX];
    if (tid.x == 15) east = u_in[i + 1];
    if (tid.x == 0) west = u_in[i - 1];
    u_out[i] = c + alpha * (north + south + east + west - 4.0f * c);
}}
"""


@pytest.mark.parametrize(
    ("source", "message"),
    [(BRANCHLESS, "of buffer(0), which has"), (TILED, "outside its threadgroup memory")],
)
def test_values_that_do_not_count(cpu, source, message):
    result = cpu.evaluate(TASK, source, [SIZE], strict=True)
    assert result.verdict == "ok", result.fail_reason
    assert not result.strict.passed
    assert result.strict.schedule_dependent is None, "no order of the threads is to blame"
    assert message in result.strict.fail_reason


def test_values_that_count(cpu):
    source = BRANCHLESS.replace(", edge);", ", false);")
    result = cpu.evaluate(TASK, source, [SIZE])
    assert result.verdict == "incorrect"


def test_writes_are_faults(cpu):
    source = BRANCHLESS.replace("float sum", "((device float *)u)[-1] = 0; float sum")
    result = cpu.evaluate(TASK, source, [SIZE])
    assert result.verdict == "crash"
    assert "wrote 4 bytes before the start of buffer(0)" in result.fail_reason
