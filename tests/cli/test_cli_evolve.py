"""``assay evolve`` and ``assay gate`` on the real device, with few repetitions."""

from __future__ import annotations

import json
import os
import re
import signal
import sys
import time
from pathlib import Path

import pytest

from assay.kernels.folder import load_task

pytestmark = pytest.mark.skipif(sys.platform == "darwin", reason="the CPU device needs Linux")

QUICK = ("--warmup", 0, "--measure", 2, "--accept", "strict")


def evaluated(events):
    return [event["iteration"] for event in events if event["event"] == "evaluated"]


@pytest.fixture
def there(tmp_path, monkeypatch):
    """A working directory of its own."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_run_is_extended_by_the_missing_iterations_only(assay, events, there):
    folder = there / "runs" / "heat2d-autotune-seed3"
    command = ("evolve", "heat2d", "--seed", 3, *QUICK)

    first = assay(*command, "--iterations", 10)
    assert first.exit_code == 0, first.output
    assert (folder / "gate.json").exists() and (folder / "best.metal").exists()
    consumed = [e for e in events(folder) if e["event"] in ("evaluated", "skipped")]
    assert [e["iteration"] for e in consumed] == list(range(1, 11))
    log = (folder / "events.jsonl").read_bytes()

    again = assay(*command)
    assert again.exit_code == 0
    assert "complete, 10 iterations are done" in again.stdout
    assert (folder / "events.jsonl").read_bytes() == log

    more = assay(*command, "--iterations", 12)
    assert more.exit_code == 0, more.output
    assert "10 of 12 iterations are done" in more.stdout
    assert (folder / "events.jsonl").read_bytes().startswith(log)
    consumed = [e for e in events(folder) if e["event"] in ("evaluated", "skipped")]
    assert [e["iteration"] for e in consumed] == list(range(1, 13))

    other = assay("evolve", "heat2d", "--seed", 3, "--measure", 3, "--warmup", 0)
    assert other.exit_code == 2
    assert "settings.measure: the run has 2, this command has 3" in other.stderr


@pytest.fixture(scope="module")
def searched(tmp_path_factory):
    """Results of a short search for a faster nbody, and of its gate."""
    from typer.testing import CliRunner

    from assay.cli import app

    folder = tmp_path_factory.mktemp("search") / "run"

    def run(*arguments):
        return CliRunner().invoke(app, [str(argument) for argument in arguments])

    command = ("evolve", "nbody", "--run", folder, *QUICK)
    return {
        "folder": folder,
        "text": run(*command, "--iterations", 1),
        "json": run(*command, "--iterations", 2, "--json"),
        "gate": run("gate", folder),
        "gate json": run("gate", folder, "--json"),
    }


def test_the_summary_shows_sizes_and_gate(searched):
    text = searched["text"].stdout
    assert searched["text"].exit_code == 0
    lines = text.splitlines()
    assert lines[0] == f"Run folder {searched['folder']}"
    assert re.match(r"seed  ok +score [\d.e-]+$", lines[1])
    assert re.match(r" +1  ", lines[2])
    for label in ("256_10", "1024_10", "2048_10"):
        assert re.search(rf"^ +{label} .* ms .* of [\d.e-]+ *$", text, re.MULTILINE)
    assert re.search(r"^Gate: (seed kept|flat|generalises|silent regression)", text, re.MULTILINE)


def test_a_promoted_kernel_is_named_and_gated(searched):
    text = searched["gate"].stdout
    record = json.loads(searched["json"].stdout)
    if record["best_iteration"] == 0:
        pytest.skip("nothing was promoted in this short search")
    assert Path(record["best_file"]).is_file()
    assert record["self_speedup"] == pytest.approx(record["best_score"] / record["seed_score"])
    assert record["self_speedup"] > 1
    assert "512_10 (held-out)" in text
    assert re.search(r"^In-distribution ratio: [\d.]+x$", text, re.MULTILINE)
    assert re.search(r"^Held-out ratio: [\d.]+x \([\d.]+ to [\d.]+\)$", text, re.MULTILINE)


def test_json_is_one_object_and_nothing_else(searched):
    result = searched["json"]
    assert result.exit_code == 0
    assert all(line.startswith("note: ") for line in result.stderr.splitlines())
    record = json.loads(result.stdout)
    assert record["run"] == str(searched["folder"])
    assert (record["iterations"], record["new_iterations"]) == (2, 1)
    assert record["stopped_because"] == "iterations" and record["error"] is None
    assert set(record["gate"]) == {"passed", "outcome", "details"}


def test_the_gate_can_be_run_again(searched):
    record = json.loads(searched["gate json"].stdout)
    assert searched["gate json"].exit_code == (0 if record["passed"] else 1)
    stored = json.loads((searched["folder"] / "gate.json").read_text())
    assert (stored["outcome"], stored["details"]) == (record["outcome"], record["details"])


def replies(folder, *texts):
    folder.mkdir()
    for number, text in enumerate(texts, 1):
        (folder / f"{number:02d}_response.md").write_text(text)
    return f"replay:{folder}"


def test_a_run_without_any_candidate_fails(assay, there):
    model = replies(there / "talk", "I would rather not.", "No.")
    result = assay("evolve", "heat2d", "--model", model, "--iterations", 2, "--run", "r", *QUICK)
    assert result.exit_code == 1
    assert "every iteration was skipped" in result.stderr
    assert "the reply holds no candidate" in result.stderr


def test_a_model_that_gives_out_stops_the_run(assay, there):
    model = replies(there / "talk", "No.")
    result = assay("evolve", "heat2d", "--model", model, "--iterations", 2, "--run", "r", *QUICK)
    assert result.exit_code == 1
    assert "the recording ends at 1" in result.stderr
    assert "stays resumable" in result.stderr
    assert "Traceback" not in result.output


def test_the_strict_verdict_decides_on_request_and_at_the_gate_again(assay, there):
    seed = load_task("heat2d").seed
    baked = seed.replace("alpha *", "0.2f *", 1)
    assert baked != seed
    model = replies(there / "talk", f"Bake alpha in. It is known.\n```metal\n{baked}\n```\n")
    command = ("evolve", "heat2d", "--model", model, "--iterations", 1, *QUICK)

    strict = assay(*command, "--run", "s", "--promote", "strict")
    assert strict.exit_code == 0, strict.output
    line = next(line for line in strict.stdout.splitlines() if line.startswith("   1  "))
    assert "strict check failed" in line and line.endswith("Bake alpha in.")
    assert json.loads((there / "s" / "run.json").read_text())["settings"]["promote"] == "strict"
    assert assay("gate", "s").exit_code == 0
    other = assay(*command, "--run", "s")
    assert other.exit_code == 2
    assert 'settings.promote: the run has "strict", this command has "published"' in other.stderr

    published = assay(*command, "--run", "p")
    assert "published check only  Bake alpha in." in published.stdout
    assert "not by the strict one: iteration 1" in published.stdout


def test_other_model_options_are_another_run(assay, there, monkeypatch):
    monkeypatch.setenv("ANTHROPIC_API_KEY", "none")
    # No server listens there: the only iteration is skipped.
    url = ("--base-url", "http://127.0.0.1:9")
    command = ("evolve", "saxpy", "--model", "anthropic:claude-sonnet-4-6", "--run", "r", *QUICK)
    assay(*command, "--iterations", 0, *url, "--effort", "low")
    stored = json.loads((there / "r" / "run.json").read_text())
    assert stored["model_options"] == {"base_url": url[1], "effort": "low"}
    result = assay(*command, "--iterations", 0, *url, "--effort", "high")
    assert result.exit_code == 2
    assert 'model_options.effort: the run has "low", this command has "high"' in result.stderr


def test_ctrl_c_leaves_a_run_that_can_be_continued(
    process, assay, events, there, alive_with, wait_for
):
    marker = f"assay-test-{os.getpid()}-{time.monotonic_ns()}"
    command = ("evolve", "heat2d", "--run", "r", "--iterations", 100, *QUICK)
    child = process(*command, cwd=there, ASSAY_TEST_MARKER=marker)
    wait_for((there / "r" / "02_result.json").exists)
    child.send_signal(signal.SIGINT)
    _, errors = child.communicate(timeout=300)
    assert child.returncode == 130
    assert "stays resumable: run the same command again" in errors
    assert "Traceback" not in errors
    wait_for(lambda: not alive_with(marker))

    before = evaluated(events(there / "r"))
    result = assay("evolve", "heat2d", "--run", "r", "--iterations", before[-1] + 1, *QUICK)
    assert result.exit_code == 0, result.output
    after = evaluated(events(there / "r"))
    assert after[: len(before)] == before
    assert len(set(after)) == len(after)
    assert json.loads((there / "r" / "gate.json").read_text())["outcome"]
