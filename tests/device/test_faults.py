"""Kernels that do what they must not: each ends with an error that says what and where."""

from __future__ import annotations

import platform
import subprocess

import numpy as np
import pytest

from assay.errors import DeviceError

pytestmark = pytest.mark.cpu_device

INCREMENT = "PLAIN(increment, WORDS(0)[p[0]] += 1;)"
WELL = ((64, 1, 1), (32, 1, 1))


def fault_of(run, *arguments, **options) -> DeviceError:
    with pytest.raises(DeviceError) as caught:
        run(*arguments, **options)
    assert caught.value.kind == "fault"
    return caught.value


def function_at(error: DeviceError) -> str:
    """Name of the function that holds the first offset of the error."""
    symbols = subprocess.run(
        ["nm", "-S", error.library], capture_output=True, text=True, check=True
    ).stdout
    for line in symbols.splitlines():
        fields = line.split()
        if len(fields) == 4:
            start, size = (int(field, 16) for field in fields[:2])
            if start <= error.offsets[0] < start + size:
                return fields[3]
    return "nowhere"


@pytest.fixture(autouse=True)
def usable_afterwards(device, pipeline, run):
    yield
    buffer = device.buffer(256)
    run(pipeline(INCREMENT), [buffer], *WELL)
    np.testing.assert_array_equal(buffer.view(np.uint32), 1)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("WORDS(0)[16 + p[0]] = 1;", "wrote 0 bytes past the end of buffer(0), which has 64 bytes"),
        ("WORDS(1)[0] = WORDS(0)[18];", "read 8 bytes past the end of buffer(0)"),
        ("WORDS(1)[(int)-1024] = 1;", "wrote 4096 bytes before the start of buffer(1)"),
        ("WORDS(0)[0] = WORDS(1)[-1024];", "read 4096 bytes before the start of buffer(1)"),
        ("WORDS(1)[100000] = 1;", "wrote 395904 bytes past the end of buffer(1)"),
        ("*(volatile int *)16 = 1;", "wrote at the wild address 0x10"),
        ("WORDS(0)[1ull << 60] = 1;", "impossible address"),
    ],
)
@pytest.mark.parametrize("kind", ["PLAIN", "FIBER"])
def test_access_outside_a_buffer(device, pipeline, run, kind, body, expected):
    first, second = device.buffer(64), device.buffer(4096)
    kernel = pipeline(f"{kind}(overrun, {body.replace('p[0]', '0')})", buffers=2)
    error = fault_of(run, kernel, [first, second], (1, 1, 1), (1, 1, 1))
    assert error.message.startswith("kernel overrun ")
    assert expected in error.message
    assert error.kernel == "overrun"
    assert function_at(error).startswith("overrun")


@pytest.mark.parametrize("nbytes", [1, 4, 100, 4096, 5000])
def test_the_end_of_a_buffer_is_exact_to_sixteen_bytes(device, pipeline, run, nbytes):
    code = "PLAIN(touch, ((char *)buffers[0])[WORDS(1)[0]] = 1;)"
    kernel = pipeline(code, buffers=2)
    buffer = device.buffer(nbytes)
    run(kernel, [buffer, device.buffer(np.array([nbytes - 1], np.uint32))], (1, 1, 1), (1, 1, 1))
    end = -(-nbytes // 16) * 16
    beyond = device.buffer(np.array([end], np.uint32))
    error = fault_of(run, kernel, [buffer, beyond], (1, 1, 1), (1, 1, 1))
    assert f"wrote {end - nbytes} bytes past the end of buffer(0)" in error.message


MARGIN = 256 << 10
PATTERN = 0x5A5A5A5A


@pytest.mark.parametrize("kind", ["PLAIN", "FIBER"])
@pytest.mark.parametrize("byte", [-4, -MARGIN, 4096, 4096 + MARGIN - 4])
def test_lenient_reads_beside_a_buffer_give_the_pattern(device, pipeline, run, kind, byte):
    first, second = device.buffer(64), device.buffer(4096)
    kernel = pipeline(f"{kind}(stray, WORDS(0)[0] = WORDS(1)[{byte // 4}];)", buffers=2)
    arguments = (kernel, [first, second], (1, 1, 1), (1, 1, 1))
    fault_of(run, *arguments)
    run(*arguments, lenient_reads=True)
    assert first.view(np.uint32)[0] == PATTERN
    assert "read" in fault_of(run, *arguments).message, "the next command buffer is strict again"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("WORDS(1)[-1] = 1;", "wrote 4 bytes before the start of buffer(1)"),
        ("WORDS(1)[1024] = 1;", "wrote 0 bytes past the end of buffer(1)"),
        (f"WORDS(0)[0] = WORDS(1)[-{MARGIN // 4 + 1}];", f"read {MARGIN + 4} bytes before"),
        (f"WORDS(0)[0] = WORDS(1)[{MARGIN // 4 + 1024}];", f"read {MARGIN} bytes past"),
    ],
)
def test_leniency_ends_with_writes_and_with_the_margin(device, pipeline, run, body, expected):
    kernel = pipeline(f"PLAIN(stray, {body})", buffers=2)
    buffers = [device.buffer(64), device.buffer(4096)]
    error = fault_of(run, kernel, buffers, (1, 1, 1), (1, 1, 1), lenient_reads=True)
    assert expected in error.message
    assert all(buffer.intact for buffer in buffers)


def test_lenient_reads_past_threadgroup_memory_give_the_pattern(device, pipeline, run):
    code = "FIBER(stray, WORDS(0)[i] = ((volatile unsigned *)SLOT(0))[i + 1];)"
    kernel, buffer = pipeline(code, slots=[("stray", 256)]), device.buffer(256)
    arguments = (kernel, [buffer], (64, 1, 1), (64, 1, 1))
    run(*arguments, lenient_reads=True)
    assert buffer.view(np.uint32)[63] == PATTERN
    fault_of(run, *arguments)


