"""Which device is taken where nobody chose one."""

from __future__ import annotations

import sys

import pytest

from assay import devices
from assay.errors import DeviceError


@pytest.fixture
def without_gpu(monkeypatch):
    def no_gpu():
        raise DeviceError("unavailable", "[metal] macOS offers no GPU to this process")

    openers = {"metal": no_gpu, "cpu": lambda: "the processor"}
    monkeypatch.setattr(devices, "_OPENERS", openers)
    devices._open.cache_clear()
    yield
    devices._open.cache_clear()


def test_the_processor_stands_in_for_a_gpu(without_gpu, monkeypatch):
    monkeypatch.setattr(sys, "platform", "linux")
    assert devices.device() == "the processor"


def test_on_a_mac_the_reason_for_having_no_gpu_is_told(without_gpu, monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(DeviceError, match="macOS offers no GPU"):
        devices.device()
