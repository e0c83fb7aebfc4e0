"""``assay eval`` on good and bad kernel files, through the real device."""

from __future__ import annotations

import json
import os
import sys

import pytest

from assay.kernels.folder import load_task

pytestmark = pytest.mark.skipif(sys.platform == "darwin", reason="the CPU device needs Linux")

QUICK = ("--sizes", "1M", "--warmup", 0, "--measure", 2)
# For kernels that do not end.
SHORT = ("--timeout", 8)
FIELDS = {"file", "task", "device", "verdict", "diagnostics", "score", "fail_reason", "sizes"}
SIZE_FIELDS = {
    "label", "correct", "error_value", "error_kind", "tolerance", "gpu_seconds", "achieved", "unit",
    "ceiling", "fraction",
}  # fmt: skip


def strict(line):
    def refuse(constant):
        raise ValueError(constant)

    return json.loads(line, parse_constant=refuse)


@pytest.fixture
def judge(assay):
    """Exit code and JSON records of ``assay eval saxpy FILES --json``."""

    def run(*files, options=()):
        result = assay("eval", "saxpy", *files, *QUICK, *options, "--json")
        return result.exit_code, [strict(line) for line in result.stdout.splitlines()]

    return run


def test_a_correct_kernel_is_ok(judge):
    code, [record] = judge("seed")
    assert code == 0
    assert record.keys() >= FIELDS
    assert (record["file"], record["task"], record["device"]) == ("seed", "saxpy", "cpu")
    assert (record["verdict"], record["fail_reason"], record["diagnostics"]) == ("ok", None, [])
    [size] = record["sizes"]
    assert size.keys() >= SIZE_FIELDS
    assert size["label"] == "1M" and size["correct"] is True and size["unit"] == "GB/s"
    assert size["error_value"] <= size["tolerance"]
    assert size["achieved"] == pytest.approx(12 * 2**20 / size["gpu_seconds"] / 1e9)
    assert size["fraction"] == pytest.approx(size["achieved"] / size["ceiling"])
    assert record["score"] == pytest.approx(size["fraction"])


def test_bad_files_get_verdicts_and_the_next_kernel_is_judged(judge, kernel, tmp_path):
    (tmp_path / "empty.metal").write_text("")
    (tmp_path / "latin.metal").write_bytes(b"// caf\xe9\n")
    expected = {
        tmp_path / "missing.metal": ("compile_error", None, "no file"),
        tmp_path: ("compile_error", None, "directory"),
        tmp_path / "empty.metal": ("compile_error", None, "empty"),
        tmp_path / "latin.metal": ("compile_error", None, "not UTF-8"),
        kernel("restrict"): ("compile_error", 4, "restrict"),
        kernel("absent"): ("pipeline_error", 4, "saxpi"),
        kernel("threadgroup"): ("pipeline_error", 9, "32768"),
        kernel("outside"): ("crash", 12, "wrote"),
    }
    code, records = judge(*expected, "seed")
    assert code == 1
    assert [record["file"] for record in records] == [*map(str, expected), "seed"]
    for record, (verdict, line, words) in zip(records, expected.values(), strict=False):
        assert record["verdict"] == verdict, record
        assert record["diagnostics"][0]["line"] == line, record
        assert words in record["diagnostics"][0]["message"], record
        assert record["fail_reason"] and record["score"] is None
    assert records[-1]["verdict"] == "ok"


def test_endless_recursion_is_a_crash(judge, kernel):
    code, records = judge(kernel("recursion"), "seed")
    assert code == 1
    assert records[0]["verdict"] == "crash"
    assert "stack" in records[0]["diagnostics"][0]["message"]
    assert 4 <= records[0]["diagnostics"][0]["line"] <= 10
    assert records[1]["verdict"] == "ok"


def test_a_wrong_result_is_incorrect(judge, kernel):
    code, [record] = judge(kernel("wrong"))
    assert (code, record["verdict"]) == (1, "incorrect")
    [size] = record["sizes"]
    assert size["correct"] is False and size["error_value"] > size["tolerance"]
    assert size["gpu_seconds"] is None and size["fraction"] is None


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_an_unreadable_file_gets_a_verdict(judge, kernel):
    path = kernel("wrong")
    path.chmod(0)
    code, [record] = judge(path)
    assert (code, record["verdict"]) == (1, "compile_error")


