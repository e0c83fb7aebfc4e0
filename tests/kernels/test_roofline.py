from __future__ import annotations

import json

import pytest

from assay.kernels import microbenchmarks, roofline
from assay.kernels.check import Check
from assay.kernels.evaluation import size_result
from assay.kernels.folder import load_task
from assay.kernels.harness import Measurement
from assay.kernels.roofline import Ceilings, ceilings, chip, measure, stored


@pytest.mark.parametrize(
    ("description", "gflops", "bandwidth", "source"),
    [
        ("Apple M1", 2600, 68, "chips.toml: Apple M1"),
        ("Apple M1 Pro", 4500, 200, "chips.toml: Apple M1 Pro"),
        ("Apple M2 Ultra, 76 cores", 27200, 800, "chips.toml: Apple M2 Ultra"),
        ("Apple M4 Max", 18000, 546, "chips.toml: Apple M4 Max"),
        ("Apple M4 Ultra", 4600, 120, "chips.toml: Apple M4"),
        ("Apple M9", 2000, 80, "chips.toml: fallback, 'Apple M9' is not listed"),
    ],
)
def test_published_chip_table(description, gflops, bandwidth, source):
    roofs = chip(description)
    assert (roofs.of("fp32"), roofs.of("bandwidth"), roofs.source) == (gflops, bandwidth, source)


def test_every_chip_has_a_source():
    table = roofline._table()
    published = [entry for entry in table["chips"].values() if "Metal-Sci" in entry["source"]]
    assert len(published) == 14
    assert all(entry["source"] for entry in [table["fallback"], *table["chips"].values()])


class Clock:
    """A device on which each dispatch takes a known time: 3 ms first, then 2, 1, 2, 1 …"""

    name, description = "cpu", "a clock"
    max_total_threads_per_threadgroup = 1024

    def __init__(self):
        self.dispatches = 0

    def compile(self, source):
        return self

    def pipeline(self, name):
        return self

    def buffer(self, content):
        return self

    def command_buffer(self):
        return self

    def set_pipeline(self, pipeline):
        pass

    def set_buffer(self, buffer, offset, index):
        pass

    def dispatch_threads(self, grid, group):
        self.threads = grid[0]

    def commit(self):
        self.dispatches += 1

    def wait(self, timeout=None):
        pass

    @property
    def gpu_seconds(self):
        return 1e-3 * (1 + self.dispatches % 2)


@pytest.fixture
def clock(monkeypatch, tmp_path):
    """A device with a clock, one dispatch per command buffer and one working set of 8000 bytes."""
    monkeypatch.setenv("ASSAY_CACHE", str(tmp_path))
    monkeypatch.setattr(roofline, "WORKING_SETS", (8000,))
    monkeypatch.setattr(microbenchmarks, "MOST_DISPATCHES", 1)
    roofline._measured_now.cache_clear()
    yield Clock()
    roofline._measured_now.cache_clear()


def test_ceilings_are_measured_once_and_stored(clock):
    assert stored(clock) is None
    first = ceilings(clock)
    assert first.source == "measured"
    assert first.launch_seconds == pytest.approx(1e-3)
    # 1 ms a dispatch, all of it launching: half of it counts as streaming.
    assert first.bandwidth_gb_s == pytest.approx(12 * 1000 / 0.5e-3 / 1e9)
    assert first.curve == ((8000, first.bandwidth_gb_s),)
    flop = 2 * max(microbenchmarks.FMA_LANES) * microbenchmarks.FMA_STEPS * clock.threads
    assert first.fp32_gflops == pytest.approx(flop / 1e-3 / 1e9)
    spent = clock.dispatches
    assert ceilings(clock) == stored(clock) == first
    assert clock.dispatches == spent
    measure(clock)
    assert clock.dispatches == 2 * spent


def test_the_curve_takes_the_best_pass_and_never_rises(monkeypatch):
    speeds = iter([50.0, 90.0, 20.0, 70.0, 60.0, 10.0, 60.0, 60.0, 30.0])
    monkeypatch.setattr(microbenchmarks, "stream_bandwidth", lambda *arguments: next(speeds))
    curve = microbenchmarks.bandwidth_curve(None, (1 << 20, 1 << 15, 1 << 25), 0.0)
    assert curve == [(1 << 15, 90.0), (1 << 20, 90.0), (1 << 25, 30.0)]


def test_attainable_time_follows_working_set_and_launches():
    roofs = Ceilings(
        bandwidth_gb_s=10,
        fp32_gflops=100,
        source="measured",
        curve=((1 << 20, 80.0), (1 << 24, 40.0), (1 << 28, 10.0)),
        launch_seconds=1e-6,
    )
    work = 8e6
    assert roofs.attainable_seconds("bandwidth", work, 1 << 10, 0) == pytest.approx(1e-4)
    assert roofs.attainable_seconds("bandwidth", work, 1 << 22, 0) == pytest.approx(8e6 / 60e9)
    assert roofs.attainable_seconds("bandwidth", work, 1 << 30, 50) == pytest.approx(8e-4 + 5e-5)
    assert roofs.attainable_seconds("fp32", work, 1 << 30, 10) == pytest.approx(8e-5 + 1e-5)
    assert chip("Apple M1").attainable_seconds("fp32", work, 1, 1) is None


def test_a_damaged_file_is_measured_again(clock, tmp_path):
    device = clock
    measure(device)
    [file] = (tmp_path / "roofline").iterdir()
    assert Ceilings.model_validate(json.loads(file.read_text())).source == "measured"
    file.write_text("{")
    assert stored(device) is None
    assert ceilings(device).bandwidth_gb_s > 0


def test_ceilings_of_a_busy_moment_accuse_nobody(clock):
    """An honest kernel is many times as fast as what was measured; a second look explains it."""
    now = measure(clock)
    busy = now.model_copy(
        update={
            "bandwidth_gb_s": now.bandwidth_gb_s / 50,
            "curve": tuple((size, speed / 50) for size, speed in now.curve),
            "launch_seconds": 0.0,
        }
    )
    roofline._file(clock).write_text(busy.model_dump_json())
    saxpy = load_task("saxpy")
    work = saxpy.spec.size("1M").evaluate(saxpy.spec.work)
    for faster, accused in ((1.0, False), (10.0, True)):
        seconds = work / now.bandwidth_gb_s / 1e9 / faster
        found = Measurement(working_set=8000, dispatches=1, samples=[seconds], starts=[0.0])
        found.checks.append(Check(0.0, "max_abs", 1.0))
        size = size_result(clock, saxpy, "1M", found, busy)
        assert size.attainable_seconds == pytest.approx(50 * faster * size.gpu_seconds)
        assert (size.suspicious is not None) == accused
    assert stored(clock) == busy  # so that the scores of a run stay comparable
