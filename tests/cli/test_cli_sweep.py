"""``assay sweep`` on this machine; tests/sweeps has the cluster."""

from __future__ import annotations

import json
import signal
import sys

import pytest

from assay.kernels.folder import load_task
from assay.sweeps.jobs import Folder

pytestmark = pytest.mark.skipif(sys.platform == "darwin", reason="the CPU device needs Linux")

SWEEP = """
problems = ["heat2d"]
models = ["autotune"]
seeds = [0, 1]
[options]
device = "cpu"
iterations = {iterations}
warmup = 0
measure = 1
"""


@pytest.fixture
def swept(tmp_path, monkeypatch):
    """Write a sweep of two runs into a working directory of its own; its file."""
    monkeypatch.chdir(tmp_path)

    def write(iterations=1, more=""):
        file = tmp_path / "two.toml"
        file.write_text(SWEEP.format(iterations=iterations) + more)
        return file

    return write


def _logs(folder):
    return {path.parent.name: path.read_bytes() for path in folder.glob("*/events.jsonl")}


def test_a_sweep_does_what_is_missing_and_no_more(assay, swept, events, tmp_path):
    folder = tmp_path / "runs" / "two"
    first = assay("sweep", swept())
    assert first.exit_code == 0, first.output
    assert "2 of 2 runs are complete" in first.stdout
    logs = _logs(folder)
    assert sorted(logs) == ["heat2d-autotune-seed0", "heat2d-autotune-seed1"]

    assert assay("sweep", swept()).exit_code == 0
    assert _logs(folder) == logs

    more = assay("sweep", swept(iterations=2), "--json")
    assert more.exit_code == 0, more.output
    rows = [json.loads(line) for line in more.stdout.splitlines()]
    assert [(row["state"], row["iterations"]) for row in rows] == [("complete", 2)] * 2
    for name, log in logs.items():
        assert (folder / name / "events.jsonl").read_bytes().startswith(log)
        judged = [e["iteration"] for e in events(folder / name) if e["event"] == "evaluated"]
        assert len(judged) == len(set(judged))

    report = assay("report", folder, "-o", tmp_path / "page.html")
    assert report.exit_code == 0 and "2 runs on 1 problem<" in (tmp_path / "page.html").read_text()


def test_a_run_that_failed_is_left_alone_until_it_is_asked_for(assay, swept, tmp_path):
    file = swept(more="[settings.replayed]\n[concurrency]\nruns = 1\n")
    text = file.read_text().replace('"autotune"', '"replay:record"').replace("[0, 1]", "[0]")
    file.write_text(text)
    failed = assay("sweep", file)
    assert failed.exit_code == 1
    assert "no such folder" in failed.stdout and "0 of 1 runs are complete" in failed.stdout
    folder, name = Folder(tmp_path / "runs" / "two"), "heat2d-replay-record-seed0-replayed"
    assert "no such folder" in folder.failure(name)

    (tmp_path / "record").mkdir()
    (tmp_path / "record" / "01_response.md").write_text(
        f"```metal\n{load_task('heat2d').seed}```\n"
    )
    assert assay("sweep", file).exit_code == 1
    assert folder.state(name) is None

    again = assay("sweep", file, "--retry-failed")
    assert again.exit_code == 0, again.output
    assert folder.failure(name) is None and folder.state(name).finished


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("heat2d", "heat3d", "did you mean 'heat2d'"),
        ("measure", "mesure", "did you mean 'measure'"),
        ("measure = 1", 'measure = "x"', "measure: Input should be a valid integer"),
        ("measure = 1", 'run = "x"', "unknown option of heat2d 'run'"),
    ],
)
def test_a_wrong_file_is_told_before_anything_runs(assay, swept, tmp_path, old, new, message):
    file = swept()
    file.write_text(file.read_text().replace(old, new))
    result = assay("sweep", file)
    assert result.exit_code == 2
    assert message in result.stderr
    assert not (tmp_path / "runs").exists()


def test_on_a_cluster_the_device_has_to_be_named(assay, swept):
    file = swept()
    file.write_text(file.read_text().replace('device = "cpu"\n', ""))
    result = assay("sweep", file, "--scheduler", "tcp://127.0.0.1:1")
    assert result.exit_code == 2 and "has to name the device" in result.stderr


def test_ctrl_c_keeps_what_is_done(assay, process, swept, wait_for, tmp_path):
    folder = tmp_path / "runs" / "two"
    child = process("sweep", swept(iterations=200), cwd=tmp_path)
    wait_for(lambda: b'"evaluated"' in b"".join(_logs(folder).values()) or child.poll() is not None)
    child.send_signal(signal.SIGINT)
    _, errors = child.communicate(timeout=300)
    assert child.returncode == 130
    assert "repeat the command" in errors
    logs = _logs(folder)

    again = assay("sweep", swept(iterations=1))
    assert again.exit_code == 0, again.output
    for name, log in logs.items():
        assert (folder / name / "events.jsonl").read_bytes().startswith(log.rpartition(b"\n")[0])
