"""The seeds, and kernels with one fault each, on the real CPU device."""

from __future__ import annotations

import sys

import pytest

import assay
from assay.kernels.evaluator import Evaluator, Settings
from assay.kernels.files import choose_sizes
from assay.kernels.folder import load_task
from assay.kernels.problem import KernelProblem
from assay.kernels.roofline import ceilings
from assay.search.problem import Candidate

pytestmark = pytest.mark.skipif(sys.platform == "darwin", reason="the CPU device needs Linux")

# Saxpy's 64M takes 12 seconds and 2 GB for the same code as 1M.
SIZES = {
    "saxpy": ["1M", "4M"],
    "heat2d": choose_sizes(load_task("heat2d"), None, held_out=True),
    "nbody": choose_sizes(load_task("nbody"), None, held_out=True),
}
LARGEST_HONEST_ERROR = {"saxpy": 9.6e-7, "heat2d": 1.8e-6, "nbody": 1.8e-7}


@pytest.fixture(scope="module")
def cpu():
    with Evaluator("cpu", Settings(warmup=1, measure=2, timeout=60)) as evaluator:
        yield evaluator


@pytest.mark.parametrize("name", SIZES)
def test_seeds_are_correct_with_the_recorded_errors(cpu, name):
    task = load_task(name)
    result = cpu.evaluate(task, task.seed, SIZES[name], "seed")
    assert result.verdict == "ok", result.fail_reason
    assert [size.label for size in result.sizes] == list(SIZES[name])
    assert all(size.error_value <= LARGEST_HONEST_ERROR[name] for size in result.sizes)
    assert all(size.fraction > 0 for size in result.sizes)
    assert result.score > 0
    assert result.ceiling_source == "measured"


NBODY = load_task("nbody").seed
LOOP = "for (uint j = 0; j < N; ++j) {"
FAULTS = {
    "attribute after the parameters": (
        "[[thread_position_in_grid]]) {",
        "[[thread_position_in_grid]]) [[max_total_threads_per_threadgroup(64)]] {",
        "compile_error",
    ),
    "restrict": ("device const float *mass", "device const float *restrict mass", "compile_error"),
    "lambda": ("float3 pull =", "auto f = [](float x) { return x; }; float3 pull =",
               "compile_error"),
    "program scope": ("kernel void", "float K = 2.0f; kernel void", "compile_error"),
    "half as a name": ("float distance2 =", "float half = 1; float distance2 =", "compile_error"),
    "wrong buffer type": ("device const float *mass", "device const int *mass", "incorrect"),
    "missing kernel": ("nbody_step(", "nbody_stepp(", "pipeline_error"),
    "33 KB of threadgroup memory": (
        "    float3 here =",
        "    threadgroup float tile[8448];\n    tile[i % 128] = 0;\n    float3 here = tile[0] +",
        "pipeline_error",
    ),
    "out of bounds": ("pos_out[i] =", "pos_out[i + 100000000] =", "crash"),
    "endless loop": (LOOP, LOOP.replace("++j", "j += 0"), "timeout"),
    "changed input": ("vel_out[i] =", "((device float *)mass)[i] = 1; vel_out[i] =", "incorrect"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_gets_its_verdict_and_its_line(cpu, fault, monkeypatch):
    old, new, verdict = FAULTS[fault]
    assert NBODY.count(old) == 1
    source = NBODY.replace(old, new)
    if verdict == "timeout":
        assay.device("cpu").compile(source).pipeline("nbody_step")  # so that only the loop is long
        monkeypatch.setattr(cpu, "settings", Settings(warmup=1, measure=2, timeout=4))
    result = cpu.evaluate(load_task("nbody"), source, ["256_10"])
    assert result.verdict == verdict, result.fail_reason
    assert result.score is None
    assert result.fail_reason
    if verdict != "incorrect":
        line = NBODY[: NBODY.index(old)].count("\n") + 1
        reported = result.diagnostics[0].line
        # An endless loop may be stopped anywhere within its body.
        assert line <= reported <= line + (6 if verdict == "timeout" else 0)


def test_a_faulty_kernel_does_not_disturb_the_next(cpu):
    task = load_task("nbody")
    crash = NBODY.replace("pos_out[i] =", "pos_out[i + 100000000] =")
    verdicts = [cpu.evaluate(task, source, ["256_10"]).verdict for source in (NBODY, crash, NBODY)]
    assert verdicts == ["ok", "crash", "ok"]


def test_the_gate_measures_a_real_gain(cpu):
    task = load_task("nbody")
    slow = NBODY.replace("pull += (mass[j] * inverse) * offset;",
                         "for (uint k = 0; k < 4; ++k) { pull += (mass[(j + k) % N] * inverse)"
                         " * offset; } for (uint k = 1; k < 4; ++k) { pull -="
                         " (mass[(j + k) % N] * inverse) * offset; }")  # fmt: skip
    with KernelProblem(task, "cpu", Settings(1, 3, 60)) as problem:
        report = problem.gate(Candidate(slow), Candidate(NBODY))
    assert report.outcome == "generalises"
    assert report.details["ratio"] > 1.5
    assert [size["label"] for size in report.details["sizes"]][-1] == "512_10"


def test_measured_ceilings_are_plausible(cpu):
    roofs = ceilings(assay.device("cpu"))
    assert 0.5 < roofs.bandwidth_gb_s < 5000
    assert 1 < roofs.fp32_gflops < 500_000
