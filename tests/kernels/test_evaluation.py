"""The harness and its worker process, with kernels that are Python functions."""

from __future__ import annotations

import os
import signal
import statistics
import subprocess
import sys
import time
from pathlib import Path

import pytest

from assay.errors import DeviceError
from assay.kernels import roofline
from assay.kernels.evaluation import Job, evaluate, run_size
from assay.kernels.evaluator import Evaluator, Settings
from assay.kernels.harness import Allowance, Plan, build
from assay.kernels.worker import Worker, WorkerError

COUNTED = """
calls = 0
def twice(b, grid):
    global calls
    calls += 1
    b[1][:] = b[0] * b[2][0]
    {act}
"""


def test_a_correct_kernel_is_timed_and_scored(evaluator, twice, good):
    result = evaluator.evaluate(twice, good + "SECONDS = 2e-6\n", file="a.metal")
    assert (result.verdict, result.fail_reason, result.diagnostics) == ("ok", None, ())
    assert (result.file, result.task, result.device) == ("a.metal", "twice", "fake")
    small, large = result.sizes
    assert [small.label, large.label] == ["small", "large"]
    assert small.samples == (2e-6,) * 10
    # 8 n bytes in 2 microseconds against a roof of 1 GB/s.
    assert small.fraction == pytest.approx(8 * 8 / 2e-6 / 1e9)
    assert large.fraction == pytest.approx(8 * 100 / 2e-6 / 1e9)
    assert result.score == pytest.approx((small.fraction * large.fraction) ** 0.5)
    assert (small.unit, small.ceiling, small.error_kind) == ("GB/s", 1.0, "max_abs")
    assert small.tolerance == 1e-6


def test_the_median_counts_and_every_sample_is_kept(evaluator, twice, good):
    source = good + "times = iter(range(1, 1000))\ndef SECONDS(): return float(next(times))\n"
    [size] = evaluator.evaluate(twice, source, ["small"]).sizes
    # Three warm-ups, the first of them verified, come before the ten that count.
    assert size.samples == tuple(float(t) for t in range(4, 14))
    assert size.gpu_seconds == statistics.median(range(4, 14))


def test_the_grid_is_rounded_up_to_whole_threadgroups(evaluator, twice, good):
    source = good + "    assert grid == ((grid[0] + 63) // 64 * 64, 1, 1), grid\n"
    assert evaluator.evaluate(twice, source).verdict == "ok"


def test_evaluation_stops_at_the_first_wrong_size(evaluator, twice):
    source = "def twice(b, grid):\n    b[1][:] = b[0] * (2 if len(b[0]) == 8 else 2.5)\n"
    result = evaluator.evaluate(twice, source, ["small", "large", "middle"])
    assert result.verdict == "incorrect"
    assert result.score is None
    assert [(size.label, size.correct) for size in result.sizes] == [
        ("small", True),
        ("large", False),
    ]
    assert result.sizes[1].error_value == pytest.approx(1, abs=0.05)
    assert result.sizes[1].gpu_seconds is None
    assert "at size large" in result.fail_reason


def test_held_out_sizes_do_not_enter_the_score(evaluator, twice, good):
    result = evaluator.evaluate(twice, good, ["small", "middle"])
    assert [size.held_out for size in result.sizes] == [False, True]
    assert result.score == pytest.approx(result.sizes[0].fraction)


@pytest.mark.parametrize(
    ("act", "reason"),
    [
        ("b[1][3] = float('nan')", "not finite"),
        ("b[0][0] += 1", "changed 'x'"),
        ("b[2][0] = 3", "changed 'twice.factor'"),
        # Right at first, wrong in all timed repetitions, right again in the last one.
        ("b[1][:] *= 1 if calls < 4 or calls > 13 else 2", "max_abs"),
        ("b[1][:] *= 1 if calls < 14 else 2", "max_abs"),
    ],
)
def test_cheap_tricks_are_caught(evaluator, twice, act, reason):
    result = evaluator.evaluate(twice, COUNTED.format(act=act), ["small"])
    assert result.verdict == "incorrect"
    assert reason in result.fail_reason


def test_buffers_are_rewritten_before_every_repetition(evaluator, twice):
    source = "def twice(b, grid):\n    b[1][:] += b[0] * b[2][0]\n"
    assert evaluator.evaluate(twice, source).verdict == "ok"


def test_compile_errors_carry_their_line(evaluator, twice):
    result = evaluator.evaluate(twice, "\n\ndef twice(:\n")
    assert result.verdict == "compile_error"
    assert [finding.line for finding in result.diagnostics] == [3]
    assert result.sizes == ()


def test_a_missing_kernel_is_a_pipeline_error_that_lists_what_there_is(evaluator, twice):
    result = evaluator.evaluate(twice, "def twize(b, grid): pass\ndef other(b, grid): pass")
    assert result.verdict == "pipeline_error"
    assert "'twice'" in result.fail_reason
    assert "it defines other, twize; rename 'twize'" in result.fail_reason


