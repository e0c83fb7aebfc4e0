"""The seeds on the CPU device beside hand-written C++ with OpenMP, in turns on the same inputs."""

from __future__ import annotations

import sys
import time

import numpy as np
import pytest
from equivalents import NoOpenMP, build, call

import assay
from assay.kernels import launch
from assay.kernels.encoding import Encoder, grid
from assay.kernels.folder import load_task
from assay.kernels.references import expected

pytestmark = pytest.mark.skipif(sys.platform == "darwin", reason="the CPU device needs Linux")

ROUNDS = 10
WARMUP = 3
CASES = [
    (name, label) for name in ("saxpy", "heat2d", "nbody") for label in load_task(name).spec.sizes
]


@pytest.fixture(scope="session")
def library(tmp_path_factory, comparison):
    try:
        library, comparison.compiler = build(tmp_path_factory.mktemp("cpp"))
    except NoOpenMP as error:
        pytest.skip(str(error))
    return library


class Arrays:
    """A task's buffers, once in memory of the host and once on the device."""

    def __init__(self, task, size, device):
        self.inputs = expected(task, size)
        encoder = Encoder(task.spec, size)
        task.implementation.encode(encoder, size)
        self.dispatches = encoder.dispatches
        self._contents = dict(task.implementation.buffers(size, self.inputs.inputs))
        self.host = {name: np.array(array) for name, array in self._contents.items()}
        everything = {**self._contents, **encoder.scalars}
        self.buffers = {
            name: device.buffer(np.ascontiguousarray(array)) for name, array in everything.items()
        }
        self.views = {
            name: self.buffers[name].view(array.dtype, array.shape)
            for name, array in self._contents.items()
        }

    def rewrite(self, arrays):
        for name, array in arrays.items():
            array[...] = self._contents[name]


def commands(device, task, size, pipelines, arrays):
    """A command buffer with one repetition of the seed, ready to be committed."""
    result = device.command_buffer()
    for dispatch in arrays.dispatches:
        kernel, pipeline = task.spec.kernels[dispatch.kernel], pipelines[dispatch.kernel]
        rule = kernel.threadgroup
        limits = launch.Limits(
            pipeline.max_total_threads_per_threadgroup, pipeline.thread_execution_width
        )
        group = launch.threadgroup(rule.rule, int(size.evaluate(rule.width)), limits)
        result.set_pipeline(pipeline)
        for index, (name, offset) in dispatch.buffers.items():
            result.set_buffer(arrays.buffers[name], offset, index)
        result.dispatch_threads(launch.round_up(grid(kernel, size), group), group)
    return result


@pytest.mark.parametrize(("name", "label"), CASES)
def test_seed(benchmark, library, comparison, name, label):
    task, device = load_task(name), assay.device("cpu")
    size, _ = task.size(label)
    arrays = Arrays(task, size, device)
    compiled = device.compile(task.seed)
    pipelines = {kernel: compiled.pipeline(kernel) for kernel in task.spec.kernels}
    cpp, msl = [], []

    def cpp_turn():
        arrays.rewrite(arrays.host)
        start = time.perf_counter()
        call(library, name, size, arrays.host)
        cpp.append(time.perf_counter() - start)
        # OpenMP's threads spin for a while after their work and would disturb the other side.
        time.sleep(0.02)
        arrays.rewrite(arrays.views)
        return (commands(device, task, size, pipelines, arrays),), {}

    def msl_turn(ready):
        ready.commit()
        ready.wait(timeout=60)
        msl.append(ready.gpu_seconds)

    benchmark.group = name
    benchmark.pedantic(msl_turn, setup=cpp_turn, rounds=ROUNDS, warmup_rounds=WARMUP)
    for side, computed in (("C++", arrays.host), ("MSL", arrays.views)):
        got = task.implementation.result(size, computed)
        check = task.implementation.check(size, arrays.inputs.inputs, got, arrays.inputs.reference)
        assert check.correct, f"{side}: {check.reason}"
    msl, cpp = msl[WARMUP:], cpp[WARMUP:]
    benchmark.extra_info.update(msl_seconds=msl, cpp_seconds=cpp)
    comparison.add(name, label, msl, cpp)
