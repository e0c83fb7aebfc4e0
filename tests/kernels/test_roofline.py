from __future__ import annotations

import json

import pytest

from assay.kernels import roofline
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
    assert len(table["chips"]) == 14
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


def test_ceilings_are_measured_once_and_stored(monkeypatch, tmp_path):
    monkeypatch.setenv("ASSAY_CACHE", str(tmp_path))
    monkeypatch.setattr(roofline, "ELEMENTS", 1000)
    device = Clock()
    assert stored(device) is None
    first = ceilings(device)
    assert first.source == "measured"
    assert first.bandwidth_gb_s == pytest.approx(12 * 1000 / 1e-3 / 1e9)
    flop = 2 * max(roofline.FMA_LANES) * roofline.FMA_STEPS * device.threads
    assert first.fp32_gflops == pytest.approx(flop / 1e-3 / 1e9)
    spent = device.dispatches
    assert ceilings(device) == stored(device) == first
    assert device.dispatches == spent
    measure(device)
    assert device.dispatches == 2 * spent


def test_a_damaged_file_is_measured_again(monkeypatch, tmp_path):
    monkeypatch.setenv("ASSAY_CACHE", str(tmp_path))
    monkeypatch.setattr(roofline, "ELEMENTS", 1000)
    device = Clock()
    measure(device)
    [file] = (tmp_path / "roofline").iterdir()
    assert Ceilings.model_validate(json.loads(file.read_text())).source == "measured"
    file.write_text("{")
    assert stored(device) is None
    assert ceilings(device).bandwidth_gb_s > 0
