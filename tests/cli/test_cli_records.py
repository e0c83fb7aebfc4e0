"""``assay watch``, ``assay export`` and ``assay import``."""

from __future__ import annotations

import json
import shutil
import signal
import sys
import threading
import time

import pytest

from assay.cli import following
from assay.kernels.folder import load_task
from assay.search.follow import is_running

SCORE = 0.25


@pytest.fixture
def published_folder(tmp_path):
    """A published run of one iteration on heat2d, whose candidate is a kernel that works."""
    seed = load_task("heat2d").seed
    folder = tmp_path / "heat2d_some-model_20260507_110500"
    folder.mkdir()
    result = {"compile_ok": True, "correct": True, "score": 0.5, "fail_reason": None, "sizes": []}
    files = {
        "00_seed.metal": seed,
        "01_prompt.md": "Faster, please.",
        "01_response.md": f"Nothing to gain.\n\n```metal\n{seed}// again\n```\n",
        "01_candidate.metal": f"{seed}// again\n",
        "01_result.json": json.dumps(result),
        "summary.json": json.dumps(
            {
                "task": "heat2d",
                "model": "some-model",
                "chip": "Apple M1 Pro",
                "seed_score": SCORE,
                "best_score": 0.5,
                "history": [],
            }
        ),
    }
    for name, text in files.items():
        (folder / name).write_text(text)
    return folder


@pytest.fixture
def imported(assay, published_folder, tmp_path):
    """The same as a run folder of ours."""
    result = assay("import", published_folder, "--into", tmp_path / "runs")
    assert result.exit_code == 0, result.output
    folder = tmp_path / "runs" / published_folder.name
    assert f"assay evolve heat2d --model replay:{folder} --iterations 1" in result.stdout
    return folder


def test_an_imported_run_can_be_watched_exported_and_reported(assay, imported, tmp_path):
    watched = assay("watch", imported)
    assert watched.exit_code == 0, watched.output
    assert "score 0.5000  2.00x the seed  promoted  Nothing to gain." in watched.stdout
    assert "Best: iteration 1" in watched.stdout

    exported = assay("export", imported, "--format", "jsonl")
    rows = [json.loads(line) for line in exported.stdout.splitlines()]
    assert [row["score"] for row in rows] == [SCORE, 0.5]
    assert assay("export", imported, "-o", tmp_path / "runs.csv").exit_code == 0
    assert (tmp_path / "runs.csv").read_text().startswith("run,problem,")

    assert assay("report", imported, "-o", tmp_path / "page.html").exit_code == 0
    assert "some-model" in (tmp_path / "page.html").read_text()


@pytest.mark.skipif(sys.platform == "darwin", reason="the CPU device needs Linux")
def test_a_published_run_is_judged_again_on_another_device(assay, imported, events, tmp_path):
    command = ("evolve", "heat2d", "--model", f"replay:{imported}", "--iterations", 1)
    quick = ("--device", "cpu", "--warmup", 0, "--measure", 2)
    again = assay(*command, *quick, "--run", tmp_path / "again")
    assert again.exit_code == 0, again.output
    judged = next(one for one in events(tmp_path / "again") if one["event"] == "evaluated")
    assert judged["source"] == (imported / "01_candidate.metal").read_text()
    assert judged["evaluation"]["details"]["device"] == "cpu"
    assert judged["evaluation"]["verdict"] == "ok"


def test_what_cannot_be_exported_or_imported_is_named(assay, imported, tmp_path):
    wrong = assay("export", imported, "--format", "xls")
    assert wrong.exit_code == 2 and "csv, jsonl, parquet" in wrong.stderr
    twice = assay("import", tmp_path / "nothing")
    assert twice.exit_code == 2 and "00_seed.metal" in twice.stderr
    assert assay("watch", tmp_path).exit_code == 2


def test_a_run_is_followed_until_it_is_complete(assay, imported, tmp_path, monkeypatch):
    lines = (imported / "events.jsonl").read_text().splitlines(keepends=True)
    folder = tmp_path / "growing"
    shutil.copytree(imported, folder)
    (folder / ".lock").unlink()
    log = folder / "events.jsonl"
    log.write_text("".join(lines[:2]))

    seen_unfinished = threading.Event()
    monkeypatch.setattr(
        following, "is_running", lambda folder: seen_unfinished.set() or is_running(folder)
    )
    monkeypatch.setattr(following, "INTERVAL", 0.01)

    def grow():
        assert seen_unfinished.wait(300)
        for line in lines[2:]:
            time.sleep(0.02)
            with open(log, "a") as file:
                file.write(line)

    writer = threading.Thread(target=grow)
    writer.start()
    watched = assay("watch", folder)
    writer.join()
    assert watched.exit_code == 0, watched.output
    assert "No process is working on this run" in watched.stdout
    assert "promoted" in watched.stdout and "Complete: imported." in watched.stdout


def test_watching_ends_with_ctrl_c(process, imported, tmp_path):
    log = imported / "events.jsonl"
    log.write_text("".join(log.read_text().splitlines(keepends=True)[:2]))
    (imported / ".lock").unlink()
    child = process("watch", imported, cwd=tmp_path)
    assert "Run folder" in child.stdout.readline()
    while "waiting for one" not in (line := child.stdout.readline()):
        assert line, "it does not wait"
    child.send_signal(signal.SIGINT)
    assert child.wait(timeout=300) == 130
