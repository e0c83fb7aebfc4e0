"""compact: selections that are known in advance, correct kernels that pass and wrong ones that do
not."""

from __future__ import annotations

import numpy as np
import pytest

from assay.kernels.encoding import Encoder
from assay.kernels.folder import load_task
from assay.kernels.prompts import brief
from assay.kernels.spec import Size

TASK = load_task("compact")
SMALLEST = "64K"


def sized(n, threshold=0.5):
    return Size("any", {"N": n, "threshold": threshold})


def compacted(x, threshold):
    x = np.asarray(x, np.float32)
    return TASK.reference({"x": x}, sized(x.size, threshold))


def test_selected_elements_keep_their_order_before_zeros_and_their_number():
    result = compacted([3, -1, 2, 2, 5, -7], 1.5)
    assert result.tolist() == [3, 2, 2, 5, 0, 0, 4]


def test_an_element_equal_to_the_threshold_goes():
    assert compacted([0.1, 0.1000001, 0.0999999], 0.1).tolist() == [np.float32(0.1000001), 0, 0, 1]


def test_everything_or_nothing_can_be_kept():
    x = np.random.default_rng(2).standard_normal(4099).astype(np.float32)
    assert np.array_equal(compacted(x, -100), np.append(x, np.float32(4099)))
    assert not compacted(x, 100).any()


def test_the_reference_is_what_boolean_indexing_gives():
    x = np.random.default_rng(3).standard_normal(10_007).astype(np.float32)
    result = compacted(x, 0.25)
    kept = [value for value in x.tolist() if value > 0.25]
    assert result[: len(kept)].tolist() == kept
    assert result[-1] == len(kept)
    assert not result[len(kept) : -1].any()


@pytest.mark.parametrize("label", [*TASK.spec.sizes, "3M"])
def test_half_of_the_published_inputs_is_kept(label):
    size, _ = TASK.size(label)
    inputs = TASK.implementation.inputs(size, np.random.default_rng(TASK.spec.seed))
    result = TASK.reference(inputs, size)
    # The number is binomial; this is six standard deviations. A float32 holds it exactly.
    assert abs(result[-1] - size.N / 2) < 3 * np.sqrt(size.N)
    assert size.N < 2**24
    assert result[-1] == np.count_nonzero(inputs["x"] > 0.5)


def test_count_scan_and_scatter_follow_each_other():
    encoder = Encoder(TASK.spec, sized(1025))
    TASK.implementation.encode(encoder, sized(1025))
    names = [dispatch.kernel for dispatch in encoder.dispatches]
    assert names == ["compact_count", "compact_scan", "compact_scatter"]
    assert encoder.scalars["compact_scan.blocks"].tolist() == [2]
    buffers = TASK.implementation.buffers(sized(1025), {"x": np.ones(1025, np.float32)})
    assert {name: len(array) for name, array in buffers.items()} == {
        "x": 1025, "counts": 2, "offsets": 2, "total": 1, "out": 1025,
    }  # fmt: skip


@pytest.mark.parametrize(("n", "threads"), [(1, 256), (1024, 256), (1025, 512), (65536, 16384)])
def test_a_threadgroup_has_a_block(n, threads):
    for name in ("compact_count", "compact_scatter"):
        assert sized(n).evaluate(TASK.spec.kernels[name].grid[0]) == threads


def test_strict_cases_end_within_blocks_and_keep_all_some_or_nothing():
    for seed in range(20):
        rng = np.random.default_rng(seed)
        cases = list(TASK.implementation.cases(rng))
        assert len({case["threshold"] for case in cases}) == len(cases)
        shares = []
        for case in cases:
            size = sized(case["N"], case["threshold"])
            x = TASK.implementation.case_inputs(size, rng)["x"]
            shares.append(np.mean(x > np.float32(size.threshold)))
        assert min(shares) == 0
        assert max(shares) > 0.85
        assert sum(case["N"] % 1024 != 0 for case in cases) >= 5


def test_work_is_twelve_bytes_per_element():
    assert TASK.spec.size("1M").evaluate(TASK.spec.work) == 12 * 2**20


def test_the_brief_states_signature_and_launch():
    text = brief(TASK.spec)
    phrases = [
        "constant uint &blocks [[buffer(3)]]",
        "exactly 256 x 1 x 1",
        "compact_scan: grid 256",
    ]
    for phrase in phrases:
        assert phrase in text


# Kernels that are right on the published inputs, and wrong.
EXPOSED = {
    "tail not written": ("            out[i] = 0.0f;\n", "", "poisoned"),
    "threshold built in": ("x[i] > threshold", "x[i] > 0.5f", "case"),
    "whole blocks only": ("min(first + EACH, N)", "first + EACH", "case"),
    "threshold included": ("x[i] > threshold", "x[i] >= threshold", "case"),
    "total not written": ("    total[0] = sum;\n", "    if (blocks > 1) { total[0] = sum; }\n",
                          "case"),
}  # fmt: skip


@pytest.mark.parametrize("name", EXPOSED)
def test_the_strict_check_exposes(cpu, name):
    old, new, kind = EXPOSED[name]
    assert old in TASK.seed
    result = cpu.evaluate(
        TASK, TASK.seed.replace(old, new), [SMALLEST], name, strict=True, strict_seed=7
    )
    assert result.verdict == "ok", result.fail_reason
    assert not result.strict.passed
    assert next(case for case in result.strict.cases if not case.correct).kind == kind


def test_the_order_counts(cpu):
    """A kernel that lines up the threads of a block from the last to the first."""
    forward = "uint before = 0; before < thread_id;"
    assert forward in TASK.seed
    backward = "uint before = thread_id + 1; before < BLOCK / EACH;"
    source = TASK.seed.replace(forward, backward)
    assert cpu.evaluate(TASK, source, [SMALLEST]).verdict == "incorrect"
