"""The self-test, on the CPU device."""

from __future__ import annotations

import importlib
import json
import os
import plistlib
import re
import sys
from dataclasses import dataclass
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

import assay
from assay.cli.app import app
from assay.errors import CompileError
from assay.kernels.evaluator import Evaluator
from assay.kernels.roofline import Ceilings
from assay.kernels.worker import WorkerError
from assay.selftest import Check, Report, ceilings, confinement, machine, seeds, session, values
from assay.selftest.case import Case, call
from assay.selftest.programs import agreement, programs

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


@pytest.fixture
def selftest(tmp_path):
    """``selftest(*options)``: the command's outcome, and the report that it wrote."""

    def invoke(*options):
        path = tmp_path / "report.json"
        done = CliRunner().invoke(
            app, ["selftest", "--device", "cpu", "-o", str(path), "--minutes", "0", *options]
        )
        return done, json.loads(path.read_text())

    return invoke


def test_report_of_the_cpu_device(selftest, two_seeds):
    done, report = selftest("--quick")
    # On a busy machine, times are not steady.
    failed = {line for line in done.output.splitlines() if line.startswith("FAILED")}
    assert all(line.startswith("FAILED timing:") for line in failed), done.output
    assert done.exit_code == (1 if failed else 0)
    assert "compilers agree on" in done.output and "left out" not in done.output
    assert (report["ended"], report["left_out"]) == ("complete", [])
    assert {check["group"] for check in report["checks"]} == {"device", *session.GROUPS}
    assert sum(not check["passed"] for check in report["checks"]) == len(failed)
    checks = {check["name"]: check for check in report["checks"]}
    timing = checks["samples of the same work agree"]["data"]
    assert len(timing["single"]) == len(timing["double_wall"]) == 20
    [size] = checks["saxpy 1M"]["data"]["sizes"]
    assert len(size["samples"]) == 5
    roofs = checks["bandwidth and arithmetic"]["data"]["measured"]
    assert roofs["source"] == "measured" and roofs["bandwidth_gb_s"] > 0


def test_sizes_come_in_rounds_with_the_held_out_ones_last(two_seeds):
    names = [case.name for case in seeds.cases(quick=False)]
    assert names[:3] == ["saxpy 1M", "heat2d 256x256_50", "saxpy 16M"]
    assert len(names) == 8
    assert [case.name for case in seeds.cases(quick=True)] == names[:2]


def broken(quick):
    def sums(evaluator):
        yield Check(group="buffers", name="sums", passed=False, expected="4", found="5")
        raise RuntimeError("no more")

    return [Case("sums", sums), Case("more", lambda evaluator: iter([passed("more")]))]


def passed(name):
    return Check(group="buffers", name=name, passed=True)


def test_a_failed_check_fails_the_command(selftest, monkeypatch):
    monkeypatch.setattr(session, "GROUPS", {"buffers": broken})
    done, report = selftest()
    assert done.exit_code == 1
    assert "expected: 4" in done.output and "found: 5" in done.output
    assert [check["passed"] for check in report["checks"]] == [True, False, False, True]
    assert "RuntimeError: no more" in report["checks"][2]["found"]


def test_what_there_is_no_time_for_is_named(selftest, monkeypatch):
    clock = SimpleNamespace(now=0.0)
    monkeypatch.setattr(session, "time", SimpleNamespace(monotonic=lambda: clock.now))

    def slow(evaluator):
        clock.now = 500.0
        yield passed("slow")

    monkeypatch.setattr(
        session, "GROUPS", {"buffers": lambda quick: [Case("slow", slow)], "seeds": broken}
    )
    done, report = selftest("--minutes", "8")
    assert done.exit_code == 0
    assert (report["ended"], report["left_out"]) == ("out of time", ["seeds: sums", "seeds: more"])
    assert "left out: seeds 2" in done.output and "out of time" in done.output


def test_an_interrupted_test_leaves_its_report(selftest, monkeypatch):
    def interrupted(evaluator):
        yield passed("before")
        raise KeyboardInterrupt

    cases = [Case("both", interrupted), Case("more", lambda evaluator: ())]
    monkeypatch.setattr(session, "GROUPS", {"buffers": lambda quick: cases})
    done, report = selftest()
    assert done.exit_code == 130
    assert [check["name"] for check in report["checks"]] == ["opens", "before"]
    assert report["ended"] == "interrupted"
    assert report["left_out"] == ["buffers: both", "buffers: more"]


def test_the_report_is_there_after_each_check(tmp_path, monkeypatch):
    """What is tested may take the machine down."""
    path = tmp_path / "report.json"

    def look(evaluator):
        found = json.loads(path.read_text())
        yield passed(f"{found['ended']}, {len(found['checks'])} check")

    monkeypatch.setattr(session, "GROUPS", {"buffers": lambda quick: [Case("look", look)]})
    done = CliRunner().invoke(app, ["selftest", "--device", "cpu", "-o", str(path)])
    assert "ok     buffers: unfinished, 1 check" in done.output


JOBS = """
import os, signal, time
def die(device): os.kill(os.getpid(), signal.SIGSEGV)
def hang(device): time.sleep(3600)
"""


@pytest.fixture
def jobs(tmp_path, monkeypatch):
    """A module that worker processes can import."""
    (tmp_path / "selftest_jobs.py").write_text(JOBS)
    monkeypatch.syspath_prepend(str(tmp_path))
    paths = [str(tmp_path), os.environ.get("PYTHONPATH", "")]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, paths)))
    yield importlib.import_module("selftest_jobs")
    del sys.modules["selftest_jobs"]


