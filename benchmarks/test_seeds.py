"""The time of every task's seed on the CPU device, as the harness measures it."""

from __future__ import annotations

import sys

import pytest
from seeds import Seed

from assay.kernels.folder import load_task, task_names

pytestmark = pytest.mark.skipif(sys.platform == "darwin", reason="the CPU device needs Linux")

ROUNDS = 5


class KernelClock:
    """A timer that advances by the time of the kernels alone: rewriting buffers is free."""

    __name__ = "kernel seconds"

    def __init__(self):
        self.seconds = 0.0

    def __call__(self):
        return self.seconds


CLOCK = KernelClock()


def pytest_generate_tests(metafunc):
    everything = metafunc.config.getoption("all_sizes", default=False)
    cases = []
    for name in task_names():
        spec = load_task(name).spec
        sizes = sorted(spec.all_sizes(), key=lambda size: size.evaluate(spec.work))
        cases += [(name, size.label) for size in (sizes if everything else sizes[:1])]
    metafunc.parametrize(("name", "label"), cases)


@pytest.mark.benchmark(timer=CLOCK)
def test_seed_at_size(benchmark, name, label):
    seed = Seed(name)
    size = seed.task.spec.size(label)
    workload = seed.workload(size)
    seed.run(workload)
    check = workload.verify().check
    assert check.correct, check.reason

    def repetition():
        CLOCK.seconds += seed.run(workload)

    benchmark.group = "kernel time of the seeds"
    benchmark.pedantic(repetition, rounds=ROUNDS, warmup_rounds=1)
    benchmark.extra_info.update(work=seed.work(size), ceiling=seed.task.spec.ceiling)