def test_threadgroup_array_overrun(device, pipeline, run):
    code = "FIBER(overrun, ((volatile float *)SLOT(0))[i + 1] = 1; runtime->threadgroup_barrier();)"
    error = fault_of(
        run, pipeline(code, slots=[("overrun", 256)]), [device.buffer(4)], (64, 1, 1), (64, 1, 1)
    )
    assert "wrote outside its threadgroup memory of 256 bytes" in error.message
    assert function_at(error) == "overrun"


def test_threadgroup_argument_overrun(device, pipeline, run):
    code = "FIBER(overrun, ((volatile float *)group->threadgroup_arguments[0])[8 * i] = 1;)"
    error = fault_of(
        run,
        pipeline(code, arguments=1),
        [device.buffer(4)],
        (64, 1, 1),
        (64, 1, 1),
        arguments=[512],
    )
    assert "wrote outside threadgroup(0), which has 512 bytes" in error.message


@pytest.mark.parametrize("kind", ["PLAIN", "FIBER"])
def test_endless_recursion(device, pipeline, run, kind):
    code = f"""
static int recurse(volatile uint32_t *out, uint32_t depth) {{
  volatile char room[64]; room[depth % 64] = out[0];
  return recurse(out, depth + 1) + room[depth % 64];
}}
{kind}(recursion, WORDS(0)[0] = recurse(WORDS(0), 0);)
"""
    error = fault_of(run, pipeline(code), [device.buffer(4)], *WELL)
    assert "overflowed its stack" in error.message
    assert function_at(error) == "recurse"


@pytest.mark.skipif(platform.machine() != "x86_64", reason="elsewhere the quotient is 0")
@pytest.mark.parametrize("kind", ["PLAIN", "FIBER"])
def test_division_by_zero(device, pipeline, run, kind):
    code = f"{kind}(divide, WORDS(0)[1] = 7u / WORDS(0)[0];)"
    error = fault_of(run, pipeline(code), [device.buffer(8)], *WELL)
    assert "divided an integer by zero" in error.message
    assert function_at(error).startswith("divide")


def test_trap(device, pipeline, run):
    error = fault_of(
        run, pipeline("PLAIN(check, if (p[0] == 40) __builtin_trap();)"), [device.buffer(4)], *WELL
    )
    assert "was stopped by a check in its code" in error.message


def test_fault_in_called_code_is_placed_at_the_call(device, pipeline, run):
    code = """extern void *memcpy(void *, const void *, unsigned long);
PLAIN(copy, memcpy(buffers[0], buffers[1], WORDS(1)[0]);)"""
    target, origin = device.buffer(8192), device.buffer(np.full(16, 4096, np.uint32))
    error = fault_of(run, pipeline(code, buffers=2), [target, origin], (1, 1, 1), (1, 1, 1))
    assert "past the end of buffer(1)" in error.message
    assert function_at(error).startswith("copy")


def test_fault_stops_the_other_threads_and_the_rest_of_the_work(device, library):
    """The second threadgroup would run for ever; the second dispatch must not run at all."""
    code = """PLAIN(stuck, if (p[0] == 0) for (volatile int k = 0;; ++k) {}
        else WORDS(0)[1u << 20] = 1;)
PLAIN(increment, WORDS(0)[p[0]] += 1;)"""
    compiled = library(code)
    buffer = device.buffer(256)
    commands = device.command_buffer()
    commands.set_buffer(buffer, 0, 0)
    for name in ("stuck", "increment"):
        commands.set_pipeline(compiled.pipeline(name))
        commands.dispatch_threads((64, 1, 1), (1, 1, 1))
    commands.commit()
    with pytest.raises(DeviceError, match="kernel stuck wrote"):
        commands.wait(20)
    assert commands.status == "error"
    assert not buffer.view(np.uint32).any()
    with pytest.raises(DeviceError, match="only once the command buffer has completed"):
        _ = commands.gpu_seconds


def test_stopped_fibers_leave_nothing_behind(device, pipeline, run):
    """After a fault amid barriers the same threads run the next threadgroups correctly."""
    broken = pipeline("""FIBER(broken, runtime->threadgroup_barrier();
        if (i == 500) WORDS(0)[1000000] = 1; runtime->threadgroup_barrier();)""")
    sound = pipeline(
        """FIBER(sound, volatile uint32_t *s = (volatile uint32_t *)SLOT(0); s[i] = i;
        runtime->threadgroup_barrier(); WORDS(0)[p] = s[n - 1 - i];)""",
        slots=[("sound", 4096)],
    )
    buffer = device.buffer(16 * 4096)
    for _ in range(5):
        fault_of(run, broken, [buffer], (16384, 1, 1), (1024, 1, 1))
        run(sound, [buffer], (16384, 1, 1), (1024, 1, 1))
        np.testing.assert_array_equal(
            buffer.view(np.uint32, (16, 1024)), np.tile(np.arange(1023, -1, -1), (16, 1))
        )


def test_denormals_are_still_zero_after_a_fault(device, pipeline, run):
    broken = pipeline("PLAIN(broken, WORDS(0)[64] = 1;)")
    halve = pipeline("PLAIN(halve, FLOATS(0)[p[0]] *= 0.5f;)")
    buffer = device.buffer(np.full(64, np.finfo(np.float32).tiny, np.float32))
    fault_of(run, broken, [buffer], (64, 1, 1), (1, 1, 1))
    run(halve, [buffer], (64, 1, 1), (1, 1, 1))
    assert not buffer.view(np.uint32).any()
