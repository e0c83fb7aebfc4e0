from __future__ import annotations

import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from assay.search.budget import Budget
from assay.search.evolve import evolve
from assay.search.observer import Observer

ITERATIONS = 9


def _without_times(value):
    if isinstance(value, dict):
        return {k: _without_times(v) for k, v in value.items() if k not in ("elapsed_s", "time")}
    if isinstance(value, list):
        return [_without_times(item) for item in value]
    return value


def _contents(folder: Path):
    """All files that people read, times left out."""
    return {
        path.name: _without_times(json.loads(path.read_text()))
        if path.suffix == ".json"
        else path.read_text()
        for path in folder.iterdir()
        if path.name not in ("run.json", "events.jsonl", ".lock")
    }


@pytest.fixture(scope="module")
def reference(toy, tmp_path_factory):
    folder = tmp_path_factory.mktemp("reference") / "run"
    evolve(toy.ToyProblem(), toy.ToyModel(), folder, Budget(ITERATIONS))
    return folder


def _answered(lines):
    """Iterations whose reply is in the log, or that ended without one."""
    events = [json.loads(line) for line in lines]
    return {e["iteration"] for e in events if e["event"] in ("replied", "skipped")}


def _judged(lines):
    events = [json.loads(line) for line in lines]
    return [e["source"] for e in events if e["event"] in ("seed_evaluated", "evaluated")]


def _check_resume(toy, reference, folder, kept):
    """Continue ``folder``, whose log holds the lines ``kept``, and compare with ``reference``."""
    problem, model = toy.ToyProblem(), toy.ToyModel()
    outcome = evolve(problem, model, folder, Budget(ITERATIONS))

    assert outcome.complete and outcome.iterations == ITERATIONS
    assert _contents(folder) == _contents(reference)
    assert model.calls == sorted(set(range(1, ITERATIONS + 1)) - _answered(kept))
    everything = _judged((reference / "events.jsonl").read_text().splitlines())
    assert problem.evaluated == everything[len(_judged(kept)) :]
    assert len(problem.gated) == (0 if any('"gated"' in line for line in kept) else 1)


def _events(reference):
    path = reference / "events.jsonl"
    return path.read_text().splitlines() if path.exists() else []


def test_a_crash_after_any_event_loses_nothing(toy, reference, tmp_path):
    lines = _events(reference)
    assert len(lines) == 1 + 1 + 3 * ITERATIONS - 1 + 2
    for count in range(len(lines) + 1):
        folder = tmp_path / str(count)
        folder.mkdir()
        shutil.copy(reference / "run.json", folder)
        (folder / "events.jsonl").write_text("".join(f"{line}\n" for line in lines[:count]))
        _check_resume(toy, reference, folder, lines[:count])


@pytest.mark.parametrize("keep", [1, 0.5, -1])
def test_a_crash_within_any_event_loses_that_event_only(toy, reference, tmp_path, keep):
    lines = _events(reference)
    for count, line in enumerate(lines):
        folder = tmp_path / str(count)
        folder.mkdir()
        shutil.copy(reference / "run.json", folder)
        torn = line[: int(len(line) * keep) if keep == 0.5 else keep]
        (folder / "events.jsonl").write_text("".join(f"{x}\n" for x in lines[:count]) + torn)
        _check_resume(toy, reference, folder, lines[:count])


def test_an_event_that_lacks_only_its_line_feed_is_kept(toy, reference, tmp_path):
    lines = _events(reference)
    for count in range(1, len(lines) + 1):
        folder = tmp_path / str(count)
        folder.mkdir()
        shutil.copy(reference / "run.json", folder)
        (folder / "events.jsonl").write_text("\n".join(lines[:count]))
        _check_resume(toy, reference, folder, lines[:count])


def test_files_that_do_not_match_the_log_are_rewritten(toy, reference, tmp_path):
    """All files of the finished run beside a log that ends early, one of them empty."""
    lines = _events(reference)
    for count in range(0, len(lines), 4):
        folder = tmp_path / str(count)
        shutil.copytree(reference, folder)
        (folder / "events.jsonl").write_text("".join(f"{line}\n" for line in lines[:count]))
        (folder / "01_prompt.md").write_text("")
        (folder / ".best.md.part").write_text("half")
        _check_resume(toy, reference, folder, lines[:count])


def test_opening_a_finished_run_restores_its_files(toy, reference, tmp_path):
    folder = tmp_path / "run"
    folder.mkdir()
    for name in ("run.json", "events.jsonl"):
        shutil.copy(reference / name, folder)
    _check_resume(toy, reference, folder, _events(reference))
    assert _events(folder) == _events(reference)


