"""Kernels that do not end, and waits that are interrupted."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from assay.errors import DeviceError

ENDLESS = "PLAIN(endless, for (volatile uint32_t k = 0;; ++k) {})"
ENDLESS_FIBERS = "FIBER(endless, for (;;) runtime->threadgroup_barrier();)"
ENDLESS_EXCHANGE = "FIBER(endless, for (;;) runtime->simd_exchange(&i, 4, 3);)"
INCREMENT = "PLAIN(increment, WORDS(0)[p[0]] += 1;)"
# Ends when the host says so.
PATIENT = "PLAIN(patient, while (HOST_WORDS[0] == 0) {})"


def commit(device, kernel, buffer, grid=(64, 1, 1), group=(32, 1, 1)):
    commands = device.command_buffer()
    commands.set_pipeline(kernel)
    commands.set_buffer(buffer, 0, 0)
    commands.dispatch_threads(grid, group)
    commands.commit()
    return commands


@pytest.mark.cpu_device
@pytest.mark.parametrize("code", [ENDLESS, ENDLESS_FIBERS, ENDLESS_EXCHANGE])
def test_endless_kernel_is_stopped_and_placed(device, pipeline, run, host_words, code):
    words, buffer = host_words
    commands = commit(device, pipeline(code.replace("for (", "HOST_WORDS[0] = 1; for (")), buffer)
    start = time.monotonic()
    while not words[0]:
        assert time.monotonic() - start < 60
    start, spent = time.monotonic(), time.process_time()
    with pytest.raises(DeviceError, match=r"kernel endless did not finish within 0\.2 s") as caught:
        commands.wait(timeout=0.2)
    assert time.monotonic() - start >= 0.2
    # Of the processors' time: a busy machine stretches the time on the clock.
    assert time.process_time() - spent < 2 * len(os.sched_getaffinity(0))
    error = caught.value
    assert error.kind == "timeout"
    assert error.kernel == "endless"
    assert error.offsets
    assert all(0 < offset < os.path.getsize(error.library) + 65536 for offset in error.offsets)
    assert commands.status == "error"
    with pytest.raises(DeviceError, match="did not finish"):
        commands.wait()
    buffer = device.buffer(256)
    run(pipeline(INCREMENT), [buffer], (64, 1, 1), (32, 1, 1))
    np.testing.assert_array_equal(buffer.view(np.uint32), 1)


@pytest.mark.cpu_device
def test_work_that_has_not_started_times_out_too(device, pipeline):
    first = commit(device, pipeline(ENDLESS), device.buffer(4))
    buffer = device.buffer(256)
    second = commit(device, pipeline(INCREMENT), buffer)
    with pytest.raises(DeviceError, match="did not start within") as caught:
        second.wait(timeout=0.1)
    assert caught.value.kind == "timeout"
    with pytest.raises(DeviceError, match="did not finish"):
        first.wait(timeout=0)
    assert not buffer.view(np.uint32).any()


def test_wait_lets_other_python_threads_run(device, pipeline, host_words):
    """The kernel, and with it the wait, ends by what another thread does."""
    words, buffer = host_words
    commands = commit(device, pipeline(PATIENT), buffer)
    other = threading.Timer(0.1, lambda: words.fill(1))
    other.start()
    commands.wait(timeout=60)
    other.join()
    assert commands.status == "completed"


@pytest.fixture
def interrupt_key():
    """Python's own handler: where a shell runs the tests in the background, the key is ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_interrupt_key_ends_the_wait(device, pipeline, interrupt_key):
    commands = commit(device, pipeline(ENDLESS), device.buffer(4))
    timer = threading.Timer(0.2, lambda: os.kill(os.getpid(), signal.SIGINT))
    with pytest.raises(KeyboardInterrupt):
        timer.start()
        commands.wait(timeout=60)
    timer.join()
    assert commands.status == "committed"
    with pytest.raises(DeviceError):
        commands.wait(timeout=0)


# Runs in a process of its own: it ends while a kernel still runs, or dies, or forks.
CHILD = """
import os, sys
from assay import _native

class Program:
    path = sys.argv[1]

device = _native.cpu_device(lambda source: Program)
commands = device.command_buffer()
commands.set_pipeline(device.compile("").pipeline("endless"))
commands.set_buffer(device.buffer(4), 0, 0)
commands.dispatch_threads((64, 1, 1), (32, 1, 1))
commands.commit()
"""


def run_child(tail: str, path: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-X", "faulthandler", "-c", CHILD + tail, str(path)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture
def endless_path(compiler, source):
    """Path of a library with an endless kernel."""
    return compiler(source(ENDLESS)).path


@pytest.mark.cpu_device
def test_process_ends_although_a_kernel_still_runs(endless_path):
    assert run_child("", endless_path).returncode == 0


@pytest.mark.cpu_device
def test_faults_outside_kernels_still_reach_python(endless_path):
    """The handlers of the device are installed, but the fault is not in a kernel."""
    tail = "import ctypes, time; time.sleep(0.2); ctypes.string_at(8)"
    done = run_child(tail, endless_path)
    assert done.returncode == -signal.SIGSEGV
    assert "Fatal Python error: Segmentation fault" in done.stderr
    assert "string_at" in done.stderr


@pytest.mark.cpu_device
def test_signal_sent_from_outside_kills_as_usual(endless_path):
    tail = "import signal, time; time.sleep(0.2); os.kill(os.getpid(), signal.SIGSEGV)"
    assert run_child(tail, endless_path).returncode == -signal.SIGSEGV


@pytest.mark.cpu_device
def test_a_forked_child_is_told_to_open_its_own_device(endless_path):
    tail = """
from assay.errors import DeviceError
child = os.fork()
if child == 0:
    try:
        device.command_buffer()
    except DeviceError as error:
        del commands, device
        os._exit(7 if "forked" in str(error) else 8)
    os._exit(9)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    assert run_child(tail, endless_path).returncode == 7