def test_a_crash_is_a_verdict_that_names_the_signal(evaluator, twice, good):
    crash = "import os, signal\n" + COUNTED.format(act="os.kill(os.getpid(), signal.SIGSEGV)")
    result = evaluator.evaluate(twice, crash)
    assert result.verdict == "crash"
    assert "SIGSEGV" in result.fail_reason
    assert "small" in result.fail_reason
    assert [(size.label, size.correct) for size in result.sizes] == [("small", False)]
    assert evaluator.evaluate(twice, good).verdict == "ok", "the harness lives on"


def test_sizes_measured_before_a_crash_are_kept(evaluator, twice):
    act = "len(b[0]) == 100 and os.abort()"
    result = evaluator.evaluate(twice, "import os\n" + COUNTED.format(act=act))
    assert [(size.label, size.correct) for size in result.sizes] == [
        ("small", True),
        ("large", False),
    ]
    assert "SIGABRT" in result.fail_reason


@pytest.mark.parametrize(
    "source",
    [
        "import signal, time\nsignal.signal(15, signal.SIG_IGN)\n"
        "def twice(b, grid): time.sleep(3600)",
        "import time\ntime.sleep(3600)",
    ],
    ids=["never returns", "compiler never returns"],
)
def test_what_takes_too_long_is_ended(fake, twice, good, source, monkeypatch):
    monkeypatch.setattr("assay.kernels.worker.GRACE", 0.5)
    with Evaluator("fake", Settings(timeout=2.0), fake.open_device) as evaluator:
        result = evaluator.evaluate(twice, source)
        assert result.verdict == "timeout"
        assert "2 s" in result.fail_reason
        assert result.diagnostics[0].rule == "timeout"
        assert evaluator.evaluate(twice, good).verdict == "ok"


@pytest.fixture
def clock(monkeypatch):
    """Time passes where somebody sleeps, and nowhere else."""
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    monkeypatch.setattr(time, "sleep", lambda seconds: now.append(now.pop() + seconds))


class Deaf:
    """A reporter for evaluations in this process, where the clock can be replaced."""

    def limit(self, seconds):
        pass

    def progress(self, event):
        pass


@pytest.mark.parametrize(
    ("source", "limit"),
    [
        (COUNTED.format(act="time.sleep(0.4 * (calls > 2))"), 1.0),
        ("time.sleep(0.3)\ndef twice(b, grid):\n    time.sleep(1)\n", 1.2),
    ],
    ids=["repetitions", "compilation and a run"],
)
def test_what_adds_up_to_more_than_the_limit_names_the_limit(fake, twice, clock, source, limit):
    """And not what was left of it."""
    job = Job(twice.path, f"import time\n{source}", ("small",), timeout=limit)
    outcome = evaluate(fake.Device(), Deaf(), job)
    text = f"twice did not finish: the limit of {limit:g} s per size was used up"
    assert (outcome.verdict, outcome.fail_reason) == ("timeout", f"timeout at size small: {text}")
    assert outcome.diagnostics[0].message == text
    assert outcome.diagnostics[0].rule == "timeout"


@pytest.mark.parametrize(
    ("seconds", "fitted"),
    [
        (0.0, (3, 10)),
        (0.99, (3, 10)),
        (1.0, (3, 10)),
        (1.01, (2, 9)),
        (1.6, (1, 6)),
        (3.1, (0, 3)),
        (1000.0, (0, 3)),
    ],
)
def test_slow_kernels_get_fewer_repetitions(seconds, fitted):
    assert Plan(3, 10).fitted(seconds) == Plan(*fitted)
    assert Plan(1, 2).fitted(seconds) == Plan(min(1, fitted[0]), 2)


SLOW = "import time\n" + COUNTED.format(act="time.sleep({seconds})")


def test_a_slow_kernel_is_ok_though_all_its_runs_exceed_the_limit(fake, twice, monkeypatch, clock):
    monkeypatch.setattr("assay.kernels.harness.MEASURE_SECONDS", 1.0)
    monkeypatch.setattr("assay.kernels.harness.WARMUP_SECONDS", 0.3)
    source = SLOW.format(seconds=0.4) + "SECONDS = 0.4\n"
    # Not in a worker, which would not see the constants.
    device, size = fake.Device(), twice.spec.size("small")
    allowance = Allowance(1.0, lambda seconds: None)
    program = build(device, twice.spec, source, allowance.copy())
    [measured] = run_size(device, twice, size, [program], Plan(), allowance.copy)
    assert measured.samples == [0.4] * 3


def test_the_slower_of_two_kernels_decides_for_both(fake, twice, good, monkeypatch, clock):
    monkeypatch.setattr("assay.kernels.harness.MEASURE_SECONDS", 1.0)
    monkeypatch.setattr("assay.kernels.harness.WARMUP_SECONDS", 0.0)
    device, size = fake.Device(), twice.spec.size("small")
    allowance = Allowance(5.0, lambda seconds: None)
    for sources in ([good, SLOW.format(seconds=0.26)], [SLOW.format(seconds=0.26), good]):
        programs = [build(device, twice.spec, source, allowance.copy()) for source in sources]
        measured = run_size(device, twice, size, programs, Plan(), allowance.copy)
        assert [len(one.samples) for one in measured] == [3, 3]


