"""Mutated kernels compute what the original computes: run and compared on the device."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import assay
from assay.kernels.autotune import Autotune, mutants
from assay.models.base import Prompt

HEAD = """#include <metal_stdlib>
using namespace metal;
"""
SIGNATURE = """
kernel void probe(device const float4 *a [[buffer(0)]], device const float *w [[buffer(1)]],
                  device float4 *out [[buffer(2)]], constant uint &N [[buffer(3)]],
                  constant float &s [[buffer(4)]], uint i [[thread_position_in_grid]]) {
    if (i >= N) { return; }
"""

VECTORS = f"""{HEAD}
#define ROUNDS 5
constant float SOFT = 0.25f;

static float3 turned(float3 v, float angle) {{
    float3 result = float3(v.y, -v.x, v.z);
    return result * angle;
}}

{SIGNATURE}
    float4 total = 0.0f;
    float3 v = a[i].xyz, u(w[i]);  // two in one declaration
    float2 pair = float2(w[i], s), never;
    const float3 axis = normalize(float3(1.0f, 2.0f, 3.0f) + abs(v));
    for (int k = 0; k < ROUNDS; k++) {{
        v += cross(axis, v) * (s / (SOFT + length(v)));
        pair = pair * 0.5f + v.xy;
        u = (k & 1) == 0 ? max(u, v) : u - axis.zxy;
        total.w -= dot(pair, pair) / s;
        if (distance(u, v) > 1.0f)
            v.yz *= 0.5f;
        never = pair.yx;
    }}
    for (uint j = 1; j < N; ++j) total += a[j] * (w[j] * s) - (i > j ? a[j - 1].wzyx : a[j]);
    total.xyz += turned(v, s) + mix(u, axis, 0.25f);
    total[3] += u[0] + never.y;
    out[i] = total;
}}
"""

SCALARS = f"""{HEAD}
constant float SOFT = 0.5f;

{SIGNATURE}
    float sum = 0.0f, difference = 1.0f;
    for (uint j = 2u; j < N; j += 1) {{
        const float d2 = SOFT * SOFT + precise::exp(w[j] - w[i]);  // never 0
        float inverse = rsqrt(d2 * d2 * d2);
        sum += pow(d2, -1.5f) + inverse / s;
        difference -= 1.0f / (d2 * sqrt(d2)) + pow(d2, 2.0f) * s + 1.0f / precise::sqrt(d2);
        for (uint k = 0; k < 3; ++k) {{
            difference = fma(d2, s * SOFT, difference) - a[j].y * w[k] / SOFT;
        }}
    }}
    float heavy = s;
    for (uint m = 1; m < N; ++m) {{
        heavy -= w[m] * exp(-w[m]) + float(m) * SOFT;
        sum += w[m - 1] / float(m + 1);
    }}
    float other = a[i].x * s - sum + heavy;
    other += s * w[i];
    out[i] = float4(sum, difference, rsqrt(SOFT), other) * (1.0f / s);
}}
"""

IN_PLACE = f"""{HEAD}
{SIGNATURE.replace("device float4 *out", "device float4 *__restrict out")}
    device const float4 *row = a + i;
    float4 acc = out[i] * s;
    uint2 cell = uint2(i, i / 3u);
    for (uint j = 0; j < N - i; ++j) {{
        float4 delta = row[j] - float4(a[cell.y].xyz, 1.0f);
        if (delta.x < 0.0f) {{ delta = -delta; }}
        delta += float4(cell.x, 3, 1, 2) / 2 - float4(uint4(j) / 2u);
        delta.w = fast::sqrt(fabs(delta.w)) / s;
        acc = fma(delta, w[cell.x], acc);
    }}
    out[i] = acc;
    out[i].w += dot(acc.xyz, acc.yzw);
}}
"""

KERNELS = {"vectors": VECTORS, "scalars": SCALARS, "in_place": IN_PLACE}
# All but tiles, which have tests of their own.
EVERY_KIND = {
    "scalarise", "unroll", "unroll-accumulators", "invariant", "local-constants", "reciprocal",
    "power", "fma", "fast-math", "no-alias", "launch-cap", "vector-width",
}  # fmt: skip


def renamed(source: str, suffix: str) -> str:
    return re.sub(r"\b(probe|turned|SOFT)\b", rf"\1_{suffix}", source)


def results(sources: list[str], n: int, seed: int) -> list[np.ndarray]:
    """Outputs of kernels ``probe``, compiled together, for the same random input of n threads."""
    device = assay.device()
    library = device.compile("\n".join(renamed(s, str(k)) for k, s in enumerate(sources)))
    rng = np.random.default_rng(seed)
    inputs = [rng.normal(size=(n, 4)), rng.uniform(0.1, 1.0, n), rng.normal(size=(n, 4))]
    arrays = [a.astype(np.float32) for a in inputs]
    scalars = [np.array([n], np.uint32), np.array([0.7], np.float32)]
    outputs = []
    for number in range(len(sources)):
        buffers = [device.buffer(array) for array in (*arrays, *scalars)]
        pipeline = library.pipeline(f"probe_{number}")
        commands = device.command_buffer()
        commands.set_pipeline(pipeline)
        for index, buffer in enumerate(buffers):
            commands.set_buffer(buffer, 0, index)
        width = min(pipeline.max_total_threads_per_threadgroup, 64)
        commands.dispatch_threads((-(-n // width) * width, 1, 1), (width, 1, 1))
        commands.commit()
        commands.wait(120.0)
        outputs.append(buffers[2].view(np.float32, (n, 4)).copy())
    return outputs


def assert_same(found: np.ndarray, expected: np.ndarray, what: str) -> None:
    scale = np.abs(expected).max(initial=1.0)
    np.testing.assert_allclose(found, expected, rtol=2e-4, atol=2e-5 * scale, err_msg=what)


def test_the_kernels_below_show_every_kind_of_mutation():
    assert set().union(*(mutants(source) for source in KERNELS.values())) == EVERY_KIND


@pytest.mark.parametrize("name", KERNELS)
def test_every_mutation_keeps_the_result(name):
    found = [mutant for kind in mutants(KERNELS[name]).values() for mutant in kind]
    for n in (1, 37):  # shorter than any unrolling, and a multiple of none
        expected, *outputs = results([KERNELS[name], *(m.source for m in found)], n, seed=n)
        assert np.isfinite(expected).all()
        for mutant, output in zip(found, outputs, strict=True):
            assert_same(output, expected, f"{mutant.label}, n = {n}\n{mutant.source}")


def mutated(source: str, seed: int, steps: int) -> str:
    for iteration in range(1, steps + 1):
        prompt = Prompt(system="", user="", parent=source, iteration=iteration)
        reply = Autotune(seed).complete(prompt).text
        source = reply.partition("```metal\n")[2].partition("```")[0]
    return source


@settings(max_examples=4)
@given(st.sampled_from(sorted(KERNELS)), st.integers(0, 2**32), st.integers(2, 5))
def test_chains_of_mutations_keep_the_result(name, seed, steps):
    source = mutated(KERNELS[name], seed, steps)
    expected, found = results([KERNELS[name], source], 21, seed=seed)
    assert_same(found, expected, source)
