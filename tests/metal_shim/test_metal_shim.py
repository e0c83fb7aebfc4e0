"""The device tests on the Metal backend, and what the backend does beyond them."""

from __future__ import annotations

from pathlib import Path

import pytest

pytestmark = pytest.mark.metal_shim

HERE = Path(__file__).resolve().parent
PYTEST = ["-m", "pytest", "-q", "-p", "live_objects", "-p", "no:cacheprovider", "--tb=short"]


def test_all_device_tests(run_python):
    # Work that is given up on, which Metal cannot stop, keeps the tests behind it waiting.
    selection = ["-m", "not cpu_device and not slow", str(HERE.parent / "device")]
    done = run_python([*PYTEST, *selection], ASSAY_SHIM_WATCHDOG="5")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "objects alive: 0, open pools: 0" in done.stdout


def test_the_backend_itself(run_python):
    done = run_python([*PYTEST, str(HERE / "inside")])
    assert done.returncode == 0, done.stdout + done.stderr
    assert "objects alive: 0, open pools: 0" in done.stdout


def test_smoke(run_python):
    done = run_python([str(HERE / "smoke.py")])
    assert (done.returncode, done.stdout) == (0, "nothing is left\n"), done.stderr


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"ASSAY_SHIM_GPUS": "none"}, "macOS offers no GPU to this process"),
        ({"ASSAY_METAL_GPU": "Radeon"}, "no GPU of this Mac has 'Radeon' in its name"),
        ({"ASSAY_METAL_MATH": "exact"}, "there is no arithmetic 'exact'"),
    ],
)
def test_why_the_device_cannot_be_opened(run_python, environment, expected):
    done = run_python(["-c", "import assay; assay.device('metal')"], **environment)
    assert done.returncode == 1
    assert expected in done.stderr


@pytest.mark.parametrize(
    "environment", [{"ASSAY_SHIM_GPUS": "listed"}, {"ASSAY_METAL_GPU": "M1 Pro"}]
)
def test_a_gpu_that_is_not_the_default_is_found(run_python, environment):
    done = run_python(["-c", "import assay; print(assay.device().description)"], **environment)
    assert done.stdout == "Apple M1 Pro (shim)\n", done.stderr


def test_state_and_arithmetic_are_told(run_python):
    code = "import assay; d = assay.device(); print(d.conditions, d.properties['math'])"
    state = {"ASSAY_SHIM_THERMAL_STATE": "2", "ASSAY_SHIM_LOW_POWER": "1"}
    done = run_python(["-c", code], ASSAY_METAL_MATH="relaxed", **state)
    assert "{'low_power_mode': 'on', 'thermal_state': 'serious'} relaxed" in done.stdout


def as_on_macos_14(text: str) -> str:
    return text.replace("@available(macOS 15.0, *)", "false")


@pytest.mark.parametrize(
    ("math", "old", "options"),
    [
        ("fast", False, "language 30002, fast math 1, mode 2, functions 0"),
        ("relaxed", False, "language 30002, fast math 1, mode 1, functions 0"),
        ("safe", False, "language 30002, fast math 1, mode 0, functions 1"),
        ("fast", True, "language 30001, fast math 1, mode -1, functions -1"),
        ("safe", True, "language 30001, fast math 0, mode -1, functions -1"),
    ],
)
def test_language_and_arithmetic_that_the_system_offers(run_python, math, old, options):
    edits = {"metal_device.mm": as_on_macos_14} if old else None
    code = "import assay; assay.device().compile('kernel void f(device int *x [[buffer(0)]]) {}')"
    done = run_python(["-c", code], edits, ASSAY_SHIM_OPTIONS="1", ASSAY_METAL_MATH=math)
    assert (done.returncode, done.stderr) == (0, options + "\n")


def test_arithmetic_that_an_older_system_does_not_offer(run_python):
    edits = {"metal_device.mm": as_on_macos_14}
    done = run_python(["-c", "import assay; assay.device()"], edits, ASSAY_METAL_MATH="relaxed")
    assert "relaxed arithmetic needs macOS 15: use ASSAY_METAL_MATH=fast or safe" in done.stderr


def test_the_first_command_buffer_is_captured(run_python, tmp_path):
    trace = {"ASSAY_METAL_CAPTURE": str(tmp_path / "first.gputrace")}
    done = run_python([str(HERE / "smoke.py")], MTL_CAPTURE_ENABLED="1", **trace)
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("capture starts") == done.stderr.count("capture ends") == 1
    done = run_python([str(HERE / "smoke.py")], **trace)
    assert "only with MTL_CAPTURE_ENABLED=1 in the environment" in done.stderr


