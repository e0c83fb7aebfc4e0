"""ising: inputs and final spins to the last byte, the reference against a plain loop, kernels."""

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
GOLDEN = json.loads((HERE.parent / "data" / "golden" / "ising.json").read_text())
TASK = load_task("ising")
ISING = TASK.implementation


def small(nx=6, ny=10, passes=7, seed=3, **parameters):
    constants = TASK.spec.constants
    size = Size("small", {**constants, "nx": nx, "ny": ny, "passes": passes, **parameters})
    return size, ISING.case_inputs(size, np.random.default_rng(seed))


def plain_replay(inputs, size):
    """Site by site, with Python's integers for the hash."""

    def fmix(x):
        x = (x ^ x >> 16) * 0x85EBCA6B & 0xFFFFFFFF
        x = (x ^ x >> 13) * 0xC2B2AE35 & 0xFFFFFFFF
        return x ^ x >> 16

    s, nx, ny = inputs["spins0"].tolist(), size.nx, size.ny
    for step in range(size.passes):
        key = fmix((size.rng_seed + step * 0x9E3779B9) & 0xFFFFFFFF)
        for j in range(ny):
            for i in range((step + j) % 2, nx, 2):
                h = s[j][i - 1] + s[j][(i + 1) % nx] + s[j - 1][i] + s[(j + 1) % ny][i]
                u = np.float32((fmix(key ^ (j * nx + i)) >> 8) / 2**24)
                if u < inputs["p_accept"][(s[j][i] * h + 4) // 2]:
                    s[j][i] = -s[j][i]
    return np.array(s, np.int8)


@pytest.mark.parametrize("label", GOLDEN)
def test_inputs_and_reference_have_the_recorded_digests(label, digest):
    size, _ = TASK.size(label)
    known = expected(TASK, size)
    recorded = GOLDEN[label]
    assert known.inputs.keys() == recorded["inputs"].keys()
    for name, facts in recorded["inputs"].items():
        assert digest(known.inputs[name]) == facts["sha"]
        assert str(known.inputs[name].dtype) == facts["dtype"]
    assert digest(known.reference) == recorded["reference"]["sha"]
    assert known.reference.dtype == np.int8
    assert int((known.reference == 1).sum()) == recorded["reference"]["nplus"]


def test_the_table_has_the_published_bits():
    _, inputs = small()
    bits = inputs["p_accept"].view(np.uint32).tolist()
    assert bits == [0x3F800000] * 3 + [0x3E3ED8D2, 0x3D0E468F]


@pytest.mark.parametrize(
    ("nx", "ny", "passes", "beta"), [(6, 10, 7, 0.42), (2, 4, 5, 0.1), (14, 2, 6, 0.8)]
)
def test_the_reference_agrees_with_a_plain_loop(nx, ny, passes, beta):
    size, inputs = small(nx, ny, passes, beta=beta, rng_seed=12345)
    assert np.array_equal(TASK.reference(inputs, size), plain_replay(inputs, size))


def test_a_pass_leaves_the_other_colour_alone():
    size, inputs = small(64, 32, 1)
    changed = TASK.reference(inputs, size) != inputs["spins0"]
    j, i = np.nonzero(changed)
    assert changed.sum() > 100
    assert not ((i + j) % 2).any()


def test_cold_spins_line_up_and_hot_ones_always_flip():
    size, _ = small(32, 32, 2)
    up = {"spins0": np.ones((32, 32), np.int8)}
    never = np.array([1, 1, 1, 0, 0], np.float32)
    always = np.ones(5, np.float32)
    assert (TASK.reference({**up, "p_accept": never}, size) == 1).all()
    assert (TASK.reference({**up, "p_accept": always}, size) == -1).all()


@pytest.mark.parametrize("wrong", [1, 17])
def test_every_spin_counts(wrong):
    size, inputs = small()
    reference = TASK.reference(inputs, size)
    got = reference.copy()
    assert ISING.check(size, inputs, got, reference).error_value == 0
    got.flat[:wrong] = 0
    for check in (
        ISING.check(size, inputs, got, reference),
        ISING.strict_check(size, inputs, got, reference),
    ):
        assert not check.correct
        assert (check.error_value, check.error_kind) == (wrong, "spin_disagreements")
        assert check.tolerance == GOLDEN["256x256_100"]["tolerance"]


@pytest.mark.parametrize("label", GOLDEN)
def test_work_model_and_passes(label):
    size, _ = TASK.size(label)
    side, sweeps = int(label.split("x")[0]), int(label.split("_")[1])
    assert size.evaluate(TASK.spec.work) == 2 * side * side * sweeps
    encoder = Encoder(TASK.spec, size)
    ISING.encode(encoder, size)
    assert len(encoder.dispatches) == 2 * sweeps
    for step, dispatch in enumerate(encoder.dispatches):
        assert dispatch.buffers[0] == ("spins", 0)
        assert dispatch.buffers[4] == ("step_indices", 4 * step)
    assert encoder.scalars["ising_step.seed"].tolist() == [0xC0FFEE01]


def test_strict_cases_are_legal_and_vary():
    cases = [case for seed in range(30) for case in ISING.cases(np.random.default_rng(seed))]
    # An odd extent would make neighbours of sites of one colour where the lattice closes.
    assert all(case["nx"] % 2 == 0 and case["ny"] % 2 == 0 for case in cases)
    assert all(case["nx"] != case["ny"] for case in cases)
    assert {case["passes"] % 2 for case in cases} == {0, 1}
    assert len({case["beta"] for case in cases}) == len(cases)
    assert len({case["rng_seed"] for case in cases}) == len(cases)
    assert any(case["nx"] % 16 for case in cases)


TABLE = "(s * h <= 0 ? 1.0f : as_type<float>(s * h == 2 ? 0x3E3ED8D2u : 0x3D0E468Fu))"
BAKED = [
    ("p_accept[(s * h + 4) / 2]", TABLE),
    ("seed + step_idx", "0xC0FFEE01u + step_idx"),
    ("j == NY - 1 ? 0", "j == NX - 1 ? 0"),
]


@pytest.mark.parametrize(("old", "new"), BAKED)
def test_baked_in_values_fail_the_strict_check(cpu, old, new):
    assert TASK.seed.count(old) == 1
    result = cpu.evaluate(
        TASK, TASK.seed.replace(old, new), ["256x256_100"], strict=True, strict_seed=7
    )
    assert result.verdict == "ok", result.fail_reason
    assert not result.strict.passed
