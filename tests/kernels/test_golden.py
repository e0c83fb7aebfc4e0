"""Inputs and references against the recorded facts of the published suite."""

from __future__ import annotations

import numpy as np
import pytest

from assay.kernels.encoding import Encoder
from assay.kernels.folder import load_task, task_names

# 64M takes seven seconds and 800 MB; it draws from the same two lines of code.
CASES = [
    ("saxpy", "1M"),
    ("saxpy", "16M"),
    ("saxpy", "4M"),
    ("heat2d", "256x256_50"),
    ("heat2d", "512x512_100"),
    ("heat2d", "1024x1024_50"),
    ("heat2d", "768x768_75"),
    ("nbody", "256_10"),
    ("nbody", "1024_10"),
    ("nbody", "2048_10"),
    ("nbody", "512_10"),
]


def computed(name, label):
    task = load_task(name)
    size, _ = task.size(label)
    inputs = task.implementation.inputs(size, np.random.default_rng(task.spec.seed))
    return task, size, inputs


@pytest.mark.parametrize(("name", "label"), CASES)
def test_inputs_match_the_recorded_digests(name, label, golden, digest):
    _, _, inputs = computed(name, label)
    recorded = golden[name][label]["inputs"]
    assert {key: digest(array) for key, array in inputs.items()} == {
        key: facts["sha"] for key, facts in recorded.items()
    }
    for key, facts in recorded.items():
        assert inputs[key].dtype == facts["dtype"]
        assert list(inputs[key].shape) == facts["shape"]


@pytest.mark.parametrize(("name", "label"), [case for case in CASES if case[0] != "saxpy"])
def test_references_match_the_recorded_values(name, label, golden):
    task, size, inputs = computed(name, label)
    result = task.reference(inputs, size).astype(np.float64)
    if name == "nbody":
        result = result[:, :3]  # Positions alone are recorded.
    recorded = golden[name][label]["reference"]
    assert list(result.shape) == recorded["shape"]
    assert np.abs(result).max() == pytest.approx(recorded["max_abs"], rel=3e-7)
    assert result.sum() == pytest.approx(recorded["sum"], rel=1e-6)
    assert np.sqrt((result**2).sum()) == pytest.approx(recorded["l2"], rel=1e-7)
    if "displacement" in recorded:
        moved = np.abs(result - inputs["pos4"][:, :3]).max()
        assert moved == pytest.approx(recorded["displacement"], abs=3e-7)
    tolerance = task.spec.tolerance.value(result.astype(np.float32))
    assert tolerance == pytest.approx(golden[name][label]["tolerance"], rel=1e-6)


def test_heat2d_reference_is_the_recorded_one_bit_for_bit(golden, digest):
    task, size, inputs = computed("heat2d", "256x256_50")
    recorded = golden["heat2d"]["256x256_50"]["reference"]["sha"]
    assert digest(task.reference(inputs, size)) == recorded


def test_saxpy_reference_rounds_product_and_sum_apart():
    task, size, inputs = computed("saxpy", "1M")
    x, y0 = inputs["x"].astype(np.float64), inputs["y0"].astype(np.float64)
    product = (2.5 * x).astype(np.float32).astype(np.float64)
    assert np.array_equal(task.reference(inputs, size), (product + y0).astype(np.float32))


def test_saxpy_tolerance_has_a_floor_of_one():
    tolerance = load_task("saxpy").spec.tolerance
    assert tolerance.value(np.array([0.25], np.float32)) == 1e-5
    assert tolerance.value(np.array([-8.0], np.float32)) == 8e-5


@pytest.mark.parametrize(
    ("name", "label", "work"),
    [
        ("saxpy", "16M", 12 * 2**24),
        ("saxpy", "64M", 12 * 2**26),
        ("heat2d", "512x512_100", 8 * 512 * 512 * 100),
        ("nbody", "2048_10", 20 * 2048 * 2048 * 10),
    ],
)
def test_work_models(name, label, work):
    task = load_task(name)
    assert task.spec.size(label).evaluate(task.spec.work) == work


def test_every_published_label_exists_and_only_those(golden):
    assert set(golden) <= set(task_names())
    for name, labels in golden.items():
        task = load_task(name)
        hidden = [size.label for size in task.held_out.sizes]
        assert [*task.spec.sizes, *hidden] == list(labels)
        assert len(task.spec.sizes) == 3


@pytest.mark.parametrize(("label", "last"), [("256x256_50", "a"), ("768x768_75", "b")])
def test_heat2d_swaps_its_fields_and_ends_in_the_right_one(label, last):
    task = load_task("heat2d")
    size, _ = task.size(label)
    encoder = Encoder(task.spec, size)
    task.implementation.encode(encoder, size)
    assert len(encoder.dispatches) == size.steps
    assert encoder.dispatches[0].buffers[0] == ("a", 0)
    assert encoder.dispatches[0].buffers[1] == ("b", 0)
    assert encoder.dispatches[1].buffers[0] == ("b", 0)
    assert encoder.dispatches[-1].buffers[1] == (last, 0)
    fields = {"a": np.zeros(1), "b": np.ones(1)}
    assert task.implementation.result(size, fields) is fields[last]


def test_scalars_have_the_published_values_and_types():
    task = load_task("nbody")
    encoder = Encoder(task.spec, task.spec.size("256_10"))
    expected = {"N": np.uint32(256), "dt": np.float32(1e-3), "eps": np.float32(0.05),
                "G": np.float32(1)}  # fmt: skip
    for name, value in expected.items():
        scalar = encoder.scalars[f"nbody_step.{name}"]
        assert scalar.dtype == value.dtype
        assert scalar.tolist() == [value]