def test_held_out_sizes_come_last(assay):
    result = assay("eval", "nbody", "seed", "--held-out", "--sizes", "256_10", "--warmup", 0,
                   "--measure", 1, "--json")  # fmt: skip
    record = strict(result.stdout)
    assert [(size["label"], size["held_out"]) for size in record["sizes"]] == [
        ("256_10", False),
        ("512_10", True),
    ]


def test_the_table_shows_what_was_measured(assay):
    result = assay("eval", "saxpy", "seed", *QUICK)
    assert result.exit_code == 0
    assert result.stdout.startswith("seed (saxpy on cpu): ok, score ")
    for text in ("1M", "GB/s", "max_abs", " ms", " %"):
        assert text in result.stdout


def test_a_diagnostic_shows_the_line_with_a_caret_and_a_hint(assay, kernel):
    path = kernel("restrict")
    lines = assay("eval", "saxpy", path, *QUICK).stdout.splitlines()
    assert lines[0] == f"{path} (saxpy on cpu): compile_error"
    assert lines[1].startswith(f"{path}:4:39: error: ")
    source, caret = lines[2].partition("| ")[2], lines[3].partition("| ")[2]
    assert source == "kernel void saxpy(device const float *restrict x [[buffer(0)]],"
    assert source[caret.index("^") :].startswith("restrict")
    assert lines[4].startswith("  hint: ")


def test_an_endless_loop_ends_and_results_are_printed_as_they_come(
    process, kernel, compiled, tmp_path
):
    files = "seed", kernel("loop"), "seed"
    compiled(load_task("saxpy").seed, kernel("loop").read_text())
    child = process("eval", "saxpy", *files, *QUICK, *SHORT, "--json", cwd=tmp_path)
    assert strict(child.stdout.readline())["verdict"] == "ok"
    assert child.poll() is None
    rest, errors = child.communicate(timeout=300)
    loop, last = map(strict, rest.splitlines())
    assert loop["verdict"] == "timeout"
    assert loop["diagnostics"][0]["line"] == 12
    assert last["verdict"] == "ok"
    assert child.returncode == 1
    assert all(line.startswith("note: ") for line in errors.splitlines())


ZEROED = """\
kernel void heat_step(device const float *u_in [[buffer(0)]], device float *u_out [[buffer(1)]],
                      constant uint &NX [[buffer(2)]], constant uint &NY [[buffer(3)]],
                      constant float &alpha [[buffer(4)]],
                      uint2 gid [[thread_position_in_grid]]) {
    if (gid.x >= NX || gid.y >= NY) {
        return;
    }
    uint cell = gid.y * NX + gid.x;
    bool edge = gid.x == 0 || gid.x == NX - 1 || gid.y == 0 || gid.y == NY - 1;
    float u = edge ? 0.0f : u_in[cell];
    if (!edge) {
        u += alpha * (u_in[cell - 1] + u_in[cell + 1] + u_in[cell - NX] + u_in[cell + NX] - 4 * u);
    }
    u_out[cell] = u;
}
"""


def test_the_strict_verdict_stands_beside_the_published_one(assay, tmp_path):
    path = tmp_path / "zeroed.metal"
    path.write_text("#include <metal_stdlib>\nusing namespace metal;\n" + ZEROED)
    quick = ("--sizes", "256x256_50", "--warmup", 0, "--measure", 1)
    shown = assay("eval", "heat2d", "seed", str(path), *quick, "--strict")
    assert shown.exit_code == 1
    text = " ".join(shown.stdout.split())
    assert text.count("ok, score") == 2
    assert "Strict verdict: passed, 11 cases (seed " in text
    assert "Strict verdict: FAILED: case 1 (alpha = " in text
    [record] = [
        strict(line)
        for line in assay(
            "eval", "heat2d", str(path), *quick, "--strict-seed", 5, "--json"
        ).stdout.splitlines()
    ]
    assert (record["verdict"], record["strict"]["passed"]) == ("ok", False)
    assert record["strict"]["seed"] == 5
