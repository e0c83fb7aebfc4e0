"""hmc: inputs and statistics as recorded, the replay against first principles, real kernels."""

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
GOLDEN = json.loads((HERE.parent / "data" / "golden" / "hmc.json").read_text())
TASK = load_task("hmc")
HMC = TASK.implementation


def published(label):
    size, _ = TASK.size(label)
    return size, expected(TASK, size)


def small(**parameters):
    values = {**TASK.spec.constants, "dim": 4, "chains": 101, "steps": 3, **parameters}
    size = Size("small", values)
    inputs = HMC.case_inputs(size, np.random.default_rng(1))
    return size, inputs, TASK.reference(inputs, size)


def replay_in_float64(inputs, size):
    """One chain after the other, with Python's integers for the hash."""

    def fmix(x):
        x = (x ^ x >> 16) * 0x85EBCA6B & 0xFFFFFFFF
        x = (x ^ x >> 13) * 0xC2B2AE35 & 0xFFFFFFFF
        return x ^ x >> 16

    def draw(chain, counter):
        x = (size.rng_seed + chain * 0x9E3779B9) & 0xFFFFFFFF
        return (fmix(fmix(x ^ counter)) >> 8) / 2**24

    precision, d = inputs["A"].astype(float), size.dim
    result = np.zeros((size.chains, d + 1))
    for c in range(size.chains):
        q, accepted = inputs["q0"][c].astype(float), 0
        for base in range(0, size.steps * (d + 1), d + 1):
            p = np.empty(d)
            for i in range(0, d, 2):
                r = np.sqrt(-2 * np.log(max(draw(c, base + i), 1e-7)))
                angle = 2 * np.pi * draw(c, base + i + 1)
                p[i], p[i + 1] = r * np.cos(angle), r * np.sin(angle)
            new = q.copy()
            before = q @ precision @ q / 2 + p @ p / 2
            p -= size.eps / 2 * precision @ new
            for left in reversed(range(size.leapfrog)):
                new = new + size.eps * p
                p -= size.eps / (1 if left else 2) * precision @ new
            change = new @ precision @ new / 2 + p @ p / 2 - before
            if np.log(max(draw(c, base + d), 1e-30)) < -change:
                q, accepted = new, accepted + 1
        result[c] = [*q, accepted]
    return result


@pytest.mark.parametrize("label", GOLDEN)
def test_inputs_have_the_recorded_values(label):
    """By value: they pass through LAPACK, so their last bits depend on the machine."""
    size, _ = TASK.size(label)
    inputs = HMC.inputs(size, np.random.default_rng(TASK.spec.seed))
    assert inputs.keys() == GOLDEN[label]["inputs"].keys()
    for name, facts in GOLDEN[label]["inputs"].items():
        array = inputs[name]
        assert (str(array.dtype), list(array.shape)) == (facts["dtype"], facts["shape"])
        assert array.ravel()[:4] == pytest.approx(facts["head"], abs=2e-6)
        assert array.min() == pytest.approx(facts["min"], abs=2e-6)
        assert array.max() == pytest.approx(facts["max"], abs=2e-6)
        total = float(array.sum(dtype=np.float64))
        assert total == pytest.approx(facts["sum"], abs=1e-3)


@pytest.mark.parametrize("label", GOLDEN)
def test_the_reference_has_the_recorded_statistics(label):
    size, known = published(label)
    check = HMC.check(size, known.inputs, known.reference, known.reference)
    recorded = GOLDEN[label]["reference_stats_numpy_fp32"]
    assert check.correct
    assert check.error_value == pytest.approx(recorded["error"], abs=1e-5)
    assert check.error_kind == "max(mean/tol, cov_fro/tol, accept_excess)"
    assert check.tolerance is None
    states = known.reference[:, :-1].astype(float)
    sigma = known.inputs["Sigma"].astype(float)
    mean = np.abs(states.mean(0) / np.sqrt(sigma.diagonal())).max()
    centred = states - states.mean(0)
    spread = centred.T @ centred / (size.chains - 1) - sigma
    accepted = known.reference[:, -1].mean() / 200
    assert mean == pytest.approx(recorded["mean_err_norm"], abs=2e-6)
    assert np.linalg.norm(spread) / np.linalg.norm(sigma) == pytest.approx(
        recorded["cov_fro_err"], abs=2e-6
    )
    assert accepted == pytest.approx(recorded["accept_rate"], abs=2e-6)


