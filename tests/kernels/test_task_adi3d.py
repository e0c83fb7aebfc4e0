"""adi3d: recorded facts, dense solves, correct kernels that pass and wrong ones that do not."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest

from assay.kernels.encoding import Encoder
from assay.kernels.folder import load_task
from assay.kernels.prompts import brief
from assay.kernels.spec import Size

HERE = Path(__file__).parent
GOLDEN = json.loads((HERE.parent / "data" / "golden" / "adi3d.json").read_text())
TASK = load_task("adi3d")
SMALLEST, UNEQUAL = "N64_20", "P256x192x128_10"
LABELS = [pytest.param(label, marks=[pytest.mark.slow] * (label == UNEQUAL)) for label in GOLDEN]


@lru_cache(maxsize=1)
def computed(label):
    size, _ = TASK.size(label)
    inputs = TASK.implementation.inputs(size, np.random.default_rng(0))
    return inputs, TASK.reference(inputs, size)


def sized(nx, ny, nz, steps, mu=0.5):
    return Size("any", {"nx": nx, "ny": ny, "nz": nz, "steps": steps, "mu": mu})


def noise(shape, seed=3):
    return np.random.default_rng(seed).uniform(-1, 1, shape).astype(np.float32)


def dense_sweep(u, axis, mu):
    """One sweep in double precision with a general solver, as the brief states the equations."""
    n = u.shape[axis]
    matrix = np.eye(n)
    for i in range(1, n - 1):
        matrix[i, i - 1 : i + 2] = -mu, 1 + 2 * mu, -mu
    lines = np.moveaxis(u, axis, 0)
    solved = np.linalg.solve(matrix, lines.reshape(n, -1)).reshape(lines.shape)
    result = lines.copy()
    result[:, 1:-1, 1:-1] = solved[:, 1:-1, 1:-1]
    return np.moveaxis(result, 0, axis)


def dense_step(u, mu, axes=(2, 1, 0)):
    u = u.astype(np.float64)
    for axis in axes:
        u = dense_sweep(u, axis, mu)
    return u


@pytest.mark.parametrize("label", LABELS)
def test_inputs_have_the_recorded_values(label):
    u0, facts = computed(label)[0]["u0"], GOLDEN[label]["inputs"]["u0"]
    assert (u0.dtype.name, list(u0.shape)) == (facts["dtype"], facts["shape"])
    assert u0.max() == pytest.approx(facts["max"], rel=3e-7)
    assert u0.sum(dtype=np.float64) == pytest.approx(facts["sum"], rel=1e-7)
    assert all(not np.moveaxis(u0, axis, 0)[[0, -1]].any() for axis in range(3))


@pytest.mark.parametrize("label", LABELS)
def test_references_have_the_recorded_values(label):
    inputs, reference = computed(label)
    result, facts = reference.astype(np.float64), GOLDEN[label]["reference"]
    assert list(result.shape) == facts["shape"]
    assert np.abs(result).max() == pytest.approx(facts["max_abs"], rel=1e-6)
    assert result.sum() == pytest.approx(facts["sum"], rel=1e-6)
    assert np.sqrt((result**2).sum()) == pytest.approx(facts["l2"], rel=1e-6)
    assert np.abs(result - inputs["u0"]).max() == pytest.approx(facts["displacement"], rel=1e-5)
    tolerance = TASK.spec.tolerance.value(result)
    assert tolerance == pytest.approx(GOLDEN[label]["tolerance"], rel=1e-6)


@pytest.mark.parametrize("label", LABELS)
def test_references_are_the_recorded_ones_bit_for_bit(label, digest):
    inputs, reference = computed(label)
    if digest(inputs["u0"]) != GOLDEN[label]["inputs"]["u0"]["sha"]:
        pytest.skip("exp rounds differently here, so the inputs differ in their last bits")
    assert digest(reference) == GOLDEN[label]["reference"]["sha"]


@pytest.mark.parametrize("extents", [(4, 5, 6), (9, 4, 5), (13, 12, 4), (70, 6, 33)])
def test_one_step_solves_the_equations(extents):
    nx, ny, nz = extents
    u0 = noise((nz, ny, nx))
    result = TASK.reference({"u0": u0}, sized(nx, ny, nz, 1, 0.8))
    assert np.abs(result - dense_step(u0, 0.8)).max() < 2e-6


def test_sine_waves_decay_as_the_closed_form_says():
    extents, numbers, steps, mu = (9, 14, 21), (1, 3, 2), 4, 1.2
    waves, factor = [], 1.0
    for extent, number in zip(extents, numbers, strict=True):
        angle = np.pi * number / (extent - 1)
        waves.append(np.sin(angle * np.arange(extent)))
        factor /= 1 + mu * (2 - 2 * np.cos(angle))
    u0 = waves[2][:, None, None] * waves[1][:, None] * waves[0]
    result = TASK.reference({"u0": u0.astype(np.float32)}, sized(*extents, steps, mu))
    assert factor**steps > 0.02
    assert np.abs(result - u0 * factor**steps).max() < 2e-6


def test_linear_fields_stay_as_they_are():
    z, y, x = np.mgrid[0:5, 0:8, 0:11] / 10
    u0 = (0.3 + x - 2 * y + 0.7 * z).astype(np.float32)
    assert np.abs(TASK.reference({"u0": u0}, sized(11, 8, 5, 4)) - u0).max() < 2e-6


def test_the_order_of_the_sweeps_shows_only_on_boundaries_that_are_not_zero():
    """So the strict inputs expose it, and the published ones cannot."""
    limit = TASK.spec.strict.absolute
    u0 = noise((9, 17, 40))
    result = TASK.reference({"u0": u0}, sized(40, 17, 9, 1))
    for axes in [(0, 1, 2), (1, 2, 0), (2, 0, 1), (1, 0, 2), (0, 2, 1)]:
        assert np.abs(result - dense_step(u0, 0.5, axes)).max() > 1000 * limit
    for axis in range(3):
        np.moveaxis(u0, axis, 0)[[0, -1]] = 0
    result = TASK.reference({"u0": u0}, sized(40, 17, 9, 1))
    assert np.abs(result - dense_step(u0, 0.5, (0, 1, 2))).max() < limit / 10


@pytest.mark.parametrize(("label", "last"), [("N64_20", "a"), ("N96_15", "b"), (UNEQUAL, "a")])
def test_sweeps_follow_each_other_and_the_last_field_is_the_result(label, last):
    size, _ = TASK.size(label)
    encoder = Encoder(TASK.spec, size)
    TASK.implementation.encode(encoder, size)
    dispatches = encoder.dispatches
    assert [dispatch.kernel for dispatch in dispatches] == ["adi_x", "adi_y", "adi_z"] * size.steps
    fields = [(dispatch.buffers[0][0], dispatch.buffers[1][0]) for dispatch in dispatches]
    assert fields == [("a", "b"), ("b", "a")] * (3 * size.steps // 2) + [("a", "b")] * (
        3 * size.steps % 2
    )
    assert fields[-1][1] == last
    contents = {"a": np.zeros(1), "b": np.ones(1)}
    assert TASK.implementation.result(size, contents) is contents[last]


def test_work_is_eight_bytes_per_cell_and_sweep():
    assert TASK.spec.size("N96_15").evaluate(TASK.spec.work) == 24 * 96**3 * 15
    assert TASK.size(UNEQUAL)[0].evaluate(TASK.spec.work) == 24 * 256 * 192 * 128 * 10


def test_the_brief_states_signature_and_launch():
    text = brief(TASK.spec)
    grids = [
        "adi_x: grid NY x NZ",
        "adi_y: grid NX x NZ",
        "adi_z: grid NX x NY",
        "exactly 32 x 1 x 1",
    ]
    for phrase in [*grids, "constant float &mu [[buffer(5)]]"]:
        assert phrase in text


def test_strict_cases_have_three_different_extents():
    cases = list(TASK.implementation.cases(np.random.default_rng(1)))
    assert {case["steps"] for case in cases} >= {1, 2, 3}
    for case in cases:
        extents = {case["nx"], case["ny"], case["nz"]}
        assert len(extents) == 3
        assert min(extents) >= 4
    inputs = TASK.implementation.case_inputs(sized(5, 6, 7, 1), np.random.default_rng(1))
    assert inputs["u0"].shape == (7, 6, 5)
    assert (inputs["u0"] != 0).all()


# adi_x solves along z and adi_z along x, with whatever threads there are.
REVERSED = """
void solve_all(device const float *u_in, device float *u_out, uint2 lines, uint2 strides,
               uint stride, uint n, float mu, uint id, uint threads,
               threadgroup const float *table) {
    for (uint line = id; line < lines.x * lines.y; line += threads) {
        uint a = line % lines.x, b = line / lines.x;
        uint first = a * strides.x + b * strides.y;
        if (a == 0 || a == lines.x - 1 || b == 0 || b == lines.y - 1) {
            copy_line(u_in, u_out, first, stride, n);
        } else {
            solve_line(u_in, u_out, first, stride, n, mu, table);
        }
    }
}
"""
X_LINES = "uint2(NY, NZ), uint2(NX, NX * NY), 1, NX"
Z_LINES = "uint2(NX, NY), uint2(1, NX), NX * NY, NZ"


def reversed_order():
    """The seed with its first and third kernel replaced."""
    opening, x_and_y = TASK.seed.split("kernel void adi_x(")
    parameters = x_and_y[: x_and_y.index("{") + 1]
    y_kernel = x_and_y[x_and_y.index("kernel void adi_y(") : x_and_y.index("kernel void adi_z(")]
    body = """
    threadgroup float table[LONGEST];
    if (lane == 0) {{ fill_table(table, {length}, mu); }}
    threadgroup_barrier(mem_flags::mem_threadgroup);
    if (gid.x < {width} && gid.y < {height}) {{
        solve_all(u_in, u_out, {lines}, mu, gid.y * {width} + gid.x, {width} * {height}, table);
    }}
}}
"""
    x_kernel = body.format(lines=Z_LINES, length="NZ", width="NY", height="NZ")
    z_kernel = body.format(lines=X_LINES, length="NX", width="NX", height="NY")
    return (
        f"{opening}{REVERSED}kernel void adi_x({parameters}{x_kernel}"
        f"{y_kernel}kernel void adi_z({parameters}{z_kernel}"
    )


def changed(*replacements):
    """The seed with replacements, each of which must find something to replace."""
    source = TASK.seed
    for old, new in replacements:
        assert old in source
        source = source.replace(old, new)
    return source


GUARD = "    if (gid.x >= NX || gid.y >= NY) {"
HALF = "    u_in += int(min(gid.x, NX - 1 - gid.x)) - int(gid.x);\n"
COPY = "u_out[first + i * stride] = u_in[first + i * stride];"
# Kernels that are right on the published inputs, and wrong.
EXPOSED = {
    "order of sweeps reversed": reversed_order(),
    "faces not written": changed((COPY, ""), ("u_out[first] = u_in[first];", ""),
                                 ("u_out[last] = u_in[last];", "")),
    "ends of lines taken for zero": changed((" + mu * u_in[first]", ""),
                                            ("r += mu * u_in[last]", "r += 0.0f")),
    "mu built in": changed(("constant float &mu", "constant float &unused"),
                           ("constant uint LONGEST", "constant float mu = 0.5f;\n"
                            "constant uint LONGEST")),
    "extents built in": changed(("uint &N", "uint &unused"),
                                ("    threadgroup float table", "    const uint NX = 64, NY = 64, "
                                 "NZ = 64;\n    threadgroup float table")),
    "x and y exchanged": changed(("adi_x", "adi_w"), ("adi_y", "adi_x"), ("adi_w", "adi_y")),
    "x and z exchanged": changed(("adi_x", "adi_w"), ("adi_z", "adi_x"), ("adi_w", "adi_z")),
    "one half mirrored": changed((GUARD, HALF + GUARD)),
}  # fmt: skip


@pytest.mark.parametrize("fault", EXPOSED)
def test_what_the_published_check_lets_through_is_exposed(cpu, fault):
    result = cpu.evaluate(TASK, EXPOSED[fault], [SMALLEST], fault, strict=True, strict_seed=7)
    assert result.verdict == "ok", result.fail_reason
    assert not result.strict.passed
    assert not any(case.correct for case in result.strict.cases if case.kind == "case")
