"""``assay reference``: the published record."""

from __future__ import annotations

import json

import pytest


def test_a_task_shows_its_searches_noise_and_times(assay):
    result = assay("reference", "hmc")
    assert result.exit_code == 0
    lines = [line.split() for line in result.stdout.splitlines()]
    [opus] = [line for line in lines if line[:1] == ["claude-opus-4-7"]]
    assert opus[1:] == ["2026-05-06", "10", "0.008821", "0.09316", "6", "10.56x", "incorrect"]
    [gemini] = [line for line in lines if line[:2] == ["gemini-3.1-pro-preview", "2026-05-07"]]
    assert gemini[-2:] == ["10.70x", "17.64x"]
    for phrase in ["a factor of 1.08", "d16_K4096    6.630 ms", "2605.09708", "Apple M1 Pro",
                   "4500 GFLOPS", "200 GB/s"]:  # fmt: skip
        assert phrase in result.stdout
    assert "…" not in result.stdout


def test_runs_outside_the_comparison_and_told_ratios_are_marked(assay):
    nbody, morton = assay("reference", "nbody").stdout, assay("reference", "morton").stdout
    assert "gemini-3-flash-preview +" in nbody
    assert "+: not part of" in nbody
    assert "+: not part of" not in morton
    assert "11.60x *" in morton
    assert "*: only the published text" in morton


def test_without_a_task_all_are_listed(assay):
    result = assay("reference")
    assert result.exit_code == 0
    lines = {line.split()[0]: line.split() for line in result.stdout.splitlines() if line.strip()}
    assert lines["hmc"][-3:] == ["10.70x", "0.08704", "gemini-3.1-pro-preview"]
    assert lines["lbm"][1:] == ["9", "0.3552", "to", "0.5199", "1.46x", "1.46x", "0.5764",
                                "claude-opus-4-7"]  # fmt: skip
    assert len([name for name in lines if name in ("saxpy", "heat2d", "wave3d", "nbody")]) == 4


def test_json_holds_the_whole_record(assay):
    result = assay("reference", "wave3d", "--json")
    record = json.loads(result.stdout)
    assert record["ceilings"] == {"fp32_gflops": 4500, "bandwidth_gb_s": 200}
    assert record["seed_score"]["runs"] == len(record["runs"]) == 4
    first = record["runs"][0]
    assert first["counts"] == {"ok": 3, "compile": 2, "pipeline": 0, "incorrect": 10,
                               "llm_error": 0}  # fmt: skip
    assert first["held_out"]["ratio"] == pytest.approx(1.001, abs=6e-4)
    assert len(first["iterations"]) == 15
    assert record["fastest"][0]["gpu_seconds"] == pytest.approx(8.530e-4, rel=1e-3)
    everything = [json.loads(line) for line in assay("reference", "--json").stdout.splitlines()]
    assert len(everything) == 12


def test_a_task_without_a_record_is_a_usage_error(assay):
    for name in ("qsim", "nbdy"):
        result = assay("reference", name)
        assert result.exit_code == 2
        assert f"no published record of '{name}'" in result.stderr
        assert "nbody" in result.stderr


def test_help_has_examples(assay):
    text = assay("reference", "--help").stdout
    assert "assay reference hmc" in text
