"""lbm against the recorded facts, against physics, and on the CPU device."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from assay.kernels.encoding import Encoder
from assay.kernels.folder import load_task
from assay.kernels.spec import Size

HERE = Path(__file__).parent
RECORDED = json.loads((HERE.parent / "data" / "golden" / "lbm.json").read_text())
TASK = load_task("lbm")
LARGEST_RECORDED_ERROR = 3.1e-6
DIRECTIONS = np.array([[0, 1, 0, -1, 0, 1, -1, -1, 1], [0, 0, 1, 0, -1, 1, 1, -1, -1]])
WEIGHTS = np.array([4 / 9] + [1 / 9] * 4 + [1 / 36] * 4)[:, None, None]


def case(**parameters) -> Size:
    return Size("case", {"nx": 16, "ny": 16, "steps": 1, "tau": 0.8, **parameters})


def drawn(size, seed=1):
    return TASK.implementation.case_inputs(size, np.random.default_rng(seed))["f0"]


def after(f0, size):
    return TASK.reference({"f0": f0}, size).astype(np.float64)


def momentum(f):
    return np.einsum("dk,kyx->d", DIRECTIONS, f.astype(np.float64))


@pytest.mark.parametrize("label", RECORDED)
def test_inputs_and_references_are_the_recorded_ones(label, digest):
    size, _ = TASK.size(label)
    inputs = TASK.implementation.inputs(size, np.random.default_rng(TASK.spec.seed))
    facts, recorded = RECORDED[label]["inputs"]["f0"], RECORDED[label]["reference"]
    assert list(inputs) == ["f0"]
    assert (str(inputs["f0"].dtype), list(inputs["f0"].shape)) == (facts["dtype"], facts["shape"])
    assert digest(inputs["f0"]) == facts["sha"]
    reference = TASK.reference(inputs, size)
    assert (str(reference.dtype), list(reference.shape)) == (recorded["dtype"], recorded["shape"])
    assert TASK.spec.tolerance.value(reference) == pytest.approx(
        RECORDED[label]["tolerance"], rel=1e-6
    )
    exact = reference.astype(np.float64)
    assert np.abs(exact).max() == pytest.approx(recorded["max_abs"], rel=3e-7)
    assert exact.sum() == pytest.approx(recorded["sum"], rel=1e-7)
    assert np.sqrt((exact**2).sum()) == pytest.approx(recorded["l2"], rel=1e-7)
    moved = np.abs(reference - inputs["f0"]).max()
    assert moved == pytest.approx(recorded["displacement"], abs=3e-7)


def test_labels_work_and_poison_are_the_specified_ones():
    hidden = [size.label for size in TASK.held_out.sizes]
    assert [*TASK.spec.sizes, *hidden] == list(RECORDED)
    size = TASK.spec.size("128x128_100")
    assert size.evaluate(TASK.spec.work) == 72 * 128 * 128 * 100
    assert TASK.spec.strict.poison == ("b",)
    assert LARGEST_RECORDED_ERROR * 20 > TASK.spec.strict.absolute > LARGEST_RECORDED_ERROR * 9


@pytest.mark.parametrize(("label", "last"), [("64x64_50", "a"), ("192x192_75", "b")])
def test_sets_are_swapped_and_the_last_one_is_the_result(label, last):
    size, _ = TASK.size(label)
    encoder = Encoder(TASK.spec, size)
    TASK.implementation.encode(encoder, size)
    pairs = [(d.buffers[0][0], d.buffers[1][0]) for d in encoder.dispatches]
    assert pairs == [("a", "b") if step % 2 == 0 else ("b", "a") for step in range(size.steps)]
    assert pairs[-1][1] == last
    sets = {"a": np.zeros(1), "b": np.ones(1)}
    assert TASK.implementation.result(size, sets) is sets[last]
    assert encoder.scalars["lbm_step.tau"].tolist() == [np.float32(0.8)]


def test_mass_and_momentum_are_conserved():
    size = case(nx=13, ny=29, steps=7, tau=0.7)
    f0 = drawn(size)
    f = after(f0, size)
    assert f.sum() == pytest.approx(f0.astype(np.float64).sum(), rel=1e-6)
    assert momentum(f) == pytest.approx(momentum(f0), abs=1e-4)
    assert np.abs(f - f0).max() > 0.01


def test_a_fluid_at_rest_stays_at_rest():
    rest = (WEIGHTS * np.ones((16, 16))).astype(np.float32)
    assert after(rest, case(steps=20)) == pytest.approx(rest, abs=3e-7)


def test_a_shifted_start_gives_a_shifted_result():
    size = case(nx=11, ny=17, steps=4)
    f0 = drawn(size)
    shifted = np.roll(f0, (5, -3), axis=(1, 2))
    assert np.array_equal(after(shifted, size), np.roll(after(f0, size), (5, -3), axis=(1, 2)))


def test_populations_travel_along_their_directions():
    # With an infinite relaxation time nothing collides.
    size = case(nx=9, ny=7, tau=1e30)
    f0 = drawn(size)
    f = after(f0, size)
    for k, (cx, cy) in enumerate(DIRECTIONS.T):
        for j, i in ((0, 0), (6, 8), (3, 4)):
            assert f[k, (j + cy) % 7, (i + cx) % 9] == f0[k, j, i]


def test_a_shear_wave_decays_with_the_viscosity_of_the_relaxation_time():
    n, steps, tau = 64, 200, 0.9
    wave = 2 * np.pi / n
    u = 1e-3 * np.sin(wave * np.arange(n))[:, None] * np.ones((1, 4))
    f0 = (WEIGHTS * (1 + 3 * DIRECTIONS[0][:, None, None] * u)).astype(np.float32)
    f = after(f0, case(nx=4, ny=n, steps=steps, tau=tau))
    left = np.einsum("k,kyx->yx", DIRECTIONS[0], f) / f.sum(axis=0)
    viscosity = (tau - 0.5) / 3
    assert left == pytest.approx(u * np.exp(-viscosity * wave**2 * steps), abs=1e-5)


def test_strict_cases_are_unequal_and_cover_few_steps():
    for seed in range(100):
        cases = list(TASK.implementation.cases(np.random.default_rng(seed)))
        assert [one["steps"] for one in cases] == [1, 2, 3, 5]
        assert all(one["nx"] != one["ny"] and one["tau"] != 0.8 for one in cases)
        assert min(cases[2]["nx"], cases[2]["ny"]) < 16


FAULTS = {
    "relaxation time of the published sizes": ("/ tau;", "/ 0.8f;"),
    "extents swapped": ("% nx", "% ny"),
    "half precision between steps": (
        "] = g[k] - (g[k] - balance) / tau;",
        "] = W[k] + float(half(g[k] - (g[k] - balance) / tau - W[k]));",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_the_strict_verdict_sees_what_the_published_one_does_not(cpu, fault):
    old, new = FAULTS[fault]
    assert TASK.seed.count(old) == 1
    result = cpu.evaluate(
        TASK, TASK.seed.replace(old, new), ["64x64_50"], strict=True, strict_seed=7
    )
    assert result.verdict == "ok", result.fail_reason
    assert not result.strict.passed
