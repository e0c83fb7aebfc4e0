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
    done = run_python([*PYTEST, *selection], ASSAY_SHIM_WATCHDOG="2")
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
kernel = device.compile('''kernel void slow(device volatile uint *x [[buffer(0)]]) {
    for (uint k = 0; k < 2000000000u; ++k) { x[0] = k; } }''').pipeline("slow")
buffer = device.buffer(4)
commands = device.command_buffer()
commands.set_pipeline(kernel)
commands.set_buffer(buffer, 0, 0)
commands.dispatch_threads((1, 1, 1), (1, 1, 1))
commands.commit()
print(buffer.view(np.uint32)[0])
"""
    assert run_python(["-c", code, str(HERE)]).returncode == -11


def test_a_gpu_that_does_not_measure_is_told_apart_from_a_fast_one(run_python):
    done = run_python([str(HERE / "smoke.py")], ASSAY_SHIM_UNTIMED="1")
    assert "the device did not measure how long its work took" in done.stderr
