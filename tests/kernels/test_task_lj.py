"""lj: inputs, pairs and positions as recorded, the reference against all pairs, real kernels."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from assay.kernels.encoding import Encoder
from assay.kernels.folder import load_task
from assay.kernels.references import expected
from assay.kernels.spec import Size

HERE = Path(__file__).parent
GOLDEN = json.loads((HERE.parent / "data" / "golden" / "lj.json").read_text())
PAIRS = {
    "N1728_M5_steps20": 29_051,
    "N4096_M7_steps15": 68_859,
    "N10648_M10_steps10": 178_608,
    "N2744_M6_steps12": 46_093,
}
TASK = load_task("lj")
LJ = TASK.implementation


def helper(name):
    """A function of the task's reference module."""
    return TASK.reference.__globals__[name]


def small(n=150, **parameters):
    values = {**TASK.spec.constants, "n": n, "cells": 3, "box": 7.7, "steps": 2, **parameters}
    size = Size("small", values)
    return size, LJ.case_inputs(size, np.random.default_rng(5))


def all_pairs(positions, box, cutoff2):
    """Forces by the formula, over all ordered pairs."""
    r = positions.astype(float)
    d = r[None, :, :] - r[:, None, :]
    d -= box * np.round(d / box)
    s = (d**2).sum(-1)
    near = (s < cutoff2) & (s > 1e-12)
    s[~near] = 1
    weight = np.where(near, -24 * (2 * s**-6 - s**-3) / s, 0)
    return (weight[..., None] * d).sum(1)


@pytest.mark.parametrize("label", GOLDEN)
def test_inputs_have_the_recorded_digests(label, digest):
    size, _ = TASK.size(label)
    inputs = LJ.inputs(size, np.random.default_rng(TASK.spec.seed))
    assert {name: digest(array) for name, array in inputs.items()} == {
        name: facts["sha"] for name, facts in GOLDEN[label]["inputs"].items()
    }


@pytest.mark.parametrize("label", GOLDEN)
def test_pairs_within_the_cutoff_at_the_start(label):
    size, _ = TASK.size(label)
    inputs = LJ.inputs(size, np.random.default_rng(TASK.spec.seed))
    first, _, _ = helper("pairs")(inputs["pos4"][:, :3], size.box, size.rcut2)
    assert len(first) == PAIRS[label] == size.pairs
    recorded = GOLDEN[label].get("reference", {}).get("pair_count")
    assert (recorded or GOLDEN[label]["pair_count_from_recorded_results"]) == PAIRS[label]
    assert size.evaluate(TASK.spec.work) == PAIRS[label] * 2 * 20 * size.steps


@pytest.mark.parametrize("label", [label for label in GOLDEN if "reference" in GOLDEN[label]])
def test_references_match_the_recorded_values(label):
    size, _ = TASK.size(label)
    known = expected(TASK, size)
    result, recorded = known.reference[:, :3].astype(float), GOLDEN[label]["reference"]
    assert known.reference.dtype == np.float32
    assert list(result.shape) == recorded["shape"]
    assert np.abs(result).max() == pytest.approx(recorded["max_abs"], abs=2e-6)
    assert result.sum() == pytest.approx(recorded["sum"], abs=1e-4)
    assert np.sqrt((result**2).sum()) == pytest.approx(recorded["l2"], rel=1e-8)
    moved = np.abs(result - known.inputs["pos4"][:, :3]).max()
    assert moved == pytest.approx(recorded["displacement"], abs=2e-6)
    assert TASK.spec.tolerance.value(known.reference[:, :3]) == GOLDEN[label]["tolerance"]


def test_forces_agree_with_all_pairs():
    size, inputs = small()
    positions = inputs["pos4"][:, :3]
    exact = all_pairs(positions, size.box, size.rcut2)
    found = helper("forces")(positions, size.box, size.rcut2)
    assert np.abs(exact).max() > 1
    assert np.allclose(found, exact, rtol=1e-11, atol=1e-11 * np.abs(exact).max())


def test_two_particles_on_either_side_of_the_boundary():
    positions = np.array([[0.1, 5, 5], [8.8, 5, 5]], np.float32)
    force = helper("forces")(positions, 10.0, 6.25)
    s = float(np.float32(0.1) - np.float32(8.8) + 10) ** 2
    expected_force = 24 * (2 * s**-6 - s**-3) / s * np.sqrt(s)
    assert force[0] == pytest.approx([expected_force, 0, 0], rel=1e-6)
    assert force[1] == pytest.approx([-expected_force, 0, 0], rel=1e-6)


def test_the_potential_minimum_is_at_rest_and_the_cutoff_is_sharp():
    places = lambda x: np.array([[1, 1, 1], [1 + x, 1, 1]], np.float32)  # noqa: E731
    forces = helper("forces")
    assert np.abs(forces(places(2 ** (1 / 6)), 20.0, 6.25)).max() < 1e-4
    assert forces(places(2.499), 20.0, 6.25)[0, 0] > 0.03
    assert not forces(places(2.501), 20.0, 6.25).any()
    assert not forces(places(0), 20.0, 6.25).any()


def test_momentum_is_conserved_and_particles_may_leave_the_box():
    size, inputs = small(steps=20)
    reference, velocities = np.split(TASK.reference(inputs, size), 2, axis=1)
    reference = reference[:, :3]
    moved = (reference - inputs["pos4"][:, :3]).astype(float)
    assert np.abs(velocities.astype(float).mean(axis=0)).max() < 1e-5
    assert np.abs(moved).max() > 0.01
    assert np.abs(moved.mean(axis=0)).max() < 1e-6
    assert reference.min() < 0 or reference.max() > size.box


