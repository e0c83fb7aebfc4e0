"""Every seed, and other kernels that are right, pass both checks on the CPU device, with errors
like those that Apple's GPU gave."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from assay.kernels.folder import load_task, task_names

HERE = Path(__file__).parent
DATA = HERE.parent / "data"
TASKS = {name: load_task(name) for name in task_names()}
KERNELS = {f"{name}_seed": (task, task.seed) for name, task in TASKS.items()} | {
    path.stem: (TASKS[path.stem.partition("_")[0]], path.read_text())
    for path in sorted(HERE.glob("variants/*.metal"))
}
# The sizes that take the least time, where they are not the first alone.
QUICKEST = {"hmc": ["d32_K1024"], "nbody": ["256_10", "512_10"], "saxpy": ["1M", "4M"]}
# Kernels of these give what was recorded or less; the largest error at any size.
NO_WORSE = {"gradshaf": 9.6e-7, "lbm": 3.1e-6}
FEWEST_CASES = {"gradshaf": 5, "lbm": 5}
# Its barriers take minutes on a processor.
SMALLEST_ONLY = {"ising_tile"}
FFT3D_ERROR = 6e-7  # The largest recorded one, relative to the largest value.


def recorded(task):
    """What was recorded for each size of a published task; nothing for the others."""
    own = DATA / "golden" / f"{task.name}.json"
    if own.exists():
        return json.loads(own.read_text())
    return json.loads((DATA / "metal-sci-golden.json").read_text())["tasks"].get(task.name, {})


def largest_error(task, label):
    """Mostly twice what was recorded: kernels differ in the order of their sums."""
    facts, first = recorded(task), next(iter(task.spec.sizes))
    if label == first and (task.name in NO_WORSE or task.name == "fft3d"):
        return facts[label]["recorded_m1pro"]["error_max"]
    if task.name in NO_WORSE:
        return NO_WORSE[task.name]
    if task.name == "fft3d":
        return FFT3D_ERROR * facts[label]["reference"]["max_abs"]
    errors = {label: one["recorded_m1pro"]["error_max"]
              for label, one in facts.items() if "recorded_m1pro" in one}  # fmt: skip
    return 2 * errors.get(label, max(errors.values()))


def check_error(task, size):
    facts = recorded(task)
    if task.name == "hmc":
        # A statistic of the chains, which differs little from that of the reference's.
        exact = facts[size.label]["reference_stats_numpy_fp32"]["error"]
        assert size.error_value == pytest.approx(exact, abs=2e-5)
    elif facts:
        assert size.error_value <= largest_error(task, size.label)


def check(cpu, kernel, labels):
    task, source = KERNELS[kernel]
    result = cpu.evaluate(task, source, labels, kernel, strict=True, strict_seed=7)
    assert result.verdict == "ok", result.fail_reason
    assert result.strict.passed, result.strict.fail_reason
    assert len(result.strict.cases) >= FEWEST_CASES.get(task.name, 4)
    assert [size.label for size in result.sizes] == labels
    for size in result.sizes:
        check_error(task, size)


@pytest.mark.parametrize("kernel", KERNELS)
def test_correct_kernels_pass_at_small_sizes(cpu, kernel):
    task = KERNELS[kernel][0]
    check(cpu, kernel, QUICKEST.get(task.name, list(task.spec.sizes)[:1]))


@pytest.mark.slow
@pytest.mark.parametrize("kernel", sorted(KERNELS.keys() - SMALLEST_ONLY))
def test_correct_kernels_pass_at_all_sizes(cpu, kernel):
    task = KERNELS[kernel][0]
    check(cpu, kernel, [*task.spec.sizes, *(size.label for size in task.held_out.sizes)])