def test_reading_before_the_end_crashes(run_python):
    """So that the device tests, which read results, prove that the backend waits."""
    code = """
import sys; sys.path.insert(0, sys.argv[1])
import numpy as np, assay
device = assay.device("metal")
kernel = device.compile('''kernel void endless(device volatile uint *x [[buffer(0)]]) {
    for (uint k = 0;; ++k) { x[0] = k; } }''').pipeline("endless")
buffer = device.buffer(4)
commands = device.command_buffer()
commands.set_pipeline(kernel)
commands.set_buffer(buffer, 0, 0)
commands.dispatch_threads((1, 1, 1), (1, 1, 1))
commands.commit()
print(buffer.view(np.uint32)[0])
"""
    assert run_python(["-c", code, str(HERE)]).returncode == -11


def test_the_first_failure_of_a_process(run_python):
    code = """
import assay
device = assay.device("metal")
source = "kernel void endless(device volatile uint *x [[buffer(0)]]) { while (true) { x[0] = 1; } }"
commands = device.command_buffer()
commands.set_pipeline(device.compile(source).pipeline("endless"))
commands.set_buffer(device.buffer(4), 0, 0)
commands.dispatch_threads((1, 1, 1), (1, 1, 1))
commands.commit()
commands.wait()
"""
    done = run_python(["-c", code], ASSAY_SHIM_WATCHDOG="1")
    assert "DeviceError: kernel endless was stopped by Metal" in done.stderr


def test_a_gpu_that_does_not_measure_is_told_apart_from_a_fast_one(run_python):
    done = run_python([str(HERE / "smoke.py")], ASSAY_SHIM_UNTIMED="1")
    assert "the device did not measure how long its work took" in done.stderr


VICTIM = (
    "Discarded (victim of GPU error/recovery) "
    "(00000005:kIOGPUCommandBufferCallbackErrorInnocentVictim)"
)


@pytest.mark.parametrize(
    ("code", "text", "kind"),
    [
        (2, "Caused GPU Timeout Error (00000002:kIOGPUCommandBufferCallbackErrorTimeout)",
         "timeout"),
        (1, "Caused GPU Hang Error (00000003:kIOGPUCommandBufferCallbackErrorHang)", "timeout"),
        (1, "Impacting Interactivity (0000000e:kIOGPUCommandBufferCallbackError"
            "ImpactingInteractivity)", "timeout"),
        (3, "Caused GPU Address Fault Error (0000000b:kIOGPUCommandBufferCallbackErrorPageFault)",
         "fault"),
        (1, VICTIM, "discarded"),
        (4, "Ignored (for causing prior/excessive GPU errors) "
            "(00000004:kIOGPUCommandBufferCallbackErrorSubmissionsIgnored)", "discarded"),
        (8, "Insufficient Memory (00000008:kIOGPUCommandBufferCallbackErrorOutOfMemory)",
         "unavailable"),
        (14, "", "fault"),
    ],
)  # fmt: skip
def test_whose_fault_a_failure_is(run_python, code, text, kind):
    smoke = f"""
import sys, runpy
from assay.errors import DeviceError
try:
    runpy.run_path({str(HERE / "smoke.py")!r}, run_name="__main__")
except DeviceError as error:
    print(error.kind, error.message)
"""
    done = run_python(["-c", smoke], ASSAY_SHIM_FAILURES=f"1 {code} {text}")
    how = "discarded" if kind == "discarded" else "stopped"
    assert done.stdout == f"{kind} kernel scale was {how} by Metal: {text}\n", done.stderr


def test_work_that_was_lost_is_done_again(run_python):
    """Here that which asks whether the GPU is ready."""
    command = [str(HERE / "command.py"), "eval", "saxpy", "seed", "--sizes", "1M"]
    command += ["--warmup", "0", "--measure", "1"]
    done = run_python(command, ASSAY_SHIM_FAILURES=f"2 1 {VICTIM}")
    assert "(saxpy on metal): ok" in done.stdout, done.stderr
    done = run_python(command, ASSAY_SHIM_FAILURES=f"30 1 {VICTIM}")
    assert done.returncode == 1
    assert "kernel ready was discarded by Metal: Discarded" in done.stderr
