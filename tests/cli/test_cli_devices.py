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
        commands = ["devices"], ["devices", "--measure", "--json"], ["devices", "--json"]
        return [CliRunner().invoke(app, command) for command in commands]


def test_a_device_that_was_not_measured_says_how_to(measured):
    assert measured[0].exit_code == 0
    assert "assay devices --measure" in measured[0].stdout


def test_an_absent_device_says_why(measured):
    assert "metal: not available" in measured[0].stdout
    assert "macOS" in measured[0].stdout


def test_measured_ceilings_are_plausible_and_kept(measured):
    first, second = (
        {entry["name"]: entry for entry in map(json.loads, result.stdout.splitlines())}
        for result in measured[1:]
    )
    cpu = first["cpu"]
    assert cpu["available"] and cpu["cores"] == len(os.sched_getaffinity(0))
    assert cpu["ceiling_source"] == "measured"
    assert 0.5 < cpu["bandwidth_gb_s"] < 2000
    assert 1 < cpu["fp32_gflops"] < 100_000
    assert second["cpu"] == cpu
    assert first["metal"]["available"] is False and first["metal"]["reason"]