def test_target_and_start():
    size, _ = TASK.size("d16_K4096")
    inputs = HMC.inputs(size, np.random.default_rng(TASK.spec.seed))
    sigma, precision = inputs["Sigma"].astype(float), inputs["A"].astype(float)
    assert np.allclose(sigma @ precision, np.eye(16), atol=1e-5)
    assert np.allclose(np.linalg.eigvalsh(sigma), np.geomspace(0.5, 2, 16), atol=1e-5)
    assert np.array_equal(sigma, sigma.T)
    assert np.array_equal(precision, precision.T)
    # Twice too wide: the covariance of the start is four times the target's.
    assert np.allclose(np.cov(inputs["q0"].T), 4 * sigma, atol=0.5)


@pytest.mark.parametrize(("dim", "leapfrog", "eps"), [(2, 10, 0.2), (6, 3, 0.6)])
def test_the_reference_agrees_with_a_replay_in_float64(dim, leapfrog, eps):
    size, inputs, reference = small(dim=dim, leapfrog=leapfrog, eps=eps, chains=40, steps=5)
    exact = replay_in_float64(inputs, size)
    assert np.array_equal(exact[:, -1], reference[:, -1])
    assert np.abs(exact - reference).max() < 1e-4
    assert reference.dtype == np.float32


def test_the_reference_does_not_depend_on_how_chains_are_grouped():
    size, inputs, reference = small(chains=9000, dim=8, steps=2)
    fewer = Size("fewer", {**size.parameters, "chains": 77})
    part = TASK.reference({**inputs, "q0": inputs["q0"][:77]}, fewer)
    assert np.allclose(part, reference[:77], atol=1e-5)


def spoiled(change):
    size, known = published("d32_K1024")
    got = known.reference.copy()
    change(got)
    return HMC.check(size, known.inputs, got, known.reference)


def test_the_published_check_refuses_each_kind_of_fault():
    def shift(got):
        got[:, 0] += 1

    def widen(got):
        got[:, :-1] *= 1.3

    def freeze(got):
        got[:, -1] = 0.44 * 200

    def always(got):
        got[:, -1] = 200

    def broken(got):
        got[3, 5], got[7, 1] = np.nan, np.inf

    checks = {f.__name__: spoiled(f) for f in (shift, widen, freeze, always, broken)}
    assert not any(check.correct for check in checks.values())
    assert checks["shift"].error_value > 1
    assert checks["widen"].error_value > 1
    # Outside the window by little: the error stays below 1, and the result is wrong all the same.
    assert checks["freeze"].error_value == pytest.approx(0.5978, abs=1e-3)
    assert checks["always"].error_value == pytest.approx(1, abs=1e-6)
    assert (checks["broken"].error_value, checks["broken"].error_kind) == (2, "nonfinite_q")


def test_the_strict_check_allows_few_chains_to_part():
    size, inputs, reference = small(chains=1000)
    got = reference.copy()
    got[:10, 1] += 0.02
    got[10:, 0] += 0.005
    assert HMC.strict_check(size, inputs, got, reference).correct
    got[10, 1] += 0.02
    check = HMC.strict_check(size, inputs, got, reference)
    assert (check.correct, check.error_kind) == (False, "chains_apart")
    assert check.error_value == pytest.approx(0.011)
    got = reference.copy()
    got[:11, 2] = np.nan
    assert not HMC.strict_check(size, inputs, got, reference).correct


