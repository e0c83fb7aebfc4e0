"""Lint finds what is wrong with a task, and nothing in tasks that are right."""

from __future__ import annotations

import sys
from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest

from assay.kernels.encoding import Encoder
from assay.kernels.folder import load_task, task_names, task_paths
from assay.kernels.lint import CHECKS, lint_task
from assay.kernels.lint.exploits import exploits
from assay.kernels.lint.runs import _check_fraction
from assay.kernels.results import SizeResult
from assay.kernels.roofline import Ceilings
from assay.kernels.scaffold import new_task

pytestmark = [
    pytest.mark.skipif(sys.platform == "darwin", reason="the CPU device needs Linux"),
    pytest.mark.usefixtures("roomy_ceilings"),
]

run = partial(lint_task, device="cpu", repeats=1)


@pytest.fixture
def folder(tmp_path):
    return new_task("blur", tmp_path)


@pytest.fixture
def edit(folder):
    """Change a file of the task: each text that is replaced must be there."""

    def change(file, *replacements):
        text = (folder / file).read_text()
        for old, new in replacements:
            assert old in text, old
            text = text.replace(old, new)
        (folder / file).write_text(text)

    return change


def only(report, check, severity, *parts):
    """The report has findings of this check alone, the first of them with these words."""
    assert {finding.check for finding in report.findings} == {check}, report.findings
    first = report.findings[0]
    assert first.severity == severity
    for part in parts:
        assert part in first.message, first.message
    assert report.passed == (severity == "warning")
    return report


def test_a_sound_task_passes_every_check(folder):
    steps = []
    report = lint_task(folder, "cpu", repeats=2, on_step=steps.append)
    assert report.passed and report.findings == ()
    assert report.checks == tuple(CHECKS)
    assert (report.task, report.device, report.skipped) == ("blur", "cpu", ())
    assert "strict verdict 2 of 2" in steps


@pytest.mark.parametrize("name", ["saxpy", "qsim", "compact", "gradshaf", "ising"])
def test_shipped_tasks_pass(name):
    report = run(task_paths()[name])
    assert report.passed, report.findings


@pytest.mark.slow
@pytest.mark.parametrize("name", task_names())
def test_shipped_tasks_pass_at_all_sizes(name):
    report = lint_task(task_paths()[name], "cpu", all_sizes=True)
    assert report.passed, report.findings


def test_a_folder_that_does_not_load_is_the_only_finding(folder):
    (folder / "reference.py").unlink()
    report = run(folder)
    only(report, "folder", "error", "'reference.py' is missing")
    assert (report.task, report.skipped) == (None, tuple(CHECKS)[1:])


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("rng.uniform(0, 1, size.n)", "np.random.uniform(0, 1, size.n)", "inputs() gives another"),
        (
            '{"a": inputs["u0"],',
            '{"a": np.random.uniform(0, 1, size.n),',
            "buffers() gives another",
        ),
        ("int(rng.integers(1, 5_000))", "np.random.randint(1, 5000)", "cases() gives other"),
        ("for steps in (1, 2, 3, 6)", "for steps in ()", "cases() gives nothing"),
    ],
)
def test_inputs_that_depend_on_more_than_the_seed(folder, edit, old, new, message):
    edit("task.py", (old, new))
    report = only(run(folder), "inputs", "error", message)
    assert "seed" in report.skipped


def test_an_input_that_buffers_changes(folder, edit):
    old = '        return {"a": inputs["u0"],'
    edit("task.py", (old, f'        inputs["u0"][0] += 1\n{old}'))
    assert any("changes the input 'u0'" in one.message for one in run(folder).of("inputs"))


def test_cases_that_never_change_are_a_warning(folder, edit):
    edit(
        "task.py",
        ("int(rng.integers(1, 5_000))", "700"),
        ("float(rng.uniform(0.05, 0.45))", "0.3"),
        ("rng.uniform(-1, 1, size.n)", "np.sin(np.arange(1, size.n + 1.0))"),
    )
    only(run(folder), "inputs", "warning", "same for every seed")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("return u", "return u + np.float32(np.random.uniform(0, 1e-7))", "something else when"),
        ("return u", "return u[1:]", "has shape"),
        ("return u", "return u * np.float32(np.nan)", "not finite"),
        ('u = np.array(inputs["u0"])', 'u = inputs["u0"]', "read-only"),
        ("size.steps", "size.step", "no parameter 'step'"),
    ],
)
def test_references_that_cannot_be_relied_on(folder, edit, old, new, message):
    edit("reference.py", (old, new))
    findings = run(folder).of("reference")
    assert any(one.severity == "error" and message in one.message for one in findings), findings


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("task.toml", "500K_12 = {", "# {", "[held_out] is empty"),
        ("task.toml", "weight is 0.25.", "Try n = 500000 too.", "'500000', the n of 500K_12"),
        ("task.toml", "weight is 0.25.", "Not 500K_12.", "'500K_12', the label"),
        ("seed.metal", "    float u =", "    // 500000\n    float u =", "'500000'"),
        ("task.toml", "weight is 0.25.", "Beware of held-out sizes.", "speaks of held-out"),
        ("task.toml", "n = 500_000, steps = 12", "n = 65_536, steps = 20", "same as a size"),
    ],
)
def test_secrets_that_are_given_away(folder, edit, file, old, new, message):
    edit(file, (old, new))
    only(run(folder), "secrets", "error", message)


@pytest.mark.parametrize(
    ("poison", "severity", "message"),
    [
        ('["c"]', "error", "'c', which is no buffer"),
        ('["blur_step.N"]', "error", "'blur_step.N', which is no buffer"),
        ('["b", "a"]', "error", "'a', which carries an input"),
        ("[]", "warning", "'b', which starts as zeros"),
    ],
)
def test_poison_that_makes_no_sense(folder, edit, poison, severity, message):
    edit("task.toml", ('poison = ["b"]', f"poison = {poison}"))
    report = run(folder)
    only(report, "poison", severity, message)
    assert ("seed" in report.skipped) == (severity == "error")


