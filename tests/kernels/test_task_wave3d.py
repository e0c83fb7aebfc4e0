"""wave3d: recorded facts, closed forms, correct kernels that pass and wrong ones that do not."""

from __future__ import annotations

import json
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from assay.kernels.encoding import Encoder
from assay.kernels.folder import load_task
from assay.kernels.prompts import brief
from assay.kernels.spec import Size

HERE = Path(__file__).parent
GOLDEN = json.loads((HERE.parent / "data" / "golden" / "wave3d.json").read_text())
TASK = load_task("wave3d")
SMALLEST = "64x64x64_30"
CELLS = {"64x64x64_30": 64**3, "160x160x160_20": 160**3, "192x192x192_15": 192**3}


@lru_cache(maxsize=1)
def computed(label):
    size, _ = TASK.size(label)
    inputs = TASK.implementation.inputs(size, np.random.default_rng(0))
    return inputs, TASK.reference(inputs, size)


def sized(nx, ny, nz, steps, alpha=0.18):
    return Size("any", {"nx": nx, "ny": ny, "nz": nz, "steps": steps, "alpha": alpha})


def mode(extents, numbers):
    """Product of sines with zeros on the faces, float64[nz, ny, nx]."""
    x, y, z = (
        np.sin(np.pi * number * np.arange(extent) / (extent - 1))
        for extent, number in zip(extents, numbers, strict=True)
    )
    return z[:, None, None] * y[:, None] * x


@pytest.mark.parametrize("label", GOLDEN)
def test_inputs_have_the_recorded_values(label):
    u0, facts = computed(label)[0]["u0"], GOLDEN[label]["inputs"]["u0"]
    assert (u0.dtype.name, list(u0.shape)) == (facts["dtype"], facts["shape"])
    assert u0.max() == pytest.approx(facts["max"], rel=3e-7)
    assert u0.sum(dtype=np.float64) == pytest.approx(facts["sum"], rel=1e-7)
    assert all(not np.moveaxis(u0, axis, 0)[[0, -1]].any() for axis in range(3))
    assert np.array_equal(u0, u0.transpose(2, 0, 1))


@pytest.mark.parametrize("label", GOLDEN)
def test_references_have_the_recorded_values(label):
    result, facts = computed(label)[1].astype(np.float64), GOLDEN[label]["reference"]
    assert list(result.shape) == facts["shape"]
    assert np.abs(result).max() == pytest.approx(facts["max_abs"], rel=3e-6)
    assert result.sum() == pytest.approx(facts["sum"], rel=1e-6)
    assert np.sqrt((result**2).sum()) == pytest.approx(facts["l2"], rel=1e-6)
    tolerance = TASK.spec.tolerance.value(result)
    assert tolerance == pytest.approx(GOLDEN[label]["tolerance"], rel=1e-6)


@pytest.mark.parametrize("label", GOLDEN)
def test_references_are_the_recorded_ones_bit_for_bit(label, digest):
    inputs, reference = computed(label)
    if digest(inputs["u0"]) != GOLDEN[label]["inputs"]["u0"]["sha"]:
        pytest.skip("exp rounds differently here, so the inputs differ in their last bits")
    assert digest(reference) == GOLDEN[label]["reference"]["sha"]


def test_standing_waves_oscillate_as_the_closed_form_says():
    extents, numbers, steps, alpha = (9, 14, 21), (1, 3, 2), 17, 0.3
    u0 = mode(extents, numbers)
    terms = (
        2 * np.cos(np.pi * number / (extent - 1)) - 2
        for extent, number in zip(extents, numbers, strict=True)
    )
    theta = np.arccos(1 + alpha * sum(terms) / 2)
    expected = u0 * np.cos((steps + 0.5) * theta) / np.cos(theta / 2)
    result = TASK.reference({"u0": u0.astype(np.float32)}, sized(*extents, steps, alpha))
    assert np.abs(expected).max() > 0.1
    assert np.abs(result - expected).max() < 1e-5