def test_the_attainable_time_follows_working_set_and_dispatches(fake, twice, good):
    roof = roofline.Ceilings(
        bandwidth_gb_s=1.0,
        fp32_gflops=1.0,
        source="measured",
        curve=((8, 4.0), (1 << 20, 1.0)),
        launch_seconds=1e-6,
    )
    roofline._file(fake.Device()).write_text(roof.model_dump_json())
    with Evaluator("fake", Settings(warmup=0, measure=1), fake.open_device) as evaluator:
        [size] = evaluator.evaluate(twice, good + "SECONDS = 4e-6\n", ["large"]).sizes
    assert size.working_set == 2 * 100 * 4 + 4
    attainable = roof.attainable_seconds("bandwidth", 800, 804, 1)
    assert 1e-6 + 800 / 4e9 < attainable < 1e-6 + 800 / 1e9
    assert size.attainable_seconds == pytest.approx(attainable)
    assert size.attainable_fraction == pytest.approx(attainable / 4e-6)
    assert size.fraction == pytest.approx(800 / 4e-6 / 1e9), "the published one stays"


def test_what_was_not_measured_has_no_attainable_time(evaluator, twice, good):
    [size] = evaluator.evaluate(twice, good, ["small"]).sizes
    assert (size.attainable_seconds, size.attainable_fraction) == (None, None)
    assert size.working_set == 2 * 8 * 4 + 4


def test_a_process_that_saw_a_fault_gets_no_other_candidate(evaluator, twice, good):
    evaluator.evaluate(twice, good)
    before = evaluator._worker.pid
    evaluator.evaluate(twice, good)
    assert evaluator._worker.pid == before, "workers are reused"
    fault = "from assay.errors import DeviceError\ndef twice(b, grid):\n" + (
        "    raise DeviceError('fault', 'twice wrote past the end of buffer 1', 'twice')\n"
    )
    result = evaluator.evaluate(twice, fault)
    assert (result.verdict, result.diagnostics[0].rule) == ("crash", "fault")
    assert evaluator.evaluate(twice, good).verdict == "ok"
    assert evaluator._worker.pid != before


def test_too_few_threads_for_the_launch_is_a_pipeline_error(evaluator, twice_folder, good):
    from assay.kernels.folder import load_folder

    path = twice_folder / "task.toml"
    path.write_text(path.read_text().replace('rule = "line"', 'rule = "exact"'))
    result = evaluator.evaluate(load_folder(twice_folder), good + "MOST = 32\n")
    assert result.verdict == "pipeline_error"
    assert "64 threads" in result.fail_reason


def test_out_of_memory_is_a_crash_and_no_accident(evaluator, twice, good):
    hungry = "import numpy\n" + COUNTED.format(act="numpy.empty(1 << 45, 'u1')")
    result = evaluator.evaluate(twice, hungry)
    assert (result.verdict, result.sizes[0].correct) == ("crash", False)
    assert "memory" in result.fail_reason
    assert evaluator.evaluate(twice, good).verdict == "ok"


def test_a_fault_of_the_harness_is_an_error_and_no_verdict(evaluator, twice_folder, good):
    from assay.kernels.folder import load_folder

    path = twice_folder / "reference.py"
    path.write_text(path.read_text().replace('inputs["x"]', 'inputs["z"]'))
    with pytest.raises(WorkerError, match="KeyError"):
        evaluator.evaluate(load_folder(twice_folder), good)


def test_a_missing_device_is_reported_as_such(fake):
    with Evaluator("fake", open_device=fake.open_missing) as evaluator:
        with pytest.raises(DeviceError, match="no fake device") as caught:
            _ = evaluator.device
        assert caught.value.kind == "unavailable"


def alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def wait_until_gone(pid):
    deadline = time.monotonic() + 60
    while alive(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not alive(pid)


def test_an_interrupt_leaves_no_process_behind(fake):
    worker = Worker(fake.open_device)
    pids = []

    def interrupt(event):
        pids.append(worker.pid)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        worker.call(fake.talk_and_sleep, on_progress=interrupt)
    assert wait_until_gone(pids[0])


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_worker_dies_with_its_parent(fake):
    script = (
        "from assay.kernels.worker import Worker\nimport fake_kernel_device, time\n"
        "worker = Worker(fake_kernel_device.open_device)\nworker.start()\n"
        "print(worker.pid, flush=True)\ntime.sleep(3600)\n"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as parent:
        pid = int(parent.stdout.readline())
        assert alive(pid)
        os.kill(parent.pid, signal.SIGKILL)
    assert wait_until_gone(pid)
