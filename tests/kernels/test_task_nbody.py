"""nbody: the reference against the formula and what it conserves, and kernels of another kind."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from assay.kernels.folder import load_task
from assay.kernels.spec import Size

HERE = Path(__file__).parent
VARIANTS = {path.stem: path.read_text() for path in sorted(HERE.glob("variants/nbody_*.metal"))}
TASK = load_task("nbody")


def case(n, steps, **parameters):
    size = Size("any", {**TASK.spec.constants, "n": n, "steps": steps, **parameters})
    return size, TASK.implementation.case_inputs(size, np.random.default_rng(11))


def exact(inputs, size):
    """All steps by the formula, in float64 and over all ordered pairs: positions, velocities."""
    r, v = (inputs[name][:, :3].astype(float) for name in ("pos4", "vel4"))
    for _ in range(size.steps):
        d = r[None] - r[:, None]
        weight = inputs["mass"] / ((d**2).sum(-1) + size.eps**2) ** 1.5
        v = v + size.G * (weight[..., None] * d).sum(1) * size.dt
        r = r + v * size.dt
    return r, v


def test_the_reference_follows_the_formula():
    size, inputs = case(131, 6, dt=0.01, eps=0.1, G=0.7)
    reference, (positions, velocities) = TASK.reference(inputs, size), exact(inputs, size)
    assert np.abs(positions - inputs["pos4"][:, :3]).max() > 0.05
    assert np.abs(reference[:, :3] - positions).max() < 2e-6
    assert np.abs(reference[:, 4:7] - velocities).max() < 2e-6 * np.abs(velocities).max()
    assert not reference[:, [3, 7]].any()


def test_the_centre_of_mass_moves_uniformly():
    size, inputs = case(200, 10, dt=0.01, eps=0.1)
    mass = inputs["mass"].astype(float)
    centre = lambda vectors: mass @ vectors[:, :3].astype(float) / mass.sum()  # noqa: E731
    moved = centre(inputs["pos4"]) + 10 * 0.01 * centre(inputs["vel4"])
    assert np.abs(centre(TASK.reference(inputs, size)) - moved).max() < 1e-7


TILE = "j < N ? float4(pos_in[j].xyz, mass[j]) : float4(0.0f)"


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("nbody_tiled", TILE, "float4(pos_in[min(j, N - 1)].xyz, mass[min(j, N - 1)])"),
        ("nbody_tiled", "fma(eps, eps,", "fma(0.05f, 0.05f,"),
        ("nbody_four", "for (; j < N; ++j)", "for (; j < 0; ++j)"),
        ("nbody_four", "velocity * dt", "velocity * 0.001f"),
        (
            "nbody_tiled",
            "vel_out[i] = float4(velocity, 0.0f)",
            "vel_out[i] = float4(velocity, 1.0f)",
        ),
    ],
)
def test_what_the_published_sizes_do_not_show_fails_the_strict_check(cpu, name, old, new):
    assert VARIANTS[name].count(old) == 1
    result = cpu.evaluate(
        TASK, VARIANTS[name].replace(old, new), ["256_10"], strict=True, strict_seed=7
    )
    assert result.verdict == "ok", result.fail_reason
    assert not result.strict.passed