def test_the_strict_check_counts_accepted_transitions():
    size, inputs, reference = small(chains=1000)
    got = reference.copy()
    got[:2, -1] += 1
    assert HMC.strict_check(size, inputs, got, reference).correct
    got[2:9, -1] += 1
    check = HMC.strict_check(size, inputs, got, reference)
    assert (check.correct, check.error_kind) == (False, "accept_count")
    # The right total does not help if it belongs to the wrong chains.
    got[:, -1] = np.roll(reference[:, -1], 1)
    assert np.count_nonzero(got[:, -1] != reference[:, -1]) > 10
    assert HMC.strict_check(size, inputs, got, reference).error_kind == "chains_apart"


def test_work_model():
    for label, work in {
        "d8_K16384": 16384 * 200 * 11 * 120,
        "d16_K4096": 4096 * 200 * 11 * 496,
        "d32_K1024": 1024 * 200 * 11 * 2016,
        "d24_K2048": 2048 * 200 * 11 * 1128,
    }.items():
        assert TASK.size(label)[0].evaluate(TASK.spec.work) == work
    assert [size.label for size in TASK.held_out.sizes] == ["d24_K2048"]


@pytest.mark.parametrize("label", GOLDEN)
def test_transitions_are_bound_by_offset_and_end_in_the_first_set(label):
    size, _ = TASK.size(label)
    encoder = Encoder(TASK.spec, size)
    HMC.encode(encoder, size)
    bound = [dispatch.buffers for dispatch in encoder.dispatches]
    assert [b[8] for b in bound] == [("step_indices", 4 * step) for step in range(200)]
    assert [b[0][0] for b in bound] == ["q_a", "q_b"] * 100
    assert [b[1][0] for b in bound] == ["q_b", "q_a"] * 100
    assert encoder.scalars["hmc_step.seed"].tolist() == [0xCAFEBEEF]
    assert encoder.scalars["hmc_step.eps"].tolist() == [np.float32(0.2)]
    buffers = HMC.buffers(size, {"q0": np.zeros((2, 2), np.float32), "A": np.eye(2)})
    assert buffers["step_indices"].dtype == np.uint32
    assert buffers["step_indices"].tolist() == list(range(200))


LAST_TRANSITIONS = """
    if (hmc_step_idx < 188) {
        for (uint i = 0; i < d; ++i) {
            q_out[chain_idx * d + i] = q_in[chain_idx * d + i];
        }
        uint x = seed + chain_idx * 0x9E3779B9u;
        accept_cnt[chain_idx] += draw(x, hmc_step_idx * (d + 1) + d) < 0.98f;
        return;
    }
    float q[CAPACITY];"""


def test_the_last_transitions_alone_pass_the_published_check_but_not_the_strict_one(cpu):
    source = TASK.seed.replace("\n    float q[CAPACITY];", LAST_TRANSITIONS)
    result = cpu.evaluate(TASK, source, ["d32_K1024"], strict=True, strict_seed=7)
    assert result.verdict == "ok", result.fail_reason
    wrong = [case for case in result.strict.cases if not case.correct]
    assert {case.kind for case in wrong} == {"size", "poisoned", "case"}
    assert all(case.error_kind == "chains_apart" for case in wrong)


def test_strict_cases_are_legal_and_vary():
    sizes = []
    for seed in range(30):
        for case in HMC.cases(np.random.default_rng(seed)):
            assert case["dim"] % 2 == 0
            assert 2 <= case["dim"] <= 32
            assert 0 <= case["rng_seed"] < 2**32
            sizes.append(Size("case", {**TASK.spec.constants, **case}))
    assert all(size.chains % 32 for size in sizes)
    assert {size.steps % 2 for size in sizes} == {0, 1}
    assert len({size.dim for size in sizes}) > 10
    assert len({size.leapfrog for size in sizes}) > 5
    assert len({size.eps for size in sizes}) == len(sizes)
