from __future__ import annotations

import threading
import time
from concurrent.futures import Future

import pytest

from assay.errors import AssayError
from assay.sweeps import schedule as scheduling
from assay.sweeps.executors import Here
from assay.sweeps.jobs import Folder, Stopped, exclusive
from assay.sweeps.plan import Limits, RunPlan
from assay.sweeps.schedule import Schedule


def _plans(*models):
    return [RunPlan(f"{k}-{model}", "p", model, k) for k, model in enumerate(models)]


class ByHand:
    """A place where a test ends the jobs."""

    def __init__(self):
        self.futures: dict[str, Future] = {}
        self.devices: list[str | None] = []
        self.is_lost = False

    def submit(self, device, function, plan):
        self.devices.append(device)
        self.futures[plan.name] = Future()
        return self.futures[plan.name]

    def check(self):
        if self.is_lost:
            raise AssayError("lost")


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(scheduling, "INTERVAL", 0.01)


def _schedule(plans, limits, place):
    return Schedule(plans, limits, place, lambda plan: None, lambda plan: "cpu")


def test_no_limit_is_exceeded_and_everything_is_executed(quick):
    plans = _plans("a:1", "a:2", "b:1", "a:1", "b:2", "c", "a:1")
    place, ended, most = ByHand(), [], {"all": 0, "a": 0}
    schedule = _schedule(plans, Limits(3, {"a": 2}), place)

    def tick():
        names = [plan.provider for plan in schedule.under_way.values()]
        most["all"] = max(most["all"], len(names))
        most["a"] = max(most["a"], names.count("a"))
        for future, _ in list(schedule.under_way.items())[:1]:
            future.set_result(None)

    schedule.work(lambda plan, error: ended.append((plan.name, error)), tick)
    assert sorted(ended) == sorted((plan.name, None) for plan in plans)
    assert most == {"all": 3, "a": 2}
    assert place.devices == ["cpu"] * len(plans)


def test_a_limit_of_one_provider_does_not_hold_up_another(quick):
    place = ByHand()
    schedule = _schedule(_plans("a", "a", "b"), Limits(None, {"a": 1}), place)

    def tick():
        assert len(schedule.under_way) <= 2
        for future in list(schedule.under_way):
            future.set_result(None)

    schedule.work(lambda plan, error: None, tick)
    assert list(place.futures) == ["0-a", "2-b", "1-a"]


def test_a_failure_is_handed_on_and_the_rest_goes_on(quick):
    schedule, ended = _schedule(_plans("a", "b"), Limits(1), ByHand()), {}

    def tick():
        for future, plan in schedule.under_way.items():
            if plan.model == "a":
                future.set_exception(ValueError("no"))
            else:
                future.set_result(None)

    schedule.work(lambda plan, error: ended.update({plan.model: error}), tick)
    assert isinstance(ended["a"], ValueError) and ended["b"] is None


def test_what_a_lost_place_cancels_has_not_failed(quick):
    place, ended = ByHand(), []
    schedule = _schedule(_plans("a"), Limits(1), place)

    def tick():
        for future in schedule.under_way:
            future.cancel()
            future.set_running_or_notify_cancel()
        place.is_lost = True

    with pytest.raises(AssayError, match="lost"):
        schedule.work(lambda *ended_run: ended.append(ended_run), tick)
    assert ended == []


def test_threads_execute_at_the_same_time():
    both = threading.Barrier(2, timeout=120)
    place = Here()
    futures = [place.submit(None, both.wait) for _ in range(2)]
    assert sorted(future.result(120) for future in futures) == [0, 1]
    failing = place.submit(None, lambda: 1 / 0)
    assert isinstance(failing.exception(120), ZeroDivisionError)


def test_one_at_a_time_measures_on_a_device(tmp_path, monkeypatch):
    monkeypatch.setenv("ASSAY_CACHE", str(tmp_path))
    inside, most = [], []

    def measure(device):
        with exclusive(device):
            inside.append(device)
            most.append(inside.count(device))
            time.sleep(0.02)
            inside.remove(device)

    threads = [threading.Thread(target=measure, args=("cpu",)) for _ in range(5)]
    with exclusive("metal"):  # Another device is no hindrance.
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert most == [1] * 5


def test_failures_are_remembered_until_a_run_succeeds(tmp_path):
    folder = Folder(tmp_path)
    folder.prepare()
    assert folder.failure("a") is None
    folder.fail("a", "no key")
    assert Folder(tmp_path).failure("a") == "no key"
    folder.succeed("a")
    assert folder.failure("a") is None


def test_runs_are_told_to_stop_until_the_sweep_begins_again(tmp_path):
    folder = Folder(tmp_path)
    folder.prepare()
    folder.check()
    folder.stop()
    with pytest.raises(Stopped):
        folder.check()
    folder.prepare()
    folder.check()


def test_a_worker_that_does_not_see_the_folder_says_so(tmp_path):
    mark = Folder(tmp_path / "here").prepare()
    Folder(tmp_path / "here").require(mark)
    assert Folder(tmp_path / "here").prepare() == mark
    other = Folder(tmp_path / "there")
    with pytest.raises(AssayError, match="all machines share"):
        other.require(mark)
    other.prepare()
    with pytest.raises(AssayError, match="all machines share"):
        other.require(mark)
