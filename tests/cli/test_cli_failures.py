"""What a search does where others go on burning time and money: it ends, and says why."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path

import pytest

from assay.kernels.extract import extract_source
from assay.kernels.folder import load_task
from assay.models.retries import RetryPolicy

pytestmark = pytest.mark.skipif(sys.platform == "darwin", reason="the CPU device needs Linux")

QUICK = ("--warmup", 0, "--measure", 2, "--accept", "strict")
EXAMPLES = Path(__file__).parents[2] / "examples"


def cpu_seconds(process):
    """What a process has used; nothing where it has ended."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@pytest.fixture
def spinning(tmp_path, kernel, compiled):
    """A recording whose only kernel never ends."""
    compiled(load_task("saxpy").seed, kernel("loop").read_text())
    folder = tmp_path / "spinning"
    folder.mkdir()
    (folder / "01_response.md").write_text(f"```metal\n{kernel('loop').read_text()}\n```\n")
    return f"replay:{folder}"


def test_a_kernel_that_spins_is_killed_and_leaves_no_process(
    process, spinning, tmp_path, alive_with, wait_for
):
    marker = f"assay-test-{os.getpid()}-{time.monotonic_ns()}"
    command = ("evolve", "saxpy", "--model", spinning, "--iterations", 1, "--run", "r", *QUICK)
    child = process(*command, "--timeout", 20, cwd=tmp_path, ASSAY_TEST_MARKER=marker)
    _, errors = child.communicate(timeout=300)
    assert child.returncode == 0, errors
    assert json.loads((tmp_path / "r" / "01_result.json").read_text())["verdict"] == "timeout"
    wait_for(lambda: not alive_with(marker))


def test_a_kernel_that_spins_ends_with_a_driver_that_is_killed(
    process, spinning, tmp_path, alive_with, wait_for
):
    marker = f"assay-test-{os.getpid()}-{time.monotonic_ns()}"
    command = ("evolve", "saxpy", "--model", spinning, "--iterations", 1, "--run", "r", *QUICK)
    child = process(*command, "--timeout", 3600, cwd=tmp_path, ASSAY_TEST_MARKER=marker)
    wait_for((tmp_path / "r" / "01_response.md").exists)

    def workers():
        return [one for one in alive_with(marker) if one != child.pid]

    wait_for(workers)
    before = {one: cpu_seconds(one) for one in workers()}
    wait_for(lambda: any(cpu_seconds(one) > before.get(one, 0) + 1 for one in workers()))
    child.send_signal(signal.SIGKILL)
    child.wait()
    wait_for(lambda: not alive_with(marker))


def test_a_dead_server_ends_with_a_reason_and_without_a_result(assay, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(
        "assay.models.registry.RetryPolicy", lambda: RetryPolicy(sleep=lambda seconds: None)
    )
    # No server listens there.
    model = ("--model", "openai:any", "--base-url", "http://127.0.0.1:9/v1")
    result = assay("evolve", "saxpy", *model, "--run", "r", *QUICK)
    assert result.exit_code == 1
    assert "3 calls in a row failed" in result.stderr
    assert "Best" not in result.stdout and "Gate" not in result.stdout
    assert not (tmp_path / "r" / "summary.json").exists()
    assert not (tmp_path / "r" / "gate.json").exists()


def test_a_missing_key_ends_with_a_reason_before_anything_runs(assay, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    result = assay("evolve", "saxpy", "--model", "anthropic:claude-haiku-4-5", "--run", "r")
    assert result.exit_code == 2
    assert "set ANTHROPIC_API_KEY" in result.stderr
    assert not (tmp_path / "r").exists()


def test_an_estimate_asks_nobody(assay, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ANTHROPIC_API_KEY", "none")
    model = ("--model", "anthropic:claude-haiku-4-5", "--base-url", "http://127.0.0.1:9")
    command = ("evolve", "saxpy", *model, "--iterations", 20, "--estimate", *QUICK)
    unknown = assay(*command)
    assert unknown.exit_code == 0, unknown.output
    assert "20 calls of anthropic:claude-haiku-4-5" in unknown.stdout
    assert "unknown: no price is known" in unknown.stdout
    command = (*command[:4], *command[6:])
    record = json.loads(assay(*command, "--json").stdout)
    low, high = record["usd"]
    # 1 and 5 USD per million tokens of input and output.
    assert low == pytest.approx(
        record["input_tokens"][0] * 1e-6 + record["output_tokens"][0] * 5e-6
    )
    assert low < high
    assert not (tmp_path / "runs").exists()


def test_a_prompt_is_printed_as_a_model_would_see_it(assay, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    record = json.loads(assay("prompt", "saxpy", *QUICK[:4], "--json").stdout)
    assert record["user"].startswith("# Task: saxpy") and "correct" in record["user"]
    published = json.loads(
        assay("prompt", "saxpy", *QUICK[:4], "--style", "published", "--json").stdout
    )
    assert "Threadgroups of" in record["user"] and "Threadgroups of" not in published["user"]


def replies(name):
    folder = EXAMPLES / name
    return [path.read_text() for path in sorted(folder.glob("*_response.md"))]


def test_every_recorded_example_holds_a_kernel():
    for name in ("hmc-slow", "hmc-wrong"):
        assert all("kernel void hmc_step" in extract_source(reply) for reply in replies(name))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "iterations", "outcome"),
    [("hmc-slow", 1, "silent regression"), ("hmc-wrong", 2, "silent incorrectness")],
)
def test_the_gate_catches_what_the_search_does_not(assay, tmp_path, name, iterations, outcome):
    model = f"replay:{EXAMPLES / name}"
    result = assay(
        "evolve", "hmc", "--model", model, "--iterations", iterations, "--run", tmp_path / "run",
        "--warmup", 0, "--measure", 3, "--timeout", 600,
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    assert f"Best: iteration {iterations}" in result.stdout
    assert f"Gate: {outcome} (not passed)" in result.stdout
