"""How long one waits before timing, what is recorded beside the times, and in which order."""

from __future__ import annotations

import sys

import pytest

from assay.errors import DeviceError
from assay.kernels import conditions, readiness
from assay.kernels.evaluation import run_size
from assay.kernels.evaluator import Evaluator, Settings
from assay.kernels.harness import Allowance, Plan, build
from assay.kernels.settling import Settling


class Clock:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


def settled_after(times, wall=0.0625, window=0.3125):
    """After how many repetitions, of which each takes so long, times have settled."""
    clock = Clock()
    settling = Settling(window, clock)
    for count, seconds in enumerate(times, 1):
        clock.now += wall
        settling.add(seconds)
        if settling.settled:
            return count
    return None


def test_steady_times_settle_after_the_window():
    assert settled_after([1.0] * 20) == 6
    assert settled_after([1.0] * 20, wall=1.0) == 3, "two confirm the first, however slow"
    assert settled_after([1.0] * 20, window=0.0) == 3


def test_a_step_begins_the_window_anew():
    assert settled_after([1.0] * 4 + [0.5] * 20) == 10


def test_a_slow_decline_has_not_settled():
    """Half a percent per repetition, where a comparison with the last one would see nothing."""
    decline = [0.995**k for k in range(100)]
    assert settled_after(decline) is None
    assert settled_after(decline + [decline[-1]] * 20) in range(100, 107)


def test_noise_above_the_level_does_not_matter():
    assert settled_after([1.0, 1.4, 1.01, 2.0, 0.99, 1.2, 1.1]) == 6


FALLING = """
times = iter([8e-3, 4e-3, 2e-3] + [1e-3] * 1000)
def SECONDS(): return next(times)
"""
# It takes a moment, so that half a second of falling does not reach zero.
NEVER = """
import time
level = 1.0
def SECONDS():
    global level
    time.sleep(0.001)
    level *= 0.9
    return level
"""


def test_timing_waits_until_times_have_settled(evaluator, twice, good, monkeypatch):
    monkeypatch.setattr("assay.kernels.settling.SECONDS", 1e-9)
    [size] = evaluator.evaluate(twice, good + FALLING, ["small"]).sizes
    assert size.samples == (1e-3,) * 10
    assert (size.warmup, size.settled) == (6, True)  # three, and 1 ms was confirmed twice


def test_timing_begins_where_times_never_settle(evaluator, twice, good, monkeypatch):
    monkeypatch.setattr("assay.kernels.settling.SECONDS", 0.05)
    [size] = evaluator.evaluate(twice, good + NEVER, ["small"]).sizes
    assert len(size.samples) == 10
    assert size.warmup > 3 and size.settled is False


def test_nothing_is_waited_for_without_warm_up(fake, twice, good, monkeypatch):
    monkeypatch.setattr("assay.kernels.settling.SECONDS", 0.05)
    with Evaluator("fake", Settings(warmup=0, measure=4), fake.open_device) as evaluator:
        [size] = evaluator.evaluate(twice, good + NEVER, ["small"]).sizes
    assert (size.warmup, size.settled) == (1, None)


def test_every_sample_has_its_start(evaluator, twice, good):
    slow = "import time\n" + good + "    time.sleep(0.002)\n"
    [size] = evaluator.evaluate(twice, slow, ["small"]).sizes
    assert len(size.starts) == len(size.samples) == 10
    assert size.starts[0] == 0
    gaps = [later - start for start, later in zip(size.starts, size.starts[1:], strict=False)]
    assert min(gaps) >= 0.002


def test_two_kernels_take_turns(evaluator, twice, good):
    comparison = evaluator.compare(twice, good, good + "    b[1][:] += 0\n")
    for size in comparison.sizes:
        turns = sorted(
            [(start, "A") for start in size.seed_starts]
            + [(start, "B") for start in size.incumbent_starts]
        )
        order = "".join(name for _, name in turns)
        assert order in ("ABBA" * 5, "BAAB" * 5), order


def test_what_disturbed_a_measurement_is_recorded(fake, twice, good):
    with Evaluator("fake", Settings(), fake.open_hot_device) as evaluator:
        small, large = evaluator.evaluate(twice, good).sizes
        turns = evaluator.compare(twice, good, good + "    pass\n").sizes
    assert small.disturbances == large.disturbances == ("thermal state serious",)
    assert turns[0].disturbances == ("thermal state serious",)
    words = "Times are doubtful, thermal state serious: small, large"
    assert list(conditions.doubts([small, large])) == [words]


