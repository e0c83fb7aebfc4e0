from __future__ import annotations

import csv
import io
import json

import pytest

from assay.kernels import published
from assay.names import UsageError
from assay.report import load_record
from assay.report.export import COLUMNS, format_of, write

csv.field_size_limit(1 << 24)


def _written(kind, *folders) -> bytes:
    file = io.BytesIO()
    write([load_record(folder) for folder in folders], kind, file)
    return file.getvalue()


def _run(task, model):
    return next(r for r in published.runs(task) if r.matched and r.model.startswith(model))


def test_json_lines_hold_the_published_scores(hmc_opus):
    rows = [json.loads(line) for line in _written("jsonl", hmc_opus).splitlines()]
    run = _run("hmc", "claude-opus")
    assert [row["score"] for row in rows] == [run.seed_score, *(i.score for i in run.iterations)]
    assert [row["iteration"] for row in rows] == list(range(11))
    assert [row["role"] for row in rows] == ["seed"] + ["candidate"] * 10
    assert all(list(row) == list(COLUMNS) for row in rows)
    assert rows[1]["input_tokens"] == 1000 and rows[0]["input_tokens"] is None
    first = run.iterations[0].sizes[0]
    assert rows[1]["details"]["sizes"][0]["gpu_seconds"] == first.gpu_seconds


def test_the_gate_stands_with_the_attempt_that_it_judged(hmc_opus):
    rows = [json.loads(line) for line in _written("jsonl", hmc_opus).splitlines()]
    gated = [row["iteration"] for row in rows if row["gate_outcome"]]
    assert gated == [6]
    assert rows[6]["gate_outcome"] == "silent incorrectness" and rows[6]["gate_passed"] is False


def test_csv_reads_back(hmc_opus, fft3d_gpt):
    text = _written("csv", hmc_opus, fft3d_gpt).decode()
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert len(rows) == 22
    assert {row["problem"] for row in rows} == {"hmc", "fft3d"}
    best = max(float(row["over_seed"]) for row in rows if row["problem"] == "hmc" and row["score"])
    assert best == pytest.approx(10.562, abs=5e-4)
    assert rows[0]["source"].startswith("kernel void step") and "\n" in rows[0]["source"]
    assert json.loads(rows[0]["details"])["task"] == "hmc"


def test_a_skipped_iteration_is_a_row_without_a_score(published_run):
    folder = published_run("gradshaf", "gpt")
    rows = [json.loads(line) for line in _written("jsonl", folder).splitlines()]
    assert [row["verdict"] for row in rows[-2:]] == ["skipped", "skipped"]
    assert rows[-1]["score"] is None and rows[-1]["source"] is None
    assert "no answer" in rows[-1]["fail_reason"]


def test_parquet_has_typed_columns(hmc_opus):
    parquet = pytest.importorskip("pyarrow.parquet", reason="needs pyarrow")
    table = parquet.read_table(io.BytesIO(_written("parquet", hmc_opus)))
    assert table.column_names == list(COLUMNS)
    types = {field.name: str(field.type) for field in table.schema}
    assert types["score"] == "double" and types["iteration"] == "int64"
    assert types["promoted"] == "bool" and types["details"] == "string"
    scores = table.column("score").to_pylist()
    assert scores[0] == _run("hmc", "claude-opus").seed_score


def test_the_format_follows_the_file(tmp_path):
    assert format_of(None, None) == "csv"
    assert format_of(None, tmp_path / "a.parquet") == "parquet"
    assert format_of("jsonl", tmp_path / "a.csv") == "jsonl"
    with pytest.raises(UsageError, match="parquet is no text"):
        format_of("parquet", None)
    with pytest.raises(UsageError, match="did you mean 'parquet'"):
        format_of("parket", None)
