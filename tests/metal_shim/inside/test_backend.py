"""What the Metal backend does beyond what every device does; runs in the shim's processes."""

from __future__ import annotations

import time

import numpy as np
import pytest

import assay
from assay.errors import CompileError, DeviceError, Diagnostic

SAXPY = """
kernel void second(device float *y [[buffer(0)]], constant float &a [[buffer(1)]],
                   uint i [[thread_position_in_grid]]) { y[i] += a; }
kernel void first(device float *y [[buffer(0)]], uint i [[thread_position_in_grid]]) { y[i] = 1; }
"""
ENDLESS = """
kernel void endless(device volatile uint *x [[buffer(0)]]) { for (uint k = 0;; ++k) { x[0] = k; } }
kernel void other(device uint *x [[buffer(0)]]) { x[0] = 7; }
"""


class AppleError(Exception):
    """What the shim's compiler raises to speak like Apple's."""

    diagnostics = ()

    def __init__(self, text: str) -> None:
        self.apple_text = text


@pytest.fixture
def device():
    return assay.device("metal")


@pytest.fixture
def says(device, monkeypatch):
    """``says(text)``: the diagnostics where Apple's compiler says so."""
    from assay import _native

    def compiled(text: str) -> tuple[Diagnostic, ...]:
        def fail(source: str) -> None:
            raise AppleError(text)

        monkeypatch.setattr(_native, "shim_compiler", fail, raising=False)
        with pytest.raises(CompileError) as caught:
            device.compile(f"// {time.monotonic_ns()}")
        assert caught.value.log == text
        return caught.value.diagnostics

    return compiled


def commit(device, kernels, buffer):
    commands = device.command_buffer()
    commands.set_buffer(buffer, 0, 0)
    for kernel in kernels:
        commands.set_pipeline(kernel)
        commands.dispatch_threads((1, 1, 1), (1, 1, 1))
    commands.commit()
    return commands


def test_findings_of_apples_compiler_once_each(says):
    finding = (
        "program_source:9:23: error: use of undeclared identifier 'foo'\n"
        "    y[i] = a * x[i] + foo;\n"
        "                      ^\n"
        "program_source:12:1: warning: unused variable 'b' [-Wunused-variable]\n"
        "program_source:14:5: error: no matching function for call to 'mix'\n"
        "program_source:14:5: note: candidate function not viable: requires 3 arguments\n"
    )
    text = f"Compilation failed: \n\n{finding}\nUserInfo={{NSLocalizedDescription={finding}}}"
    assert says(text) == (
        Diagnostic("use of undeclared identifier 'foo'", 9, 23),
        Diagnostic("unused variable 'b' [-Wunused-variable]", 12, 1, "warning"),
        Diagnostic(
            "no matching function for call to 'mix'",
            14,
            5,
            hint="candidate function not viable: requires 3 arguments",
        ),
    )


def test_finding_inside_apples_headers(says):
    text = "/System/metal_math:12:3: fatal error: too many errors emitted"
    assert says(text) == (Diagnostic("too many errors emitted (in /System/metal_math, line 12)"),)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Compiler encountered an internal error\n", "Compiler encountered an internal error"),
        ("", "the compiler gave no reason"),
        ("x" * 100_000 + ":1:1: error: long", "x" * 100_000 + ":1:1: error: long"),
    ],
)
def test_text_without_findings_is_one(says, text, message):
    assert says(text) == (Diagnostic(message),)


def test_a_line_is_cut_between_characters(says):
    [found] = says("program_source:1:1: error: " + "\N{BLACK STAR}" * 2000)
    assert set(found.message) == {"\N{BLACK STAR}"}
    assert len(found.message.encode()) < 2000


def test_a_source_is_compiled_once(device, monkeypatch):
    from assay import _native, msl

    compiled = []

    def compile_and_count(source: str):
        compiled.append(source)
        return msl.compile(source)

    monkeypatch.setattr(_native, "shim_compiler", compile_and_count, raising=False)
    source = f"{SAXPY}// {time.monotonic_ns()}"
    first = device.compile(source)
    calls = len(compiled)
    assert device.compile(source).kernel_names == first.kernel_names
    assert len(compiled) == calls > 0


def test_zero_byte_in_the_source(device):
    with pytest.raises(CompileError, match="zero byte"):
        device.compile(SAXPY + "\0")


def test_kernels_in_the_order_of_the_source(device):
    assert device.compile(SAXPY).kernel_names == ["second", "first"]


def test_bindings_carry_over_between_dispatches(device):
    library = device.compile(SAXPY)
    values = device.buffer(np.array([10, 20, 30, 40], np.float32))
    y = device.buffer(16)
    commands = device.command_buffer()
    commands.set_buffer(y, 0, 0)
    commands.set_pipeline(library.pipeline("first"))
    commands.dispatch_threads((4, 1, 1), (4, 1, 1))
    commands.set_pipeline(library.pipeline("second"))
    for step in range(4):
        commands.set_buffer(values, 4 * step, 1)
        commands.dispatch_threads((4, 1, 1), (4, 1, 1))
    commands.commit()
    commands.wait(20)
    assert y.view(np.float32).tolist() == [101] * 4


def test_longest_buffer(device):
    with pytest.raises(DeviceError, match="the longest buffer has 8589934592"):
        device.buffer(2**33 + 1)


def test_perturbation_is_not_offered(device):
    assert not device.perturbs_schedules
    with pytest.raises(DeviceError, match="use the CPU device"):
        device.command_buffer(perturbation=1)


@pytest.fixture
def short_watchdog(monkeypatch):
    monkeypatch.setenv("ASSAY_SHIM_WATCHDOG", "1")


def test_timeout_of_the_caller(device, short_watchdog):
    kernel = device.compile(ENDLESS).pipeline("endless")
    commands = commit(device, [kernel], device.buffer(4))
    with pytest.raises(DeviceError, match=r"kernel endless did not finish within 0\.1 s") as caught:
        commands.wait(0.1)
    assert (caught.value.kind, caught.value.kernel) == ("timeout", "endless")
    assert "Metal cannot stop it" in caught.value.message
    assert commands.status == "error"
    time.sleep(1.5)  # the watchdog ends it: nothing changes
    with pytest.raises(DeviceError, match="did not finish within"):
        commands.wait()


def test_timeout_of_the_system(device, short_watchdog):
    library = device.compile(ENDLESS)
    kernels = [library.pipeline("other"), library.pipeline("endless")]
    buffer = device.buffer(4)
    commands = commit(device, kernels, buffer)
    with pytest.raises(DeviceError, match="one of the kernels other, endless was stopped by Metal"):
        commands.wait()
    assert commands.status == "error"
    commit(device, kernels[:1], buffer).wait(20)
    assert buffer.view(np.uint32)[0] == 7


def test_fault(device):
    source = "kernel void stray(device uint *x [[buffer(0)]]) { x[1 << 20] = 1; }"
    commands = commit(device, [device.compile(source).pipeline("stray")], device.buffer(4))
    with pytest.raises(DeviceError, match="kernel stray was stopped by Metal") as caught:
        commands.wait(20)
    assert (caught.value.kind, caught.value.kernel) == ("fault", "stray")


def test_metal_is_the_default():
    assert assay.device().name == "metal"


def test_properties(device):
    assert device.properties["family"] == "apple7"
    assert device.properties["language"] == "3.2"
    assert int(device.properties["recommended_working_set"]) == 2**34
    assert device.conditions == {"thermal_state": "nominal", "low_power_mode": "off"}