def test_cells_that_overflow_are_reported():
    size, inputs = small()
    buffers = LJ.buffers(size, inputs)
    assert LJ.state_check(size, buffers) is None
    buffers["cell_count"][4] = 64
    assert LJ.state_check(size, buffers) is None
    buffers["cell_count"][4] = 65
    check = LJ.state_check(size, buffers)
    assert (check.correct, check.error_value, check.tolerance) == (False, 65, 64)
    assert check.error_kind == "cell_overflow"


@pytest.mark.parametrize("label", GOLDEN)
def test_three_dispatches_per_step_on_alternating_sets(label):
    size, _ = TASK.size(label)
    encoder = Encoder(TASK.spec, size)
    LJ.encode(encoder, size)
    kernels = [dispatch.kernel for dispatch in encoder.dispatches]
    assert kernels == ["lj_clear_cells", "lj_build_cells", "lj_step"] * size.steps
    for step in range(size.steps):
        old, new = ("a", "b") if step % 2 == 0 else ("b", "a")
        _, build, move = (d.buffers for d in encoder.dispatches[3 * step : 3 * step + 3])
        assert build[0] == move[0] == (f"pos_{old}", 0)
        assert move[1] == (f"pos_{new}", 0)
        assert (move[2], move[3]) == ((f"vel_{old}", 0), (f"vel_{new}", 0))
    last = "a" if size.steps % 2 == 0 else "b"
    names = ("pos_a", "pos_b", "vel_a", "vel_b")
    sets = {name: np.full((2, 4), value) for value, name in enumerate(names)}
    together = np.hstack([sets[f"pos_{last}"], sets[f"vel_{last}"]])
    assert np.array_equal(LJ.result(size, sets), together)


def test_scalars_have_the_published_values():
    encoder = Encoder(TASK.spec, TASK.spec.size("N4096_M7_steps15"))
    values = {name: array.tolist()[0] for name, array in encoder.scalars.items()}
    assert values["lj_clear_cells.M3"] == 343
    assert values["lj_build_cells.M"] == 7
    assert values["lj_step.N"] == 4096
    assert values["lj_step.L"] == np.float32(18.4)
    assert values["lj_step.rcut2"] == 6.25
    assert values["lj_step.dt"] == np.float32(0.005)
    assert values["lj_step.MAX_PER_CELL"] == 64


def test_strict_cases_are_legal():
    for seed in range(20):
        rng = np.random.default_rng(seed)
        for case in LJ.cases(rng):
            size = Size("case", {**TASK.spec.constants, **case})
            assert size.cells >= 3
            assert size.box / size.cells > np.sqrt(size.rcut2)
            inputs = LJ.case_inputs(size, rng)
            assert inputs["pos4"].shape == inputs["vel4"].shape == (size.n, 4)
            positions = inputs["pos4"][:, :3]
            wrapped = positions - size.box * np.floor(positions / size.box)
            places = np.minimum((wrapped / (size.box / size.cells)).astype(int), size.cells - 1)
            _, counts = np.unique(places, axis=0, return_counts=True)
            assert counts.max() <= size.max_per_cell
            distances = np.linalg.norm(helper("pairs")(positions, size.box, size.rcut2)[2], axis=1)
            assert distances.min() > 0.85


def test_a_pair_at_the_cutoff_may_count_or_not_and_three_may_not():
    size, inputs = small(steps=1)
    reference = TASK.reference(inputs, size)
    pull = helper("forces")(np.array([[0, 0, 0], [2.4999, 0, 0]]), 20.0, 6.25)[0, 0] * size.dt
    for pairs, right in ((0, True), (1, True), (2, True), (4, False)):
        got = reference.copy()
        got[7, 4] += pairs * pull
        check = LJ.strict_check(size, inputs, got, reference)
        assert check.correct == right
    assert check.error_kind == "max_abs_vel"


CLEARING = "atomic_store_explicit(&cell_count[gid], 0u, memory_order_relaxed);"


@pytest.mark.parametrize(
    ("old", "new", "kind"), [(CLEARING, "", "cell_overflow"), ("dz < 3", "dz < 2", "max_abs_pos")]
)
def test_wrong_kernels_are_refused(cpu, old, new, kind):
    assert TASK.seed.count(old) == 1
    result = cpu.evaluate(TASK, TASK.seed.replace(old, new), ["N1728_M5_steps20"])
    assert result.verdict == "incorrect"
    assert result.sizes[0].error_kind == kind


@pytest.mark.parametrize(
    ("old", "new"),
    [("s >= rcut2", "s >= 6.25f"), ("pull * dt", "pull * 0.005f"),
     ("uint j = cell_list[cell * MAX_PER_CELL + slot]", "uint j = cell_list[cell * 64 + slot]"),
     ("vel_out[i] = float4(velocity, 0.0f)", "vel_out[i] = float4(velocity, 1.0f)")],
)  # fmt: skip
def test_what_the_published_check_does_not_see_fails_the_strict_one(cpu, old, new):
    assert TASK.seed.count(old) == 1
    result = cpu.evaluate(
        TASK, TASK.seed.replace(old, new), ["N1728_M5_steps20"], strict=True, strict_seed=7
    )
    assert result.verdict == "ok", result.fail_reason
    assert not result.strict.passed


def test_counts_declared_as_plain_numbers_run_with_a_warning(cpu):
    """Metal binds bytes: which type a kernel reads them as is the kernel's business."""
    source = (HERE / "variants" / "lj_plain_counts.metal").read_text()
    result = cpu.evaluate(TASK, source, ["N1728_M5_steps20"])
    assert result.verdict == "ok"
    [warning] = result.diagnostics
    assert (warning.rule, warning.line) == (
        "signature",
        source[: source.index("device uint")].count("\n") + 1,
    )
