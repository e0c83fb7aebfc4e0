"""Every wrong use is named, with what to do instead."""

from __future__ import annotations

import math

import pytest

from assay.errors import CompileError, DeviceError, PipelineError

NOTHING = "PLAIN(nothing, )"


@pytest.fixture
def commands(device, pipeline):
    """A command buffer that is ready for a dispatch."""
    made = device.command_buffer()
    made.set_pipeline(pipeline(NOTHING))
    made.set_buffer(device.buffer(64), 0, 0)
    return made


def invalid(expected: str):
    return pytest.raises(DeviceError, match=expected)


def test_dispatch_without_pipeline(device):
    with invalid("dispatch_threads without a pipeline: call set_pipeline first") as caught:
        device.command_buffer().dispatch_threads((1, 1, 1), (1, 1, 1))
    assert caught.value.kind == "invalid"


def test_dispatch_without_a_buffer(device, pipeline):
    commands = device.command_buffer()
    commands.set_pipeline(pipeline(NOTHING, buffers=3))
    commands.set_buffer(device.buffer(4), 0, 0)
    commands.set_buffer(device.buffer(4), 0, 2)
    with invalid(r"kernel nothing needs buffer\(1\): call set_buffer\(buffer, offset, 1\) first"):
        commands.dispatch_threads((1, 1, 1), (1, 1, 1))


def test_dispatch_without_a_threadgroup_argument(device, pipeline):
    commands = device.command_buffer()
    commands.set_pipeline(pipeline(NOTHING, buffers=0, arguments=1))
    with invalid(r"needs a length for threadgroup\(0\): call set_threadgroup_memory"):
        commands.dispatch_threads((1, 1, 1), (1, 1, 1))


@pytest.mark.parametrize(
    ("grid", "group", "expected"),
    [
        ((0, 1, 1), (1, 1, 1), r"grid \(0, 1, 1\) is empty"),
        ((1, 1, 1), (1, 0, 1), r"threads_per_threadgroup \(1, 0, 1\) is empty"),
        ((-1, 1, 1), (1, 1, 1), "grid has the dimension -1"),
        ((2**32, 1, 1), (1, 1, 1), "grid has the dimension 4294967296"),
        ((4096, 1, 1), (1025, 1, 1), "more threads than kernel nothing allows: at most 1024"),
        ((64, 64, 64), (32, 32, 2), "at most 1024"),
        ((9, 9, 9), (2**31, 2**31, 4), "at most 1024"),
        ((2**31, 2**31, 4), (1, 1, 1), "more threads than any device can run"),
    ],
)
def test_impossible_shape(commands, grid, group, expected):
    with invalid(expected):
        commands.dispatch_threads(grid, group)


def test_declared_limit_of_threads(device, pipeline):
    kernel = pipeline(NOTHING, buffers=0, max_threads=100)
    assert kernel.max_total_threads_per_threadgroup == 100
    commands = device.command_buffer()
    commands.set_pipeline(kernel)
    commands.dispatch_threads((200, 1, 1), (100, 1, 1))
    with invalid("at most 100"):
        commands.dispatch_threads((200, 1, 1), (101, 1, 1))


@pytest.mark.parametrize(
    ("offset", "index", "expected"),
    [
        (64, 0, r"offset 64 is outside the buffer given for buffer\(0\), which has 64 bytes"),
        (-4, 0, "offset is negative"),
        (6, 1, r"offset 6 of buffer\(1\) is not a multiple of 4"),
        (0, 31, "buffer index 31 is out of range: use 0 to 30"),
        (0, -1, "is out of range"),
    ],
)
def test_impossible_binding(device, commands, offset, index, expected):
    with invalid(expected):
        commands.set_buffer(device.buffer(64), offset, index)


@pytest.mark.parametrize(
    ("length", "index", "expected"),
    [
        (20, 0, "threadgroup memory length 20 is not a multiple of 16: use 32"),
        (32784, 0, r"exceeds the maximum threadgroup memory allowed \(32768\)"),
        (16, 31, "threadgroup argument index 31 is out of range"),
    ],
)
def test_impossible_threadgroup_memory(commands, length, index, expected):
    with invalid(expected):
        commands.set_threadgroup_memory(length, index)


