"""gradshaf against the recorded facts, against closed forms, and on the CPU device."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from assay.kernels.encoding import Encoder, grid
from assay.kernels.folder import load_task
from assay.kernels.launch import Limits, round_up, threadgroup
from assay.kernels.spec import Size

HERE = Path(__file__).parent
RECORDED = json.loads((HERE.parent / "data" / "golden" / "gradshaf.json").read_text())
TASK = load_task("gradshaf")
LARGEST_RECORDED_ERROR = 9.6e-7


def case(**parameters) -> Size:
    return Size("case", {**TASK.spec.constants, "nr": 21, "nz": 13, "steps": 1, **parameters})


def coordinates(size):
    """R and Z of every point, float64[nz, nr] when combined."""
    r = size.Rmin + np.linspace(0, size.breadth, size.nr)
    z = np.linspace(-size.height / 2, size.height / 2, size.nz)[:, None]
    return r, z


def after(psi, size):
    return TASK.reference({"psi0": psi.astype(np.float32)}, size).astype(np.float64)


def centre(size):
    """Coefficient of the central value."""
    return -2 * ((size.nr - 1) / size.breadth) ** 2 - 2 * ((size.nz - 1) / size.height) ** 2


@pytest.mark.parametrize("label", RECORDED)
def test_inputs_and_references_have_the_recorded_values(label):
    size, _ = TASK.size(label)
    inputs = TASK.implementation.inputs(size, np.random.default_rng(TASK.spec.seed))
    facts, recorded = RECORDED[label]["inputs"]["psi0"], RECORDED[label]["reference"]
    assert list(inputs) == ["psi0"]
    psi0 = inputs["psi0"]
    assert (str(psi0.dtype), list(psi0.shape)) == (facts["dtype"], facts["shape"])
    assert psi0.astype(np.float64).sum() == pytest.approx(facts["sum"], rel=1e-6)
    assert (psi0.min(), psi0.max()) == (facts["min"], pytest.approx(facts["max"], rel=1e-6))
    assert not psi0[[0, -1]].any() and not psi0[:, [0, -1]].any()
    reference = TASK.reference(inputs, size)
    assert (str(reference.dtype), list(reference.shape)) == (recorded["dtype"], recorded["shape"])
    assert TASK.spec.tolerance.value(reference) == pytest.approx(
        RECORDED[label]["tolerance"], rel=1e-6
    )
    exact = reference.astype(np.float64)
    assert np.abs(exact).max() == pytest.approx(recorded["max_abs"], rel=1e-6)
    assert exact.sum() == pytest.approx(recorded["sum"], rel=1e-6)
    assert np.sqrt((exact**2).sum()) == pytest.approx(recorded["l2"], rel=1e-6)
    moved = np.abs(reference - psi0).max()
    assert moved == pytest.approx(recorded["displacement"], abs=1e-6)


def test_labels_work_and_poison_are_the_specified_ones():
    hidden = [size.label for size in TASK.held_out.sizes]
    assert [*TASK.spec.sizes, *hidden] == list(RECORDED)
    assert TASK.spec.size("257x257_40").evaluate(TASK.spec.work) == 12 * 257 * 257 * 40
    assert TASK.spec.strict.poison == ("b", "psi_axis")
    assert TASK.spec.strict.value(np.ones(1)) == pytest.approx(LARGEST_RECORDED_ERROR * 10, rel=0.1)


@pytest.mark.parametrize(("label", "last"), [("65x65_30", "a"), ("129x129_35", "b")])
def test_reduction_and_step_alternate_and_the_fields_are_swapped(label, last):
    size, _ = TASK.size(label)
    encoder = Encoder(TASK.spec, size)
    TASK.implementation.encode(encoder, size)
    reductions, steps = encoder.dispatches[::2], encoder.dispatches[1::2]
    assert {d.kernel for d in reductions} == {"gradshaf_axis_reduce"}
    assert {d.kernel for d in steps} == {"gradshaf_step"}
    assert len(reductions) == len(steps) == size.steps
    assert [d.buffers[0] for d in reductions] == [d.buffers[0] for d in steps]
    pairs = [(d.buffers[0][0], d.buffers[1][0]) for d in steps]
    assert pairs == [("a", "b") if step % 2 == 0 else ("b", "a") for step in range(size.steps)]
    assert {d.buffers[1] for d in reductions} == {d.buffers[2] for d in steps} == {("psi_axis", 0)}
    assert pairs[-1][1] == last
    fields = {"a": np.zeros(1), "b": np.ones(1)}
    assert TASK.implementation.result(size, fields) is fields[last]


def test_scalars_have_the_published_values():
    encoder = Encoder(TASK.spec, TASK.spec.size("257x257_40"))
    names = ("NR", "NZ", "Rmin", "dR", "dZ", "p_axis", "mu0", "omega")
    values = [encoder.scalars[f"gradshaf_step.{name}"][0] for name in names]
    assert values == [257, 257, 1, 1 / 256, 1 / 256, 200, 1, 1]


@pytest.mark.parametrize(("most", "width"), [(1024, 256), (256, 256), (255, 128), (32, 32)])
def test_the_reduction_is_one_threadgroup_whatever_the_pipeline_allows(most, width):
    kernel = TASK.spec.kernels["gradshaf_axis_reduce"]
    group = threadgroup(kernel.threadgroup.rule, int(kernel.threadgroup.width), Limits(most))
    assert group == (width, 1, 1)
    assert round_up(grid(kernel, TASK.spec.size("65x65_30")), group) == group


def test_without_a_source_a_function_that_the_operator_annuls_stays():
    size = case(nr=17, nz=23, p_axis=0.0, steps=3)
    r, z = coordinates(size)
    assert after(r**2 + 0 * z, size) == pytest.approx(r**2 + 0 * z, abs=2e-6)


def test_without_a_source_a_parabola_along_z_changes_by_its_curvature():
    size = case(p_axis=0.0, omega=0.75, breadth=0.9, height=1.3)
    r, z = coordinates(size)
    psi = z**2 + 0 * r
    expected = psi.copy()
    expected[1:-1, 1:-1] -= 0.75 * 2 / centre(size)
    assert after(psi, size) == pytest.approx(expected, abs=1e-6)


def test_the_source_is_scaled_by_the_largest_value_inside():
    size = case(Rmin=0.6, breadth=1.4, height=0.9, p_axis=30.0, mu0=1.3, omega=0.8)
    r, z = coordinates(size)
    psi = r**2 + 0 * z
    n = psi[1:-1, 1:-1] / r[-2] ** 2
    source = -1.3 * r[1:-1] ** 2 * 30 * 4 * n * (1 - n)
    expected = psi.copy()
    expected[1:-1, 1:-1] += 0.8 * source / centre(size)
    assert np.abs(expected - psi).max() > 0.01
    assert after(psi, size) == pytest.approx(expected, abs=3e-6)


def test_negative_values_make_no_source():
    size = case(nr=5, nz=5, p_axis=1000.0)
    psi = np.zeros((5, 5))
    psi[2, 2], psi[1, 1] = 1.0, -0.5
    quiet = after(psi, case(nr=5, nz=5, p_axis=0.0))
    assert after(psi, size)[1, 1] == quiet[1, 1]
    assert after(psi, size)[2, 2] == quiet[2, 2]


def test_strict_cases_differ_in_everything_and_have_the_largest_values_outside():
    for seed in range(20):
        cases = list(TASK.implementation.cases(np.random.default_rng(seed)))
        assert [one["steps"] for one in cases] == [1, 2, 3, 4]
        for index, parameters in enumerate(cases):
            size = case(**parameters)
            assert size.nr != size.nz
            assert all(size.parameters[name] != TASK.spec.constants[name]
                       for name in ("Rmin", "p_axis", "mu0", "omega"))  # fmt: skip
            psi0 = TASK.implementation.case_inputs(size, np.random.default_rng(index))["psi0"]
            inside = psi0[1:-1, 1:-1]
            outside = np.concatenate([psi0[0], psi0[-1], psi0[:, 0], psi0[:, -1]])
            assert outside.min() > inside.max() > 0
            assert psi0.dtype == np.float32


FAULTS = {
    "maximum over everything": (
        ("uint columns = NR - 2;", "uint columns = NR;"),
        ("(NZ - 2)", "NZ"),
        ("% columns + 1", "% columns"),
        ("/ columns + 1", "/ columns"),
    ),
    "pressure of the published sizes": (("R * p_axis * 4.0f", "R * 200.0f * 4.0f"),),
    "permeability left out": (("(-mu0 * R", "(-R"),),
    "relaxation left out": (("psi + omega * (", "psi + ("),),
    "first radius of the published sizes": (("Rmin + float", "1.0f + float"),),
    "source not limited": (("if (n > 0.0f && n < 1.0f) {", "{"),),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_the_strict_verdict_sees_what_the_published_one_does_not(cpu, fault):
    source = TASK.seed
    for old, new in FAULTS[fault]:
        assert source.count(old) == 1
        source = source.replace(old, new)
    result = cpu.evaluate(TASK, source, ["65x65_30"], strict=True, strict_seed=7)
    assert result.verdict == "ok", result.fail_reason
    assert not result.strict.passed
    assert result.strict.cases[-1].error_kind == "max_abs"


def test_a_boundary_that_is_never_written_fails_the_strict_verdict(cpu):
    copied = "        psi_out[cell] = psi;\n        return;"
    assert TASK.seed.count(copied) == 1
    source = TASK.seed.replace(copied, "        return;")
    result = cpu.evaluate(TASK, source, ["65x65_30"], strict=True, strict_seed=7)
    assert result.strict is None or not result.strict.passed