@pytest.mark.parametrize(
    ("work", "severity", "check", "message"),
    [
        ("n // 100", "error", "work", "the result alone has 262144"),
        ("0 * n", "error", "work", "is 0 at size"),
        ("8 * n * steps * 10**9", "warning", "seed", "times as fast as can be"),
    ],
)
def test_work_that_is_implausible(folder, edit, work, severity, check, message):
    edit("task.toml", ('work = "8 * n * steps"', f'work = "{work}"'))
    findings = run(folder).of(check)
    assert any(one.severity == severity and message in one.message for one in findings), findings


@pytest.mark.parametrize(("now", "warns"), [(10.0, True), (100.0, False)])
def test_a_machine_that_was_busy_is_measured_again(now, warns):
    """The first look found half of the bandwidth that the seed has."""
    task = load_task("saxpy")
    roofs = Ceilings(
        bandwidth_gb_s=now, fp32_gflops=1.0, source="measured", curve=((1, now),), launch_seconds=0
    )
    subject = SimpleNamespace(
        task=task, evaluator=SimpleNamespace(call=lambda job: roofs), encoded=lambda size: [None]
    )
    work = task.spec.size("1M").evaluate(task.spec.work)
    seconds = work / 20e9
    result = SizeResult(
        label="1M", correct=True, gpu_seconds=seconds, fraction=2.0, working_set=work,
        attainable_seconds=2 * seconds, attainable_fraction=2.0,
    )  # fmt: skip
    messages = [problem.message for problem in _check_fraction(subject, result)]
    assert [text.partition(" at ")[0] for text in messages] == (
        ["the seed is 2 times as fast as can be"] if warns else []
    )


def test_a_slack_tolerance(folder, edit):
    edit("task.toml", ("absolute = 1e-6", "absolute = 2.0"))
    report = run(folder)
    errors = {one.check: one.message for one in report.findings if one.severity == "error"}
    assert "result of zeros" in errors["tolerance"]
    assert "'blur_step' is left out" in errors["skipping"]
    assert "half precision" in report.of("tolerance")[-1].message


def test_a_tolerance_that_half_precision_passes_is_a_warning(folder, edit):
    edit("task.toml", ("absolute = 1e-6", "absolute = 1e-2"))
    only(run(folder), "tolerance", "warning", "rounded to half precision")


def test_a_published_tolerance_far_above_the_honest_error_is_a_warning(folder, edit):
    edit("task.toml", ("absolute = 1e-5", "absolute = 1e-2"))
    only(run(folder), "seed", "warning", "times the error of an honest kernel")


def test_a_flaky_tolerance(folder, edit):
    edit("task.toml", ("absolute = 1e-6", "absolute = 3e-8"))
    old = "u + weight * (u_in[i - 1] - 2.0f * u + u_in[i + 1])"
    edit("seed.metal", (old, "fma(weight, u_in[i - 1] + u_in[i + 1], (1.0f - 2.0f * weight) * u)"))
    report = lint_task(folder, "cpu")
    assert not report.passed
    assert {one.check for one in report.findings} <= {"seed", "repeats"}


def test_a_seed_that_is_wrong(folder, edit):
    edit("seed.metal", ("2.0f * u", "2.5f * u"))
    report = only(run(folder), "seed", "error", "the seed is not ok (incorrect)")
    assert report.skipped == ("repeats", "skipping", "exploits")


def test_a_seed_that_only_knows_published_weights(folder, edit):
    edit("seed.metal", ("u + weight *", "u + 0.25f *"))
    only(run(folder), "seed", "error", "the seed fails the strict verdict", "case")


def test_declared_arguments_that_are_no_metal(folder, edit):
    edit("task.toml", ("device float* u_out", "device floats* u_out"))
    report = run(folder)
    assert not report.passed
    assert report.of("seed")


def test_a_check_that_accepts_everything(folder, edit):
    edit("task.py", ("    def cases(", ACCEPTING + "\n    def cases("))
    report = run(folder)
    errors = {one.check for one in report.findings if one.severity == "error"}
    assert errors == {"tolerance", "skipping", "exploits"}
    for what in ("does nothing", "writes zeros", "writes NaN"):
        assert any(what in one.message for one in report.of("exploits"))


ACCEPTING = """
    def check(self, size, inputs, got, reference):
        from assay.kernels.check import Check

        return Check(0.0, "nothing", 1.0)

    def strict_check(self, size, inputs, got, reference):
        return self.check(size, inputs, got, reference)
"""


def test_the_task_s_own_failures_are_findings(folder, edit):
    edit("task.py", ("for steps in (1, 2, 3, 6)", "for steps in 1 // 0"))
    findings = run(folder).of("inputs")
    assert "ZeroDivisionError" in findings[0].message


def test_exploits_are_made_for_every_kernel_of_a_task():
    task = load_task("gradshaf")
    size = task.spec.size("65x65_30")
    encoder = Encoder(task.spec, size)
    task.implementation.encode(encoder, size)
    inputs = task.implementation.inputs(size, np.random.default_rng(0))
    contents = task.implementation.buffers(size, inputs)
    made = list(exploits(task.spec, encoder.dispatches, contents, set()))
    assert [one.does for one in made] == ["does nothing", "writes zeros", "writes NaN"]
    for one in made:
        assert one.source.count("kernel void") == 2
    assert "k < 16900" in made[1].source and "k < 4;" in made[1].source
    assert "if (tid == 0)" in made[1].source and "if (all(gid == uint2(0)))" in made[1].source