def test_running_backwards_leads_to_the_start():
    rng = np.random.default_rng(5)
    before, u0 = rng.uniform(-1, 1, (2, 7, 8, 9)).astype(np.float32)
    for axis in range(3):
        faces = np.moveaxis(before, axis, 0)
        faces[[0, -1]] = np.moveaxis(u0, axis, 0)[[0, -1]]
    states = [
        TASK.reference({"u0": u0, "u_before": before}, sized(9, 8, 7, steps)) for steps in (5, 6)
    ]
    back = TASK.reference({"u0": states[0], "u_before": states[1]}, sized(9, 8, 7, 6))
    assert np.abs(back - before).max() < 2e-5
    assert np.abs(states[0] - before).max() > 0.5


@pytest.mark.parametrize("label", GOLDEN)
def test_three_fields_rotate_and_the_last_one_is_the_result(label):
    size, _ = TASK.size(label)
    encoder = Encoder(TASK.spec, size)
    TASK.implementation.encode(encoder, size)
    bound = [[dispatch.buffers[i] for i in range(3)] for dispatch in encoder.dispatches]
    assert len(bound) == size.steps
    assert bound[0] == [("b0", 0), ("b1", 0), ("b2", 0)]
    for (_, current, following), (previous, after, _) in pairwise(bound):
        assert (previous, after) == (current, following)
    fields = {f"b{i}": np.full(1, i) for i in range(3)}
    assert TASK.implementation.result(size, fields) is fields[bound[-1][2][0]]


@pytest.mark.parametrize("label", CELLS)
def test_work_is_twelve_bytes_per_cell_and_step(label):
    size = TASK.spec.size(label)
    assert size.evaluate(TASK.spec.work) == 12 * CELLS[label] * size.steps


def test_the_brief_states_signature_and_launch():
    text = brief(TASK.spec)
    for phrase in ["device float *u_next [[buffer(2)]]", "grid NX x NY x NZ", "8 x 8 x 4 threads"]:
        assert phrase in text


def test_strict_cases_differ_along_every_axis():
    cases = list(TASK.implementation.cases(np.random.default_rng(1)))
    assert {case["steps"] for case in cases} >= {1, 2, 3}
    for case in cases:
        assert len({case["nx"], case["ny"], case["nz"]}) == 3
        assert case["alpha"] < 1 / 3
    inputs = TASK.implementation.case_inputs(sized(5, 6, 7, 1), np.random.default_rng(1))
    assert inputs["u0"].shape == (7, 6, 5)
    assert (inputs["u0"] != 0).all()
    assert not np.array_equal(inputs["u0"], inputs["u_before"])


PLANE = "    uint plane = NX * NY;"
FOLD = (
    "    uint whole = (gid.z * NY + gid.y) * NX + gid.x;\n"
    "    gid = min(gid, uint3(NX, NY, NZ) - 1u - gid);\n"
)


def moved(place):
    """The change is computed at another cell than the one that is written."""
    return [("u_next[cell]", f"u_next[{place}]"), ("u_prev[cell]", f"u_prev[{place}]")]


# Kernels that are right on the published inputs, and wrong.
EXPOSED = {
    "faces not written": [("        u_next[cell] = u;\n", "")],
    "alpha built in": [("alpha * (neigh", "0.18f * (neigh")],
    "extents built in": [("uint &N", "uint &unused"),
                         ("    if (gid.x >=", "    const uint NX = 64, NY = 64, NZ = 64;\n"
                          "    if (gid.x >=")],
    "NX and NY exchanged": [("gid.y * NX", "gid.y * NY"), ("cell - NX", "cell - NY"),
                            ("cell + NX", "cell + NY")],
    "NY and NZ exchanged": [("plane = NX * NY", "plane = NX * NZ")],
    "mirrored": moved("NX * NY * NZ - 1 - cell"),
    "mirrored in x": moved("cell - gid.x + NX - 1 - gid.x"),
    "transposed": moved("gid.z * plane + gid.x * NX + gid.y"),
    "one octant": [(PLANE, FOLD + PLANE), ("u_next[cell]", "u_next[whole]")],
}  # fmt: skip


@pytest.mark.parametrize("fault", EXPOSED)
def test_what_the_published_check_lets_through_is_exposed(cpu, fault):
    source = TASK.seed
    for old, new in EXPOSED[fault]:
        assert old in source
        source = source.replace(old, new)
    result = cpu.evaluate(TASK, source, [SMALLEST], fault, strict=True, strict_seed=7)
    assert result.verdict == "ok", result.fail_reason
    assert not result.strict.passed
    assert not any(case.correct for case in result.strict.cases if case.kind == "case")
