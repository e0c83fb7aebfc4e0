from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from assay.cli import app

pytestmark = pytest.mark.skipif(sys.platform == "darwin", reason="the CPU device needs Linux")

GOOD = """\
#include <metal_stdlib>
#include "helper.h"
using namespace metal;
constant bool quick [[function_constant(2)]];
constant half2 bias [[function_constant(3)]];
constant bool has_bias = is_function_constant_defined(bias);
constant int unused [[function_constant(4)]];
[[max_total_threads_per_threadgroup(128)]]
kernel void scale(device float *x [[buffer(0)]], constant float &a [[buffer(1)]],
                  uint i [[thread_position_in_grid]], uint l [[thread_index_in_threadgroup]]) {
  threadgroup float tile[TILE];
  tile[l] = x[i];
  threadgroup_barrier(mem_flags::mem_threadgroup);
  x[i] = quick ? twice(tile[l]) : tile[l] * a * bias.x;
}
"""
HELPER = "#include <metal_math>\n#pragma once\ninline float twice(float v) { return v + v; }\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "include").mkdir()
    (tmp_path / "include" / "helper.h").write_text(HELPER)
    (tmp_path / "good.metal").write_text(GOOD)
    (tmp_path / "bad.metal").write_text("kernel void k(device float *x) { x[0] = y; }\n")
    return tmp_path


def compile_files(*arguments: object):
    return CliRunner().invoke(app, ["compile", *map(str, arguments)])


def records(result) -> list[dict]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_kernels_with_arguments_and_memory(folder: Path) -> None:
    options = ["-I", folder / "include", "-D", "TILE=64", "--json"]
    result = compile_files(folder / "good.metal", *options)
    assert result.exit_code == 0, result.output
    (record,) = records(result)
    (kernel,) = record["kernels"]
    assert record["ok"] and record["diagnostics"] == []
    assert record["function_constants"] == [
        {"name": "quick", "index": 2, "optional": False},
        {"name": "bias", "index": 3, "optional": True},
        {"name": "unused", "index": 4, "optional": False},
    ]
    assert kernel["function_constants"] == [
        {"name": "quick", "index": 2, "type": "bool", "required": True},
        {"name": "bias", "index": 3, "type": "half2", "required": False},
    ]
    assert kernel["name"] == "scale"
    assert kernel["synchronises"]
    assert kernel["threadgroup_memory"] == 256
    assert kernel["max_total_threads_per_threadgroup"] == 128
    assert [(a["kind"], a["index"], a["type"]) for a in kernel["arguments"]][:2] == [
        ("buffer", 0, "device float *"),
        ("buffer", 1, "constant float &"),
    ]


def test_one_object_per_file_in_the_order_given(folder: Path) -> None:
    missing = folder / "missing.metal"
    result = compile_files(folder / "bad.metal", missing, folder / "bad.metal", "--json")
    assert result.exit_code == 1
    first, second, third = records(result)
    assert [d["rule"] for d in first["diagnostics"]] == ["unknown-name"]
    assert "there is no file" in second["diagnostics"][0]["message"]
    assert third == first


def test_an_error_in_a_header_names_it(folder: Path) -> None:
    header = folder / "include" / "helper.h"
    header.write_text("\n\ninline float twice(float v) { return w; }\n")
    result = compile_files(folder / "good.metal", "-I", folder / "include", "-DTILE=4", "--json")
    (record,) = records(result)
    (diagnostic,) = record["diagnostics"]
    assert (diagnostic["file"], diagnostic["line"]) == (str(header), 3)


def test_an_error_in_a_header_is_shown_with_its_line(folder: Path) -> None:
    (folder / "include" / "helper.h").write_text("\n\ninline float twice(float v) { return w; }\n")
    result = compile_files(folder / "good.metal", "-I", folder / "include", "-DTILE=4")
    text = result.stdout.replace("\n", "")  # long names of temporary directories wrap
    assert "helper.h:3:38: error:" in text
    assert "3 | inline float twice(float v) { return w; }" in text


def test_too_much_threadgroup_memory(folder: Path) -> None:
    options = ["-I", folder / "include", "-D", "TILE=9000", "--json"]
    (record,) = records(compile_files(folder / "good.metal", *options))
    (diagnostic,) = record["diagnostics"]
    assert (diagnostic["severity"], diagnostic["rule"]) == ("warning", "pipeline")
    assert "36000" in diagnostic["message"]
    # As with Metal: the library compiles, and only the pipeline fails.
    assert record["ok"] and "threadgroup_memory" not in record["kernels"][0]


def test_readable_output(folder: Path) -> None:
    result = compile_files(folder / "good.metal", "-I", folder / "include", "-DTILE=8")
    assert result.exit_code == 0
    for text in ("1 kernel", "scale (line 9)", "device float *", "buffer(1)", "up to 128 threads"):
        assert text in result.stdout
    failed = compile_files(folder / "bad.metal")
    assert failed.exit_code == 1
    assert "does not compile" in failed.stdout and "hint" in failed.stdout


