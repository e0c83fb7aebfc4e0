from __future__ import annotations

import os
import shutil

import pytest

from assay.search.budget import Budget
from assay.search.config import CONFIG_NAME
from assay.search.errors import RunFolderError
from assay.search.evolve import evolve
from assay.search.follow import Follower, is_running
from assay.search.run import LOCK_NAME, LOG_NAME, load_run


@pytest.fixture
def log(toy, tmp_path):
    """The bytes of a finished run's log, and an empty folder to write them to bit by bit."""
    evolve(toy.ToyProblem(), toy.ToyModel(), tmp_path / "run", Budget(12))
    folder = tmp_path / "copy"
    folder.mkdir()
    shutil.copy(tmp_path / "run" / CONFIG_NAME, folder)
    return (tmp_path / "run" / LOG_NAME).read_bytes(), folder


@pytest.mark.parametrize("step", [1, 7, 500, 100_000])
def test_a_log_that_grows_is_read_once(log, step, tmp_path):
    data, folder = log
    follower, events = Follower(folder), []
    for end in range(step, len(data) + step, step):
        with open(folder / LOG_NAME, "ab") as file:
            file.write(data[end - step : end])
        for event in follower.events():
            events.append(event)
            follower.apply(event)
    assert len(events) == data.count(b"\n")
    assert follower.state == load_run(tmp_path / "run")[1]


def test_a_run_without_a_log_has_no_events(log):
    _, folder = log
    assert Follower(folder).events() == []


def test_a_folder_without_a_run_is_refused(tmp_path):
    with pytest.raises(RunFolderError, match=r"no run\.json"):
        Follower(tmp_path)


def test_a_damaged_line_is_named_by_its_number(log):
    data, folder = log
    first, second = data.split(b"\n")[:2]
    (folder / LOG_NAME).write_bytes(first + b"\n" + second + b"\n")
    follower = Follower(folder)
    follower.update()
    with open(folder / LOG_NAME, "ab") as file:
        file.write(b"{}\n")
    with pytest.raises(RunFolderError, match=r"line 3"):
        follower.update()


def test_who_works_on_a_run_is_known(tmp_path):
    assert not is_running(tmp_path)
    (tmp_path / LOCK_NAME).write_text("")
    assert not is_running(tmp_path)
    (tmp_path / LOCK_NAME).write_text(f"{os.getpid()}\n")
    assert is_running(tmp_path)
