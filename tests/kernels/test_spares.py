"""Buffers that are used again: only by those who need as many bytes, and only clean ones."""

from __future__ import annotations

import numpy as np
import pytest

from assay.kernels.evaluation import run_size
from assay.kernels.faults import Failure
from assay.kernels.harness import Allowance, Plan, build
from assay.kernels.memory import Memory
from assay.kernels.spares import SMALLEST, Spares


def test_a_buffer_is_used_again_for_as_many_bytes_on_the_same_device(fake):
    device, other, spares = fake.Device(), fake.Device(), Spares()
    buffer = spares.buffer(device, SMALLEST)
    spares.give_back(device, buffer)
    assert spares.buffer(device, SMALLEST + 1) is not buffer
    assert spares.buffer(other, SMALLEST) is not buffer
    assert spares.buffer(device, SMALLEST) is buffer
    assert spares.buffer(device, SMALLEST) is not buffer


def test_what_was_damaged_or_is_small_is_not_kept(fake):
    device, spares = fake.Device(), Spares()
    damaged, small = device.buffer(SMALLEST), device.buffer(SMALLEST - 1)
    damaged.intact = False
    for buffer in (damaged, small):
        spares.give_back(device, buffer)
        assert spares.buffer(device, buffer.nbytes) is not buffer


def test_the_oldest_go_where_there_are_too_many(fake):
    device, spares = fake.Device(), Spares(2 * SMALLEST)
    buffers = [device.buffer(SMALLEST) for _ in range(3)]
    for buffer in buffers:
        spares.give_back(device, buffer)
    assert [spares.buffer(device, SMALLEST) for _ in range(2)] == buffers[1:]


@pytest.mark.parametrize("device", ["Device", "BareDevice"])
def test_a_used_buffer_is_as_good_as_a_fresh_one(fake, monkeypatch, device):
    monkeypatch.setattr("assay.kernels.memory.SPARES", spares := Spares())
    device = getattr(fake, device)()
    first = Memory(device, np.ones(SMALLEST, np.uint8))
    first.rewrite()
    first.view[:] = 7
    first.release()
    second = Memory(device, np.full(SMALLEST // 4, 2.5, np.float32))
    assert second.buffer is first.buffer
    second.rewrite()
    assert second.intact()
    assert second.changes() == 0
    assert spares.buffer(device, second.buffer.nbytes) is not second.buffer


def test_only_who_ends_well_gives_buffers_back(fake, twice, good, monkeypatch):
    monkeypatch.setattr("assay.kernels.spares.SMALLEST", 1)
    monkeypatch.setattr("assay.kernels.memory.SPARES", Spares())
    device, size = fake.Device(), twice.spec.size("large")
    made = []
    monkeypatch.setattr(device, "buffer", lambda n: made.append(n) or fake.Buffer(n), raising=False)

    def run(source):
        allowance = Allowance(10, lambda seconds: None)
        run_size(
            device, twice, size, [build(device, twice.spec, source, allowance)], Plan(0, 1),
            allowance.copy,
        )  # fmt: skip

    run(good)
    assert sorted(made) == [4, 400, 400]
    run(good)
    assert len(made) == 3
    with pytest.raises(Failure):
        run("def twice(b, grid):\n    b[1][:] = 3\n")
    run(good)
    assert len(made) == 6