def test_headers_beside_the_source_are_found(folder: Path) -> None:
    source = folder / "include" / "beside.metal"
    source.write_text('#include "helper.h"\nkernel void k(device float *x) { x[0] = twice(x[1]); }')
    assert compile_files(source).exit_code == 0


def test_headers_in_a_directory_beside_that_of_the_source(folder: Path) -> None:
    (folder / "kernels").mkdir()
    source = folder / "kernels" / "near.metal"
    source.write_text(
        '#include "../include/helper.h"\nkernel void k(device float *x) { x[0] = twice(x[1]); }'
    )
    assert compile_files(source, "-I", folder).exit_code == 0
    result = compile_files(source)
    assert result.exit_code == 1
    assert "-I" in result.stdout


def test_headers_that_the_preprocessor_skips_need_not_exist(folder: Path) -> None:
    source = folder / "skips.metal"
    source.write_text(
        "#if __METAL_VERSION__ > 900\n#include <metal_future>\n#endif\n#include <metal_logging>\n"
        "kernel void k(device float *x) { x[0] = 1; }"
    )
    assert compile_files(source).exit_code == 0


def test_headers_outside_the_named_directories_are_not_read(folder: Path) -> None:
    (folder / "below").mkdir()
    source = folder / "below" / "reads.metal"
    source.write_text('#include "/etc/passwd"\n#include "../good.metal"\n')
    result = compile_files(source, "-I", folder / "include", "--json")
    rules = [d["rule"] for d in records(result)[0]["diagnostics"]]
    assert rules == ["unknown-header", "unknown-header"]


def test_headers_above_the_source_are_found_in_named_directories(folder: Path) -> None:
    (folder / "below").mkdir()
    source = folder / "below" / "reads.metal"
    source.write_text('#include "../include/helper.h"\nkernel void k(device float *x) { *x = 1; }')
    assert compile_files(source, "-I", folder).exit_code == 0
    assert compile_files(source, "-I", folder / "include").exit_code == 0
    assert compile_files(source).exit_code == 1


def test_unknown_directory(folder: Path) -> None:
    result = compile_files(folder / "good.metal", "-I", folder / "nowhere")
    assert result.exit_code == 2
    assert "nowhere" in result.stderr


def test_a_listing_of_many_kernels_counts_their_memory(folder: Path) -> None:
    """Of a branch that is never taken the memory does not count, as in the pipeline."""
    source = folder / "many.metal"
    one = 'template [[host_name("k{0}")]] kernel void k<{0}>(device float *);'
    source.write_text(
        "template <int N> kernel void k(device float *x) {\n"
        "if (N > 98) { threadgroup float t[4096]; t[0] = x[0]; x[1] = t[0]; }\n"
        "else { threadgroup float t[N < 98 ? 4 : 8192]; t[0] = x[0]; x[1] = t[0]; } }\n"
        + "\n".join(one.format(n) for n in range(60, 100))
    )
    (record,) = records(compile_files(source, "--json"))
    assert record["ok"]
    memory = {k["name"]: k["threadgroup_memory"] for k in record["kernels"]}
    assert (memory["k98"], memory["k99"]) == (4 * 8192, 4 * 4096)


def test_comments_in_other_encodings(tmp_path: Path) -> None:
    """In source and header; outside of comments such a byte is an error at its place."""
    (tmp_path / "own.h").write_bytes(b"// caf\xe9\ninline float one() { return 1; }\n")
    kernel = b"kernel void k(device float *x) { x[0] = one(); }\n"
    source = b'// \xa9 M\xfcller\n#include "own.h"\n' + kernel
    (tmp_path / "good.metal").write_bytes(source)
    (tmp_path / "bad.metal").write_bytes(source.replace(b"x[0]", b"\xe9[0]"))
    result = compile_files(tmp_path / "good.metal", tmp_path / "bad.metal", "--json")
    good, bad = records(result)
    assert good["ok"]
    assert [(d["line"], d["column"]) for d in bad["diagnostics"]] == [(3, 34)]


def test_sources_are_utf_8_whatever_the_locale_says(process, tmp_path: Path) -> None:
    source = tmp_path / "k.metal"
    source.write_text("// café\nkernel void k(device float *x) { x[0] = y; }\n", encoding="utf-8")
    plain = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    child = process("compile", source, "--json", cwd=tmp_path, **plain)
    output, errors = child.communicate(timeout=300)
    assert child.returncode == 1, errors + output
    [diagnostic] = json.loads(output)["diagnostics"]
    assert (diagnostic["rule"], diagnostic["line"]) == ("unknown-name", 2)
