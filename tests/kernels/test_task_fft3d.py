"""fft3d against the recorded facts, against the definition of the transform, and on the CPU
device."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from assay.kernels.encoding import Encoder, grid
from assay.kernels.folder import load_task
from assay.kernels.launch import LaunchError, Limits, round_up, threadgroup
from assay.kernels.prompts import brief
from assay.kernels.spec import Size

HERE = Path(__file__).parent
RECORDED = json.loads((HERE.parent / "data" / "golden" / "fft3d.json").read_text())
TASK = load_task("fft3d")
# Of max |reference|, at every size.
LARGEST_RECORDED_ERROR = 6e-7


def transform(values):
    """The reference's result for a complex cube, complex128[n, n, n]."""
    n = len(values)
    x0 = np.stack([values.real, values.imag], axis=-1).astype(np.float32)
    result = TASK.reference({"x0": x0}, Size("case", {"N": n})).astype(np.float64)
    return result[..., 0] + 1j * result[..., 1]


def noise(n, seed=1):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n, n, n)) + 1j * rng.standard_normal((n, n, n))


@pytest.mark.parametrize(
    "label", ["32cube", "64cube", "128cube", pytest.param("256cube", marks=pytest.mark.slow)]
)
def test_inputs_and_references_are_the_recorded_ones(label, digest):
    size, _ = TASK.size(label)
    inputs = TASK.implementation.inputs(size, np.random.default_rng(TASK.spec.seed))
    facts, recorded = RECORDED[label]["inputs"]["x0"], RECORDED[label]["reference"]
    assert list(inputs) == ["x0"]
    assert (str(inputs["x0"].dtype), list(inputs["x0"].shape)) == (facts["dtype"], facts["shape"])
    assert digest(inputs["x0"]) == facts["sha"]
    reference = TASK.reference(inputs, size)
    assert (str(reference.dtype), list(reference.shape)) == (recorded["dtype"], recorded["shape"])
    assert TASK.spec.tolerance.value(reference) == pytest.approx(
        RECORDED[label]["tolerance"], rel=1e-6
    )
    exact = reference.astype(np.float64)
    assert np.abs(exact).max() == pytest.approx(recorded["max_abs"], rel=3e-7)
    assert exact.sum() == pytest.approx(recorded["sum"], rel=2e-7)
    assert np.sqrt((exact**2).sum()) == pytest.approx(recorded["l2"], rel=1e-7)


def test_labels_work_and_poison_are_the_specified_ones():
    hidden = [size.label for size in TASK.held_out.sizes]
    assert [*TASK.spec.sizes, *hidden] == list(RECORDED)
    assert TASK.spec.size("64cube").evaluate(TASK.spec.work) == 96 * 64**3
    assert TASK.spec.strict.poison == ("b",)
    assert TASK.spec.strict.relative == pytest.approx(10 * LARGEST_RECORDED_ERROR)


def test_three_passes_end_in_b():
    size, _ = TASK.size("256cube")
    encoder = Encoder(TASK.spec, size)
    TASK.implementation.encode(encoder, size)
    assert [(d.kernel, d.buffers[0][0], d.buffers[1][0]) for d in encoder.dispatches] == [
        ("fft3d_x", "a", "b"),
        ("fft3d_y", "b", "a"),
        ("fft3d_z", "a", "b"),
    ]
    cubes = {"a": np.zeros(1), "b": np.ones(1)}
    assert TASK.implementation.result(size, cubes) is cubes["b"]


@pytest.mark.parametrize("name", ["fft3d_x", "fft3d_y", "fft3d_z"])
def test_a_threadgroup_is_a_line(name):
    kernel, size = TASK.spec.kernels[name], TASK.spec.size("64cube")
    width = int(size.evaluate(kernel.threadgroup.width))
    group = threadgroup(kernel.threadgroup.rule, width, Limits(1024))
    assert group == (64, 1, 1)
    assert round_up(grid(kernel, size), group) == grid(kernel, size) == (64, 64 * 64, 1)
    with pytest.raises(LaunchError):
        threadgroup(kernel.threadgroup.rule, width, Limits(63))


def test_the_brief_states_the_launch_in_terms_of_n():
    text = brief(TASK.spec)
    assert "fft3d_y: grid N x N^2. " in text
    assert "exactly N x 1 x 1 threads" in text


def test_the_transform_is_the_sum_that_defines_it():
    values = noise(8)
    matrix = np.exp(-2j * np.pi * np.outer(np.arange(8), np.arange(8)) / 8)
    expected = np.einsum("ck,bj,ai,kji->cba", matrix, matrix, matrix, values)
    assert transform(values) == pytest.approx(expected, abs=2e-5)


def test_a_delta_becomes_a_plane_wave():
    values = np.zeros((16, 16, 16), complex)
    values[3, 5, 2] = 2 - 1j
    c, b, a = np.ogrid[:16, :16, :16]
    wave = np.exp(-2j * np.pi * (3 * c + 5 * b + 2 * a) / 16)
    assert transform(values) == pytest.approx((2 - 1j) * wave, abs=1e-6)


def test_energy_is_kept_up_to_the_number_of_cells():
    values = noise(16)
    energy = (np.abs(transform(values)) ** 2).sum()
    assert energy == pytest.approx(16**3 * (np.abs(values) ** 2).sum(), rel=1e-6)


def test_strict_cases_are_powers_of_two_with_unequal_axes():
    lengths = [one["N"] for one in TASK.implementation.cases(np.random.default_rng(2))]
    assert lengths == [8, 16, 64]
    x0 = TASK.implementation.case_inputs(Size("case", {"N": 16}), np.random.default_rng(3))["x0"]
    assert (x0.shape, x0.dtype) == ((16, 16, 16, 2), np.float32)
    lines = [np.sort((x0.astype(np.float64) ** 2).sum(axis=axes))
             for axes in ((1, 2, 3), (0, 2, 3), (0, 1, 3))]  # fmt: skip
    assert not np.allclose(lines[0], lines[1], rtol=0.01)
    assert not np.allclose(lines[1], lines[2], rtol=0.01)


FAULTS = {
    "input in half precision": (
        "values[reversed] = in_data[start + place * stride];",
        "values[reversed] = float2(half2(in_data[start + place * stride]));",
    ),
    "twiddle factors in half precision": (
        "float s = sin(angle);",
        "float s = float(half(sin(angle)));",
    ),
    "only the published lengths": (
        "values[reversed] = in_data",
        "if (N != 32 && N != 64 && N != 128) { return; }\n    values[reversed] = in_data",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_the_strict_verdict_sees_what_the_published_one_does_not(cpu, fault):
    old, new = FAULTS[fault]
    assert TASK.seed.count(old) == 1
    result = cpu.evaluate(TASK, TASK.seed.replace(old, new), ["32cube"], strict=True, strict_seed=7)
    assert result.verdict == "ok", result.fail_reason
    assert not result.strict.passed