def test_threadgroup_memory_counts_together(device, pipeline):
    kernel = pipeline(NOTHING, buffers=0, arguments=1, slots=[("nothing", 30000)])
    commands = device.command_buffer()
    commands.set_pipeline(kernel)
    commands.set_threadgroup_memory(2768, 0)
    commands.dispatch_threads((1, 1, 1), (1, 1, 1))
    commands.set_threadgroup_memory(2784, 0)
    with invalid("use 32784 bytes of threadgroup memory"):
        commands.dispatch_threads((1, 1, 1), (1, 1, 1))


def test_objects_of_the_wrong_kind(device, commands):
    with pytest.raises(TypeError):
        commands.set_pipeline(None)
    with pytest.raises(TypeError):
        commands.set_buffer(None, 0, 0)


def test_order_of_calls(device, commands):
    with invalid(r"wait before commit\(\): call commit\(\) first"):
        commands.wait()
    with invalid("gpu_seconds is known only once"):
        _ = commands.gpu_seconds
    commands.commit()
    for call in (
        commands.commit,
        lambda: commands.dispatch_threads((1, 1, 1), (1, 1, 1)),
        lambda: commands.set_buffer(device.buffer(4), 0, 0),
        lambda: commands.set_threadgroup_memory(16, 0),
    ):
        with invalid("on a command buffer that is already committed: make a new one"):
            call()
    commands.wait()


@pytest.mark.parametrize("timeout", [-1.0, math.nan])
def test_impossible_timeout(commands, timeout):
    commands.commit()
    with invalid("is not a number of seconds"):
        commands.wait(timeout)
    commands.wait(math.inf)


def test_missing_kernel_names_the_nearest(library):
    compiled = library("PLAIN(heat_step, )\nPLAIN(reduce, )")
    assert compiled.kernel_names == ["heat_step", "reduce"]
    with pytest.raises(PipelineError, match="Did you mean 'heat_step'") as caught:
        compiled.pipeline("heat_stp")
    assert caught.value.kernel == "heat_stp"
    assert "heat_step, reduce" in caught.value.message
    with pytest.raises(PipelineError) as caught:
        compiled.pipeline("completely_different")
    assert "Did you mean" not in caught.value.message


def test_limit_of_threadgroup_memory(library):
    compiled = library(
        "PLAIN(fits, )\nPLAIN(exceeds, )",
        slots=[("fits", 32760), ("exceeds", 32768), ("exceeds", 1024)],
    )
    assert compiled.pipeline("fits").static_threadgroup_memory_length == 32768
    with pytest.raises(PipelineError) as caught:
        compiled.pipeline("exceeds")
    assert caught.value.message == (
        "Threadgroup memory size (33792) exceeds the maximum threadgroup memory allowed (32768)"
    )


@pytest.mark.cpu_device
def test_missing_function_is_a_compile_error(library):
    with pytest.raises(CompileError) as caught:
        library("extern int absent(void);\nPLAIN(calls, WORDS(0)[0] = absent();)")
    (diagnostic,) = caught.value.diagnostics
    assert "absent" in diagnostic.message
    assert diagnostic.rule == "link"


@pytest.mark.cpu_device
def test_library_of_another_version(library):
    with invalid("kernel interface: version 99, wanted: version [0-9]+"):
        library(NOTHING, abi="99")


@pytest.mark.cpu_device
def test_errors_of_the_compiler_pass_unchanged():
    from assay import _native
    from assay.errors import Diagnostic

    def fail(source):
        raise CompileError([Diagnostic(f"cannot read {source}", 3)])

    with pytest.raises(CompileError) as caught:
        _native.cpu_device(fail).compile("this")
    assert caught.value.diagnostics[0] == Diagnostic("cannot read this", 3)
