"""heat2d: the reference against closed forms, and kernels of another kind."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from assay.kernels.folder import load_task
from assay.kernels.spec import Size

HERE = Path(__file__).parent
VARIANTS = {path.stem: path.read_text() for path in sorted(HERE.glob("variants/heat2d_*.metal"))}
TASK = load_task("heat2d")


def sized(nx, ny, steps, alpha):
    return Size("any", {"nx": nx, "ny": ny, "steps": steps, "alpha": alpha})


def test_sine_modes_decay_as_the_closed_form_says():
    nx, ny, steps, alpha, (p, q) = 23, 14, 31, 0.21, (3, 2)
    x, y = np.arange(nx) * np.pi * p / (nx - 1), np.arange(ny) * np.pi * q / (ny - 1)
    mode = np.sin(y)[:, None] * np.sin(x)
    factor = 1 + 2 * alpha * (np.cos(x[1]) + np.cos(y[1]) - 2)
    result = TASK.reference({"u0": mode.astype(np.float32)}, sized(nx, ny, steps, alpha))
    assert 0.05 < factor**steps < 0.5
    assert np.abs(result - factor**steps * mode).max() < 1e-6


def test_planes_do_not_change_and_boundaries_stay():
    nx, ny = 9, 12
    plane = (np.arange(nx) / 8 - np.arange(ny)[:, None] / 4).astype(np.float32)
    assert np.array_equal(TASK.reference({"u0": plane}, sized(nx, ny, 7, 0.25)), plane)
    random = np.random.default_rng(3).uniform(-1, 1, (ny, nx)).astype(np.float32)
    result = TASK.reference({"u0": random}, sized(nx, ny, 7, 0.2))
    edge = np.ones((ny, nx), bool)
    edge[1:-1, 1:-1] = False
    assert np.array_equal(result[edge], random[edge])
    assert not np.isclose(result[~edge], random[~edge]).any()


@pytest.mark.parametrize("most", [16, 32, 64, 128, 512])
def test_the_tile_fits_every_height_of_the_threadgroup(cpu, most):
    attribute = f"[[max_total_threads_per_threadgroup({most})]]\nkernel void"
    source = VARIANTS["heat2d_tiled"].replace("kernel void", attribute)
    result = cpu.evaluate(TASK, source, [], strict=True, strict_seed=7)
    assert result.strict.passed, result.strict.fail_reason


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("heat2d_tiled", "threadgroup_barrier(mem_flags::mem_threadgroup);", ""),
        ("heat2d_tiled", " : u;", " : 0.0f;"),
        ("heat2d_columns", "min(ROWS, NY - gid.y)", "ROWS"),
        ("heat2d_columns", "!side && ", ""),
    ],
)
def test_almost_right_kernels_are_found(cpu, name, old, new):
    assert VARIANTS[name].count(old) == 1
    result = cpu.evaluate(
        TASK, VARIANTS[name].replace(old, new), ["256x256_50"], strict=True, strict_seed=7
    )
    assert result.verdict != "ok" or not result.strict.passed
