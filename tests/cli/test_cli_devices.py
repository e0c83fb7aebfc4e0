from __future__ import annotations

import json
import os
import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "darwin", reason="the CPU device needs Linux")


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    """Output of the commands before and after one measurement, in a cache of its own."""
    from typer.testing import CliRunner

    from assay.cli import app

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ASSAY_CACHE", str(tmp_path_factory.mktemp("cache")))
        commands = (
            ["devices"], ["devices", "--measure", "--json"], ["devices", "--json"], ["devices"],
        )  # fmt: skip
        return [CliRunner().invoke(app, command) for command in commands]


def test_a_device_that_was_not_measured_says_how_to(measured):
    assert measured[0].exit_code == 0
    assert "assay devices --measure" in measured[0].stdout


def test_the_text_shows_the_ceilings_in_short(measured):
    text = measured[3].stdout
    assert "GFLOPS (measured)" in text
    assert "bandwidth by working set: 32 KiB " in text and ", 512 MiB " in text
    assert "µs per dispatch" in text


def test_an_absent_device_says_why(measured):
    assert "metal: not available" in measured[0].stdout
    assert "macOS" in measured[0].stdout


def test_measured_ceilings_are_plausible_and_kept(measured):
    first, second = (
        {entry["name"]: entry for entry in map(json.loads, result.stdout.splitlines())}
        for result in measured[1:3]
    )
    cpu = first["cpu"]
    assert cpu["available"] and cpu["cores"] == len(os.sched_getaffinity(0))
    assert cpu["ceiling_source"] == "measured"
    assert 0.5 < cpu["bandwidth_gb_s"] < 2000
    assert 1 < cpu["fp32_gflops"] < 100_000
    assert second["cpu"] == cpu
    sizes, speeds = zip(*cpu["bandwidth_curve"], strict=True)
    assert sizes == tuple(sorted(sizes)) and len(sizes) >= 5
    assert speeds == tuple(sorted(speeds, reverse=True))
    assert speeds[-1] == cpu["bandwidth_gb_s"]
    assert 1e-8 < cpu["launch_seconds"] < 1e-3
    assert first["metal"]["bandwidth_curve"] == []
    assert first["metal"]["confinement"] is None
    assert first["metal"]["available"] is False and first["metal"]["reason"]


def test_what_confines_candidates(measured):
    (cpu,) = (
        entry
        for entry in map(json.loads, measured[2].stdout.splitlines())
        if entry["name"] == "cpu"
    )
    assert cpu["confinement"].keys() == {"system_calls", "files", "network"}
    for how in cpu["confinement"].values():
        assert how.startswith(("seccomp", "landlock (version ", "none: "))
    text = measured[3].stdout
    assert f"confinement: system calls: {cpu['confinement']['system_calls']}, files: " in text
