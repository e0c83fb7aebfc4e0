from __future__ import annotations

import json

import pytest

from assay.kernels.importing import import_run, read_published
from assay.search.errors import RunFolderError
from assay.search.run import load_run

PROMPT, RESPONSE = "Make it faster.\n", "Idea.\n```metal\nkernel void k() {}\n```\n"


def _size(label, correct=True, error=1e-7, kind="max_abs", fraction=0.5):
    return {
        "label": label, "correct": correct, "error_value": error, "error_kind": kind,
        "gpu_seconds": 1e-3, "achieved": 100.0, "achieved_unit": "GB/s", "ceiling": 200.0,
        "ceiling_unit": "GB/s", "fraction_of_ceiling": fraction,
    }  # fmt: skip


def _result(score=None, compile_ok=True, reason=None, sizes=()):
    return {
        "compile_ok": compile_ok, "correct": score is not None, "score": score,
        "fail_reason": reason, "sizes": list(sizes),
    }  # fmt: skip


# Iteration, score, whether it became the best, verdict expected of the import.
COURSE = {
    1: (_result(None, False, "compile error: program_source:1:2"), False, "compile_error"),
    2: (_result(0.5, sizes=[_size("a"), _size("b")]), True, "ok"),
    3: (_result(None, reason="correctness failed at size a",
                sizes=[_size("a", False, float("nan"))]), False, "incorrect"),
    5: (_result(None, reason="pipeline error: 33792 bytes"), False, "pipeline_error"),
    6: (_result(None, reason="runtime error at size a",
                sizes=[_size("a", False, float("inf"), "exception")]), False, "crash"),
    7: (_result(0.5), False, "ok"),
    8: (_result(0.75), True, "ok"),
}  # fmt: skip


@pytest.fixture
def folder(tmp_path):
    """A run folder as the published harness leaves it; iteration 4 got no answer."""
    path = tmp_path / "saxpy_some-model_20260507_110302"
    path.mkdir()
    (path / "00_seed.metal").write_text("// seed\n")
    history = [_record(0, "seed", 0.25, True)]
    for iteration in range(1, 9):
        (path / f"{iteration:02d}_prompt.md").write_text(PROMPT)
        if iteration == 4:
            history.append(_record(4, "skipped", None, False, "LLM error: timed out"))
            continue
        result, new_best, _ = COURSE[iteration]
        (path / f"{iteration:02d}_response.md").write_text(RESPONSE)
        (path / f"{iteration:02d}_candidate.metal").write_text(f"// candidate {iteration}\n")
        (path / f"{iteration:02d}_result.json").write_text(json.dumps(result))
        history.append(_record(iteration, "candidate", result["score"], new_best))
    (path / "02_reasoning.md").write_text("Thinking.")
    (path / "best_result.json").write_text(json.dumps(COURSE[8][0]))
    summary = {
        "task": "saxpy", "model": "some-model", "chip": "Apple M1 Pro", "n_iterations": 8,
        "seed_score": 0.25, "best_score": 0.75, "improvement": 3.0, "history": history,
    }  # fmt: skip
    (path / "summary.json").write_text(json.dumps(summary))
    (path / "history.json").write_text(json.dumps(history))
    return path


def _record(iteration, role, score, new_best, reason=None):
    return {
        "iteration": iteration, "role": role, "compile_ok": True, "correct": score is not None,
        "score": score, "fail_reason": reason, "source_path": None, "elapsed_s": 10.0,
        "is_new_best": new_best,
    }  # fmt: skip


def test_an_imported_run_has_the_published_course(folder, tmp_path):
    assert import_run(read_published(folder), tmp_path / "run") == 8
    config, state = load_run(tmp_path / "run")
    assert (config.problem, config.model, config.acceptance) == ("saxpy", "some-model", "strict")
    assert config.settings["chip"] == "Apple M1 Pro"
    assert config.created == "2026-05-07T11:03:02.000+00:00"
    promoted = [one.iteration for one in state.attempts if one.promoted]
    assert promoted == [0] + [i for i, (_, new_best, _) in COURSE.items() if new_best]
    verdicts = {one.iteration: one.evaluation.verdict for one in state.attempts if one.evaluation}
    assert verdicts == {0: "ok", **{i: verdict for i, (_, _, verdict) in COURSE.items()}}
    assert state.attempts[4].skip_reason == "LLM error: timed out"
    assert (state.seed_score, state.best_score, state.finished) == (0.25, 0.75, True)
    assert state.elapsed_s == [10.0] * 9


def test_sources_and_replies_are_kept(folder, tmp_path):
    import_run(read_published(folder), tmp_path / "run")
    run = tmp_path / "run"
    assert (run / "00_seed.metal").read_text() == "// seed\n"
    assert (run / "best.metal").read_text() == "// candidate 8\n"
    assert (run / "02_response.md").read_text() == RESPONSE
    assert (run / "02_reasoning.md").read_text() == "Thinking."
    assert (run / "04_prompt.md").read_text() == PROMPT
    assert not (run / "04_response.md").exists()


def test_sizes_are_kept_and_what_is_not_finite_is_null(folder, tmp_path):
    import_run(read_published(folder), tmp_path / "run")
    attempts = load_run(tmp_path / "run")[1].attempts
    (first, _) = attempts[2].evaluation.details["sizes"]
    assert (first["gpu_seconds"], first["fraction"], first["unit"]) == (1e-3, 0.5, "GB/s")
    assert attempts[3].evaluation.details["sizes"][0]["error_value"] is None
    assert "NaN" not in (tmp_path / "run" / "events.jsonl").read_text()


def test_iterations_that_the_summary_lost_are_imported(folder, tmp_path):
    summary = json.loads((folder / "summary.json").read_text())
    summary["history"] = summary["history"][:6]
    (folder / "summary.json").write_text(json.dumps(summary))
    (folder / "history.json").write_text(json.dumps(summary["history"]))
    assert import_run(read_published(folder), tmp_path / "run") == 8


def test_an_interrupted_run_says_how_it_can_be_used(folder):
    (folder / "summary.json").unlink()
    with pytest.raises(RunFolderError, match=r"--model replay:"):
        read_published(folder)


def test_other_folders_are_refused(folder, tmp_path):
    with pytest.raises(RunFolderError, match="no published run folder"):
        read_published(tmp_path)
    (folder / "summary.json").write_text("{")
    with pytest.raises(RunFolderError, match=r"summary\.json is damaged"):
        read_published(folder)


def test_an_import_never_adds_to_a_folder(folder, tmp_path):
    import_run(read_published(folder), tmp_path / "run")
    with pytest.raises(RunFolderError, match="not empty"):
        import_run(read_published(folder), tmp_path / "run")
