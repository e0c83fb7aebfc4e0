"""What is checked around the result: canaries, repetitions, times too short to be true."""

from __future__ import annotations

import numpy as np
import pytest

from assay.kernels import memory as memory_module
from assay.kernels.evaluator import Evaluator, Settings
from assay.kernels.memory import BAND, CHUNK, Memory, poisoned, same_bytes
from assay.kernels.roofline import Ceilings
from assay.kernels.suspicion import suspicion

ROOFS = Ceilings(bandwidth_gb_s=200.0, fp32_gflops=4500.0, source="test")


def test_the_same_bytes_are_equal_and_others_are_not():
    values = np.arange(CHUNK, dtype=np.float32)
    values[3] = np.nan
    assert same_bytes(values, values.copy())
    for place in (0, CHUNK // 4 - 1, CHUNK // 4, CHUNK - 1):
        other = values.copy()
        other[place] = -values[place] - 1
        assert not same_bytes(values, other)
    assert not same_bytes(np.zeros(1), -np.zeros(1)), "0 and -0 differ"


def test_poison_cannot_be_mistaken_for_data():
    assert np.isnan(poisoned(np.zeros((2, 3), np.float32))).all()
    assert (poisoned(np.zeros(3, np.uint32)) == 0xFFFFFFFF).all()
    assert (poisoned(np.zeros(3, np.int8)) == -1).all()
    assert np.isnan(poisoned(np.zeros(2, np.float16))).all()


def test_changed_elements_are_counted(fake):
    memory = Memory(fake.Device(), np.ones((4, 5), np.float32))
    memory.rewrite()
    assert memory.changes() == 0
    memory.view[1, 2] = 3
    memory.view[3, 4] = np.nan
    assert memory.changes() == 2
    memory.rewrite()
    assert memory.changes() == 0


@pytest.mark.parametrize("place", [0, BAND - 1, BAND + 20, -1])
def test_bands_show_writes_where_the_device_does_not_guard(fake, place):
    memory = Memory(fake.BareDevice(), np.ones(5, np.float32))
    memory.rewrite()
    assert memory.buffer.nbytes == 20 + 2 * BAND
    assert memory.view.tolist() == [1] * 5
    assert memory.intact()
    memory.buffer.view(np.uint8)[place] += 1
    assert not memory.intact()
    assert memory.changes() == 0


def test_a_guarded_buffer_has_no_bands(fake):
    memory = Memory(fake.Device(), np.ones(5, np.float32))
    assert (memory.buffer.nbytes, memory.offset) == (20, 0)
    memory.buffer.intact = False
    assert not memory.intact()


def test_a_write_behind_a_buffer_is_a_verdict(fake, twice):
    honest = "def twice(b, grid):\n    n = len(b[0]) - 1024\n    b[1][:n] = b[0][:n] * b[2][0]\n"
    settings = Settings(warmup=0, measure=1)
    with Evaluator("fake", settings, fake.open_bare_device) as evaluator:
        assert evaluator.evaluate(twice, honest).verdict == "ok"
        result = evaluator.evaluate(twice, honest + "    b[1][n] = 1\n")
    assert result.verdict == "incorrect"
    assert result.sizes[0].error_kind == "canary_modified"
    assert "around 'y'" in result.fail_reason


@pytest.mark.parametrize("bad", range(14))
def test_a_wrong_repetition_is_found_wherever_it_counts(evaluator, twice, bad):
    source = (
        "calls = 0\ndef twice(b, grid):\n    global calls\n"
        f"    b[1][:] = b[0] * (2 if calls != {bad} else 2.5)\n    calls += 1\n"
    )
    result = evaluator.evaluate(twice, source, ["small"])
    if bad in (1, 2):
        assert result.verdict == "ok", "warm-up: neither timed nor compared"
        return
    assert result.verdict == "incorrect"
    assert result.sizes[0].error_kind == ("max_abs" if bad == 0 else "repetition_differs")


def test_results_may_differ_within_the_tolerance(evaluator, twice):
    source = (
        "calls = 0\ndef twice(b, grid):\n    global calls\n    calls += 1\n"
        "    b[1][:] = b[0] * 2 + 1e-7 * calls % 5e-7\n"
    )
    result = evaluator.evaluate(twice, source, ["small"])
    assert result.verdict == "ok", result.fail_reason
    assert result.sizes[0].error_value > 2e-7, "the worst one is reported"


def test_changed_inputs_have_their_own_error_kind(evaluator, twice, good):
    result = evaluator.evaluate(twice, good + "    b[0][:3] = 0\n", ["small"])
    [size] = result.sizes
    assert (size.error_kind, size.error_value, size.tolerance) == ("input_modified", 3, 0)


@pytest.mark.parametrize(
    ("kind", "achieved", "flagged"),
    [
        ("fp32", 6700, False),
        ("fp32", 6800, True),
        ("bandwidth", 1000, False),
        ("bandwidth", 17_900, False),
        ("bandwidth", 18_100, True),
    ],
)
def test_throughput_beyond_the_machine_is_suspicious(kind, achieved, flagged):
    text = suspicion(kind, achieved * 1e9, 1.0, None, ROOFS)
    assert (text is not None) == flagged
    if flagged:
        assert f"{achieved:.4g}" in text


@pytest.mark.parametrize(("seconds", "flagged"), [(0.51, False), (0.49, True), (0.0, False)])
def test_less_than_half_of_the_attainable_time_is_suspicious(seconds, flagged):
    text = suspicion("bandwidth", 100e9, seconds, 1.0, ROOFS)
    assert (text is not None) == flagged
    if flagged:
        assert "200 GB/s (caches included)" in text


TOUCHES = "calls = 0\ndef twice(b, grid):\n    global calls\n    calls += 1\n" + (
    "    b[1][:] = b[0] * 2\n    if calls == {}: b[0][0] += 1\n"
)


def test_an_input_changed_while_nobody_looks_is_found_at_the_next_look(evaluator, twice):
    result = evaluator.evaluate(twice, TOUCHES.format(3), ["small"])
    assert (result.verdict, result.sizes[0].error_kind) == ("incorrect", "input_modified")


@pytest.mark.parametrize("guilty", [0, 1])
def test_nobody_is_blamed_for_inputs_that_another_changed(fake, twice, good, guilty):
    from assay.kernels.faults import Failure
    from assay.kernels.harness import Allowance, Plan, build, measure
    from assay.kernels.references import expected
    from assay.kernels.workload import Workload

    def allowance():
        return Allowance(10, lambda seconds: None)

    device, size = fake.Device(), twice.spec.size("small")
    sources = [good, good]
    sources[guilty] = TOUCHES.format(5)
    programs = [build(device, twice.spec, source, allowance()) for source in sources]
    with pytest.raises(Failure, match="changed 'x'") as caught:
        measure(
            programs, Workload(device, twice, size, expected(twice, size)), Plan(3, 2), allowance
        )
    assert caught.value.contestant == guilty


def test_large_arrays_are_copied_and_compared_in_parts(monkeypatch):
    monkeypatch.setattr(memory_module, "SHARED", 64)
    monkeypatch.setattr(memory_module, "THREADS", 3)
    for count in (16, 17, 100, 1001):
        source = np.arange(count, dtype=np.float32).reshape(-1, 1)
        target = np.zeros_like(source)
        memory_module.copy(target, source)
        assert np.array_equal(target, source)
        for place in (0, count // 3, count // 3 + 1, 2 * count // 3, count - 1):
            assert same_bytes(target, source)
            target[place] += 0.5
            assert not same_bytes(target, source)
            target[place] = source[place]


def test_a_suspicious_time_is_flagged_and_changes_no_verdict(evaluator, twice, good):
    result = evaluator.evaluate(twice, good + "SECONDS = 1e-9\n", ["small"])
    assert result.verdict == "ok"
    assert "64 GB/s exceeds what this machine can reach, 4 GB/s" in result.sizes[0].suspicious
    assert evaluator.evaluate(twice, good, ["small"]).sizes[0].suspicious is None
