"""A real Dask cluster on this machine, whose parts are killed while a sweep works."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "darwin", reason="the CPU device needs Linux"),
]

SWEEP = """
problems = ["heat2d"]
models = ["autotune"]
seeds = [0, 1, 2]
[options]
device = "cpu"
iterations = 3
warmup = 0
measure = 2
[concurrency]
autotune = 2
"""
RUNS = [f"heat2d-autotune-seed{seed}" for seed in range(3)]
LONG = 240.0  # Seconds for anything, on a machine that does other work as well.


def _wait_for(condition, child=None):
    deadline = time.monotonic() + LONG
    while not condition():
        assert time.monotonic() < deadline, "nothing happened for too long"
        assert child is None or child.poll() is None, child.communicate()
        time.sleep(0.1)


class LocalCluster:
    """A scheduler and workers as processes of their own, to be killed one by one."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.address = f"tcp://127.0.0.1:{self.port}"
        self.folder = folder
        self.processes: list[subprocess.Popen] = []

    def _start(self, module: str, *arguments: str) -> subprocess.Popen:
        command = [sys.executable, "-m", f"distributed.cli.{module}", *arguments, "--no-dashboard"]
        child = subprocess.Popen(
            command,
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self.processes.append(child)
        return child

    def scheduler(self) -> subprocess.Popen:
        address = ("--host", "127.0.0.1", "--port", str(self.port))
        child = self._start("dask_scheduler", *address, "--no-jupyter")
        _wait_for(self._answers, child)
        return child

    def worker(self) -> subprocess.Popen:
        options = ("--nthreads", "1", "--no-nanny", "--resources", "cpu=1")
        return self._start("dask_worker", self.address, *options)

    def _answers(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def kill(self, child: subprocess.Popen) -> None:
        """Without a warning, as a power failure does."""
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()

    def close(self) -> None:
        for child in self.processes:
            if child.poll() is None:
                self.kill(child)


@pytest.fixture
def cluster(tmp_path):
    pytest.importorskip("distributed", reason="needs Dask: pip install '.[dask]'")
    started = LocalCluster(tmp_path)
    yield started
    started.close()


@pytest.fixture
def sweep(tmp_path, cluster):
    """Start the sweep on the cluster, as a process of its own."""
    (tmp_path / "three.toml").write_text(SWEEP)
    started = []

    def start() -> subprocess.Popen:
        command = ["sweep", "three.toml", "--scheduler", cluster.address]
        child = subprocess.Popen(
            [sys.executable, "-m", "assay", *command],
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(child)
        return child

    yield start
    for child in started:
        if child.poll() is None:
            child.kill()
            child.communicate()


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "runs" / "three"


def _events(folder, name):
    """Those in the log, without the line that is just being written."""
    log = folder / name / "events.jsonl"
    lines = log.read_text().split("\n")[:-1] if log.exists() else []
    return [json.loads(line) for line in lines]


def _count(folder, kind):
    return sum(event["event"] == kind for name in RUNS for event in _events(folder, name))


def _assert_complete(folder):
    """Every run is complete, and nothing in it was done twice."""
    for name in RUNS:
        events = _events(folder, name)
        judged = [e["iteration"] for e in events if e["event"] in ("evaluated", "skipped")]
        assert judged == [1, 2, 3], name
        asked = [e["iteration"] for e in events if e["event"] == "replied"]
        assert len(asked) == len(set(asked)), name
        assert [e["event"] for e in events][-1] == "finished", name
    assert list((folder / "failed").iterdir()) == []


def test_a_sweep_survives_a_worker_that_is_killed_and_restarted(cluster, sweep, folder):
    cluster.scheduler()
    victim, _ = cluster.worker(), cluster.worker()
    child = sweep()
    _wait_for(lambda: _count(folder, "evaluated") >= 1, child)
    cluster.kill(victim)
    before = {name: _events(folder, name) for name in RUNS}
    cluster.worker()
    output, errors = child.communicate(timeout=LONG)
    assert child.returncode == 0, errors
    assert "3 of 3 runs are complete" in output
    _assert_complete(folder)
    for name, events in before.items():
        assert _events(folder, name)[: len(events)] == events


def test_a_killed_scheduler_loses_nothing_that_is_finished(cluster, sweep, folder):
    scheduler = cluster.scheduler()
    for _ in range(2):
        cluster.worker()
    child = sweep()
    _wait_for(lambda: _count(folder, "finished") >= 1, child)
    cluster.kill(scheduler)
    _, errors = child.communicate(timeout=LONG)
    assert child.returncode == 1
    assert "the connection to the scheduler" in errors and "Traceback" not in errors
    done = {
        name: (folder / name / "events.jsonl").read_bytes()
        for name in RUNS
        if _events(folder, name) and _events(folder, name)[-1]["event"] == "finished"
    }
    assert done

    cluster.scheduler()
    for _ in range(2):
        cluster.worker()
    child = sweep()
    _, errors = child.communicate(timeout=LONG)
    assert child.returncode == 0, errors
    _assert_complete(folder)
    for name, log in done.items():
        assert (folder / name / "events.jsonl").read_bytes() == log


def test_no_scheduler_is_an_error_in_one_line(sweep, cluster):
    child = sweep()
    _, errors = child.communicate(timeout=LONG)
    assert child.returncode == 1
    assert errors.startswith(f"Error: no Dask scheduler answers at {cluster.address}")
    assert "Traceback" not in errors