@pytest.mark.parametrize(
    ("name", "words"), [("die", "WorkerDied: .*SIGSEGV"), ("hang", "WorkerTimeout: no answer")]
)
def test_a_crash_or_a_hang_is_a_failed_check(name, words, jobs, selftest, monkeypatch):
    monkeypatch.setattr("assay.selftest.case.LIMIT", 2.0)
    monkeypatch.setattr("assay.kernels.worker.GRACE", 0.5)
    cases = [
        Case("it", lambda evaluator: [call(evaluator, getattr(jobs, name))]),
        Case("more", lambda evaluator: [passed("more")]),
    ]
    monkeypatch.setattr(session, "GROUPS", {"buffers": lambda quick: cases})
    report = selftest()[1]
    assert [check["passed"] for check in report["checks"]] == [True, False, True]
    assert re.search(words, report["checks"][1]["found"])


def test_a_worker_that_does_not_start_is_reported(selftest, monkeypatch):
    def fails(evaluator):
        raise WorkerError("the worker process did not start: SIGSEGV")

    monkeypatch.setattr(Evaluator, "description", property(fails))
    monkeypatch.setattr(session, "GROUPS", {"buffers": broken})
    done, report = selftest()
    assert done.exit_code == 1 and "did not start: SIGSEGV" in done.output
    assert (report["ended"], len(report["left_out"])) == ("unfinished", 2)


def test_the_home_directory_is_not_in_the_report(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", '/Users/J. "Q" Müller')
    found = 'Traceback: File "/Users/J. "Q" Müller/code/x.py"'
    report = Report(device="cpu", checks=[passed("x").model_copy(update={"found": found})])
    report.write(tmp_path / "report.json")
    text = (tmp_path / "report.json").read_text(encoding="utf-8")
    assert "ller" not in text
    assert json.loads(text)["checks"][0]["found"] == 'Traceback: File "~/code/x.py"'


def verdict(name, front_end, device, lines=(1, 1)):
    data = {
        "front_end": {"accepts": front_end, "line": lines[0]},
        "device": {"accepts": device, "line": lines[1]},
    }
    return Check(group="programs", name=name, passed=front_end == device, data=data)


def test_agreement_of_the_compilers():
    lost = Check(group="programs", name="crash", passed=False, data={"front_end": {}})
    checks = [
        verdict("a", True, True),
        verdict("b", False, False),
        verdict("c", False, False, (3, 4)),
        verdict("d", True, False),
        verdict("e", False, True),
        lost,
        passed("f"),
    ]
    assert agreement(checks) == {
        "programs": 5,
        "agree": 3,
        "only_front_end_accepts": ["d"],
        "only_device_accepts": ["e"],
        "other_line": ["c"],
    }


def test_what_a_policy_can_reach(monkeypatch):
    with confinement.Sandbox([]) as sandbox:
        if not sandbox.confinement.startswith("seccomp"):
            pytest.skip(sandbox.confinement)
    [case] = confinement.cases(quick=False)
    [check] = case.judge(None)
    assert check.passed and check.found == "seccomp: nothing works"
    monkeypatch.setattr("assay.sandbox.process._command", unconfined)
    [check] = case.judge(None)
    assert not check.passed
    assert "read a file, list a folder, write a file, open a socket" in check.found
    assert "the process ended early, after 'run a program'" in check.found


def unconfined():
    code = (
        "from assay.sandbox import _server; _server._confine = lambda connection: 'none: test'; "
        "_server.main()"
    )
    return [sys.executable, "-c", code]


def test_gpu_cores_from_the_registry():
    text = plistlib.dumps([{"IOClass": "AGXAcceleratorG13X", "gpu-core-count": 16}])
    assert machine.read_gpu_cores(text) == 16
    assert machine.read_gpu_cores(plistlib.dumps([{}])) is None
    assert machine.read_gpu_cores(b"") is None


def test_facts_about_a_mac():
    text = """\
hw.model: MacBookPro18,3
hw.memsize: 17179869184
machdep.cpu.brand_string: Apple M1 Pro
hw.perflevel0.physicalcpu: 6
hw.perflevel1.physicalcpu: 2
kern.hv_vmm_present: 0
kern.hostname: Somebodys-MacBook.local
"""
    found = machine.read_facts(text)
    assert found["hw.model"] == "MacBookPro18,3"
    assert found["hw.perflevel1.physicalcpu"] == "2"
    assert len(found) == 6, "and nothing about the owner"
    assert machine.read_facts("") == {}
    assert machine.hardware() == {}  # This is no Mac.


@dataclass
class Measuring:
    """An evaluator that measures what it is told."""

    bandwidth: float
    description: str = "Apple M1 Pro"

    def measured_ceilings(self):
        return Ceilings(bandwidth_gb_s=self.bandwidth, fp32_gflops=4800, source="measured")


@pytest.mark.parametrize(
    ("bandwidth", "cores", "expected"),
    [(180, 16, True), (60, 16, False), (400, 16, False), (60, None, True)],
)
def test_ceilings_are_held_against_the_chip_table(bandwidth, cores, expected, monkeypatch):
    monkeypatch.setattr(ceilings, "gpu_cores", lambda: cores)
    [case] = ceilings.cases(quick=False)
    [check] = case.judge(Measuring(bandwidth))
    assert check.passed is expected
    assert ("200 GB/s and 5143 GFLOPS" in check.expected) is (cores == 16)
