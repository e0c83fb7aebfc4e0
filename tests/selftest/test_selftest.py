"""The self-test, on the CPU device."""

from __future__ import annotations

import json
import plistlib
import sys

import pytest
from typer.testing import CliRunner

import assay
from assay.cli.app import app
from assay.errors import CompileError
from assay.selftest import Check, machine, seeds, session, values
from assay.selftest.programs import programs

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the CPU device needs Linux")


@pytest.mark.parametrize("program", programs(), ids=lambda program: program.name)
def test_recorded_verdict_is_that_of_the_front_end(program):
    """On a Mac there is no front end to ask, so what it says is recorded."""
    from assay import msl

    if program.rule is None:
        assert msl.compile(program.source) is not None
        return
    with pytest.raises(CompileError) as caught:
        msl.compile(program.source)
    first = caught.value.diagnostics[0]
    assert (first.rule, first.line) == (program.rule, program.line)


@pytest.mark.parametrize("program", values.programs(), ids=lambda program: program.name)
def test_values(program):
    found = values.computed(assay.device("cpu"), program)
    assert values.error(program, found) <= program.tolerance


def test_programs_of_both_kinds():
    assert sum(program.rule is None for program in programs()) > 15
    assert sum(program.rule is not None for program in programs()) > 15


@pytest.fixture
def two_seeds(monkeypatch):
    monkeypatch.setattr(seeds, "task_names", lambda: ["saxpy", "heat2d"])


def test_report_of_the_cpu_device(tmp_path, two_seeds):
    path = tmp_path / "report.json"
    done = CliRunner().invoke(app, ["selftest", "--device", "cpu", "--quick", "-o", str(path)])
    # On a busy machine, times are not steady.
    failed = {line for line in done.output.splitlines() if line.startswith("FAILED")}
    assert all(line.startswith("FAILED timing:") for line in failed), done.output
    assert done.exit_code == (1 if failed else 0)
    assert f"checks passed. Report: {path}" in done.output
    report = json.loads(path.read_text())
    assert {check["group"] for check in report["checks"]} == set(session.GROUPS)
    assert sum(not check["passed"] for check in report["checks"]) == len(failed)
    timing = next(check for check in report["checks"] if check["group"] == "timing")
    assert len(timing["data"]["single"]) == 20
    sizes = next(check for check in report["checks"] if check["name"] == "saxpy")["data"]["sizes"]
    assert len(sizes) == 1 and len(sizes[0]["samples"]) == 5
    assert report["chip"]["measured"]["source"] == "measured"


def test_a_failed_check_fails_the_command(tmp_path, monkeypatch):
    def broken(evaluator, quick):
        yield Check(group="buffers", name="sums", passed=False, expected="4", found="5")
        raise RuntimeError("no more")

    monkeypatch.setattr(session, "GROUPS", {"buffers": broken})
    path = tmp_path / "report.json"
    done = CliRunner().invoke(app, ["selftest", "--device", "cpu", "-o", str(path)])
    assert done.exit_code == 1
    assert "expected: 4" in done.output and "found: 5" in done.output
    assert "RuntimeError: no more" in path.read_text()


def test_gpu_cores_from_the_registry():
    text = plistlib.dumps([{"IOClass": "AGXAcceleratorG13X", "gpu-core-count": 16}])
    assert machine.read_gpu_cores(text) == 16
    assert machine.read_gpu_cores(plistlib.dumps([{}])) is None
    assert machine.read_gpu_cores(b"") is None
