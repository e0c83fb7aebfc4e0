"""The table of Apple's chips."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from assay.kernels import roofline
from assay.kernels.roofline import CHIPS, chip, tomllib, variant

TABLE = tomllib.loads(CHIPS.read_text(encoding="utf-8"))["chips"]


def test_every_entry_is_complete():
    for name, entry in TABLE.items():
        assert entry["source"] and entry["cores"] in entry["gpu_cores"], name
        assert set(entry.get("bandwidth_by_cores", {})) <= {str(n) for n in entry["gpu_cores"]}


@pytest.mark.parametrize("name", list(TABLE))
def test_a_chip_is_found_by_its_whole_name(name):
    assert chip(name).source == f"chips.toml: {name}"


@dataclass
class Gpu:
    description: str
    name: str = "metal"


@pytest.mark.parametrize(
    ("description", "listed"),
    [
        ("Apple M5", True),
        ("Apple M5 Max", False),
        ("Apple M4 Ultra", False),
        ("Apple M1 Pro (shim)", True),
        ("Apple Paravirtual device", False),
    ],
)
def test_a_chip_that_is_not_listed_is_measured(description, listed, monkeypatch):
    monkeypatch.setattr(roofline, "stored", lambda device: None)
    monkeypatch.setattr(roofline, "measure", lambda device: "measured")
    assert (roofline.ceilings(Gpu(description)) == "measured") is not listed
    assert not roofline.is_listed(Gpu("Apple M5", "cpu"))


def test_variants():
    # Apple: 5.2 TFLOPS for the M1 Pro with 16 cores (Newsroom, October 2021).
    assert variant("Apple M1 Pro", 16)["fp32_gflops"] == pytest.approx(5200, rel=0.02)
    # Apple: 10.4 TFLOPS for the M1 Max with 32 cores.
    assert variant("Apple M1 Max", 32)["fp32_gflops"] == pytest.approx(10400, rel=0.02)
    assert variant("Apple M3 Max", 40)["bandwidth_gb_s"] == 400
    assert variant("Apple M3 Max", 30) == {"bandwidth_gb_s": 300, "fp32_gflops": 10650}
    assert variant("Apple M1 Pro", 15) is None
    assert variant("Apple M99", 15) is None
    assert variant("Apple M1", None) is None