def test_nothing_is_said_about_a_calm_device(evaluator, twice, good):
    assert evaluator.evaluate(twice, good, ["small"]).sizes[0].disturbances == ()


class Processor:
    name = "cpu"


@pytest.fixture
def processors(tmp_path, monkeypatch):
    """``processors(governor, driver, throttled, load)``: what the system says of two processors."""

    def make(governor="performance", driver="acpi-cpufreq", throttled=(0, 0), load=0.5):
        for number, count in enumerate(throttled):
            folder = tmp_path / f"cpu{number}"
            for name, text in (
                ("cpufreq/scaling_governor", governor),
                ("cpufreq/scaling_driver", driver),
                ("thermal_throttle/core_throttle_count", str(count)),
            ):
                path = folder / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(f"{text}\n")
        monkeypatch.setattr(conditions, "PROCESSORS", tmp_path)
        monkeypatch.setattr(conditions, "_usable", lambda: 2)
        monkeypatch.setattr("os.getloadavg", lambda: (load, 0.0, 0.0))
        return conditions.conditions(Processor())

    return make


def test_the_state_of_the_processors(processors):
    calm = processors()
    assert calm == {
        "processors": "2",
        "governor": "performance (acpi-cpufreq)",
        "throttle_events": "0",
        "load_average": "0.50",
    }
    assert conditions.disturbances(calm, calm) == ()
    assert conditions.words(calm).endswith("throttle events 0, load average 0.50")


def test_what_disturbs_processors(processors):
    before = processors(throttled=(3, 4))
    after = processors(throttled=(3, 9), governor="powersave", load=3.5)
    assert conditions.disturbances(before, after) == (
        "frequency governor powersave",
        "load above 3 on 2 processors",
        "the processor was throttled 5 times",
    )
    adaptive = processors(governor="powersave", driver="intel_pstate", throttled=(12, 12))
    assert conditions.disturbances(adaptive, adaptive) == ()


def test_a_system_that_tells_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(conditions, "PROCESSORS", tmp_path / "absent")
    monkeypatch.setattr("os.getloadavg", lambda: (_ for _ in ()).throw(OSError()))
    assert list(conditions.conditions(Processor())) == ["processors"]


class Lost:
    """A device that loses its first command buffers."""

    name = "fake"

    def __init__(self, fake, lost):
        self._device = fake.Device()
        self._lost = lost

    def __getattr__(self, name):
        return getattr(self._device, name)

    def command_buffer(self, *arguments):
        commands = self._device.command_buffer(*arguments)
        if self._lost:
            self._lost -= 1
            commands.wait = self._fail
        return commands

    @staticmethod
    def _fail(timeout=None):
        raise DeviceError("discarded", "kernel twice was discarded: the GPU was reset")


@pytest.mark.parametrize("lost", [1, 2, 3])
def test_a_repetition_that_the_device_lost_is_done_again(fake, twice, good, lost):
    device, size = Lost(fake, lost), twice.spec.size("small")
    allowance = Allowance(5.0, lambda seconds: None)
    programs = [build(device, twice.spec, good, allowance.copy())]
    if lost < readiness.ATTEMPTS:
        [measured] = run_size(device, twice, size, programs, Plan(1, 2), allowance.copy)
        assert len(measured.samples) == 2
        return
    with pytest.raises(DeviceError, match="the GPU was reset"):
        run_size(device, twice, size, programs, Plan(1, 2), allowance.copy)


def test_a_gpu_that_is_busy_is_waited_for_and_named(fake):
    endless = fake.Device()
    source = "import time\ndef ready(b, grid): time.sleep(0.02)"
    endless.compile = lambda _: fake.Device().compile(source)
    with pytest.raises(DeviceError, match=r"within 0\.01 s: it is busy") as caught:
        readiness.wait_until_ready(endless, patience=0.01)
    assert caught.value.kind == "unavailable"


def test_low_power_mode_is_a_disturbance():
    state = {"thermal_state": "nominal", "low_power_mode": "on"}
    assert conditions.disturbances(state, state) == ("low-power mode",)


@pytest.mark.skipif(sys.platform != "linux", reason="the CPU device needs Linux")
def test_the_worker_may_read_the_load(twice, tmp_path):
    """Its files are limited, but the state of the machine is among those that it sees."""
    with Evaluator("cpu") as evaluator:
        assert "load_average" in evaluator.facts()[1]