class _InterruptAt(Observer):
    """Presses Ctrl-C at the n-th thing the driver tells."""

    def __init__(self, step):
        self.left = step

    def __getattribute__(self, name):
        if name == "left":
            return super().__getattribute__(name)
        self.left -= 1
        if self.left < 0:
            raise KeyboardInterrupt
        return super().__getattribute__(name)


def test_ctrl_c_at_any_step_leaves_the_run_resumable(toy, reference, tmp_path):
    step, interrupted = 0, True
    while interrupted:
        folder = tmp_path / str(step)
        try:
            evolve(
                toy.ToyProblem(),
                toy.ToyModel(),
                folder,
                Budget(ITERATIONS),
                observer=_InterruptAt(step),
            )
            interrupted = False
        except KeyboardInterrupt:
            _check_resume(toy, reference, folder, _events(folder))
        step += 1
    assert step > 3 * ITERATIONS


@pytest.mark.parametrize("place", ["complete", "extract", "evaluate", "prompt", "gate"])
def test_ctrl_c_within_the_model_or_the_problem_leaves_the_run_resumable(
    toy, reference, tmp_path, place
):
    for call in range(20):
        folder = tmp_path / str(call)
        problem, model = toy.ToyProblem(), toy.ToyModel()
        _interrupt(model if place == "complete" else problem, place, call)
        try:
            evolve(problem, model, folder, Budget(ITERATIONS))
            break
        except KeyboardInterrupt:
            _check_resume(toy, reference, folder, _events(folder))
    # Calls that return in nine iterations, of which 4 raises in the model and 5 holds no candidate.
    expected = {"complete": 8, "extract": 8, "evaluate": 8, "prompt": 9, "gate": 1}
    assert call == expected[place]


def test_ctrl_c_within_any_write_leaves_the_run_resumable(toy, reference, tmp_path, monkeypatch):
    sync = os.fsync
    for call in range(0, 200, 5):
        folder, left = tmp_path / str(call), itertools.count(call, -1)

        def interrupted(descriptor, left=left):
            if next(left) == 0:
                raise KeyboardInterrupt
            sync(descriptor)

        monkeypatch.setattr(os, "fsync", interrupted)
        try:
            evolve(toy.ToyProblem(), toy.ToyModel(), folder, Budget(ITERATIONS))
            break
        except KeyboardInterrupt:
            monkeypatch.setattr(os, "fsync", sync)
            _check_resume(toy, reference, folder, _events(folder))
    # The reference logs three durable events in most iterations, and the gate's files at the end.
    assert call >= 20


def _interrupt(owner, name, call):
    """Let the ``call``-th call of a method end in Ctrl-C after its work was done."""
    method, left = getattr(owner, name), [call]

    def interrupted(*arguments):
        result = method(*arguments)
        left[0] -= 1
        if left[0] < 0:
            raise KeyboardInterrupt
        return result

    setattr(owner, name, interrupted)


def test_a_killed_process_is_continued_without_asking_twice(toy, tmp_path):
    folder, ledger, kills = tmp_path / "run", tmp_path / "calls", (3, 6, 12, 17)
    program = [sys.executable, toy.__file__, str(folder), str(ledger), str(ITERATIONS)]
    for lines in kills:
        # It goes on beyond that, at its own pace, but not to its end.
        process = subprocess.Popen([*program, str(lines + 4)])
        try:
            _wait_for_lines(folder / "events.jsonl", lines, process)
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()
        in_flight = _replies(folder)
        assert all(count == 1 for count in in_flight.values())

    model = toy.PaidModel(ledger=ledger)
    outcome = evolve(toy.SlowProblem(), model, folder, Budget(ITERATIONS))
    assert outcome.complete and outcome.best_score == 2.25
    requested = Counter(int(line) for line in ledger.read_text().split())
    assert set(requested) == set(range(1, ITERATIONS + 1))
    assert sum(requested.values()) <= ITERATIONS + len(kills)
    assert _replies(folder) == {n: 1 for n in range(1, ITERATIONS + 1) if n != 4}
    history = json.loads((folder / "history.json").read_text())
    assert [record["score"] for record in history] == toy.SCORES[: ITERATIONS + 1]


def _replies(folder):
    lines = (folder / "events.jsonl").read_text().split("\n")[:-1]
    events = [json.loads(line) for line in lines]
    return Counter(e["iteration"] for e in events if e["event"] == "replied")


def _wait_for_lines(path, count, process, limit=300):
    end = time.monotonic() + limit
    while time.monotonic() < end:
        assert process.poll() is None, "the search ended before it could be killed"
        if path.exists() and path.read_bytes().count(b"\n") >= count:
            return
        time.sleep(0.005)
    raise AssertionError(f"{path} did not reach {count} lines")
