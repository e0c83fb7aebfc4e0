from __future__ import annotations

import hashlib
import json
import math
import os
import subprocess
import sys

import pytest

from assay.models.base import Reply
from assay.names import UsageError
from assay.search.budget import Budget
from assay.search.config import RunConfig
from assay.search.errors import RunFolderError
from assay.search.events import Evaluated, Replied, decode, encode
from assay.search.evolve import evolve
from assay.search.files import plain, strict_json, write_atomically
from assay.search.log import LogWriter, read_log
from assay.search.problem import Evaluation
from assay.search.run import Run, load_run


def _strict(text):
    def refuse(token):
        raise AssertionError(f"{token} is not JSON")

    return json.loads(text, parse_constant=refuse)


@pytest.fixture
def finished(toy, tmp_path):
    evolve(toy.ToyProblem(), toy.ToyModel(), tmp_path / "run", Budget(12), seed=7)
    return tmp_path / "run"


def test_the_folder_has_the_published_names_and_nothing_else(finished):
    asked, judged = range(1, 13), [n for n in range(1, 13) if n not in (4, 5)]
    assert {path.name for path in finished.iterdir()} == {
        "run.json", "events.jsonl", ".lock",
        "00_seed.md", "00_result.json", "01_system.md",
        "best.md", "best_result.json", "gate.json", "history.json", "summary.json",
        *(f"{n:02d}_prompt.md" for n in asked),
        *(f"{n:02d}_{part}.md" for n in asked if n != 4 for part in ("response", "reasoning")),
        *(f"{n:02d}_candidate.md" for n in judged),
        *(f"{n:02d}_result.json" for n in judged),
    }  # fmt: skip


def test_files_hold_what_was_said_and_measured(finished):
    assert (finished / "01_system.md").read_text() == "Answer with a number."
    assert (finished / "03_prompt.md").read_text() == "beat 2.0; you tried 1.0, 1.0, 2.0"
    assert (finished / "05_response.md").read_text() == "no code"
    assert (finished / "05_reasoning.md").read_text() == "thought 5"
    assert (finished / "09_candidate.md").read_text() == "2.25"
    assert (finished / "best.md").read_text() == "2.5"
    assert _strict((finished / "03_result.json").read_text()) == {
        "compile_ok": False,
        "score": None,
        "verdict": "compile_error",
        "fail_reason": "it is broken",
    }
    assert _strict((finished / "07_result.json").read_text())["samples"] == [None, 1.0]
    assert _strict((finished / "best_result.json").read_text())["score"] == 2.5


def test_the_configuration_is_stored(finished):
    config = _strict((finished / "run.json").read_text())
    assert config.pop("versions").keys() == {"assay", "python", "system"}
    assert config.pop("created").endswith("+00:00")
    assert config == {
        "problem": "toy",
        "artifact": "text",
        "settings": {"device": "none", "sizes": [1, 2]},
        "seed_sha256": hashlib.sha256(b"1.0").hexdigest(),
        "model": "toy-model",
        "model_options": {},
        "seed": 7,
        "acceptance": "strict",
        "children": 1,
        "parent": "incumbent",
        "control": "none",
        "price": None,
    }


def test_the_summary_has_the_published_fields(toy, finished):
    summary = _strict((finished / "summary.json").read_text())
    history = summary.pop("history")
    gate = summary.pop("gate")
    assert summary == {
        "task": "toy",
        "model": "toy-model",
        "device": "none",
        "chip": None,
        "n_iterations": 12,
        "seed_score": 1.0,
        "best_score": 2.5,
        "best_iteration": 12,
        "improvement": 2.5,
        "spent": {"calls": 11, "input_tokens": 33, "output_tokens": 44, "usd": None},
    }
    assert gate == {
        "passed": True,
        "outcome": "generalises",
        "iterations": 12,
        "incumbent": 12,
        "details": {"ratio": None},
    }
    assert gate == _strict((finished / "gate.json").read_text())
    assert history == _strict((finished / "history.json").read_text())
    assert all(record.pop("elapsed_s") >= 0 for record in history)
    assert [record["score"] for record in history] == toy.SCORES
    assert [r["iteration"] for r in history if r["is_new_best"]] == toy.PROMOTED
    assert history[0] == {
        "iteration": 0,
        "role": "seed",
        "compile_ok": True,
        "correct": True,
        "score": 1.0,
        "fail_reason": None,
        "source_path": "00_seed.md",
        "is_new_best": True,
    }
    assert history[3] == {
        "iteration": 3,
        "role": "candidate",
        "compile_ok": False,
        "correct": False,
        "score": None,
        "fail_reason": "it is broken",
        "source_path": "03_candidate.md",
        "is_new_best": False,
    }
    assert history[4] == {
        "iteration": 4,
        "role": "skipped",
        "compile_ok": False,
        "correct": False,
        "score": None,
        "fail_reason": "server: the server is down",
        "source_path": None,
        "is_new_best": False,
    }


def test_elapsed_time_is_that_of_the_model_and_the_evaluation(finished):
    events = [_strict(line) for line in (finished / "events.jsonl").read_text().splitlines()]
    expected = {}
    for event in events:
        if event["event"] != "gated" and "elapsed_s" in event:
            number = event.get("iteration", 0)
            expected[number] = expected.get(number, 0) + event["elapsed_s"]
    history = _strict((finished / "history.json").read_text())
    for record in history:
        assert math.isclose(record["elapsed_s"], expected[record["iteration"]])


def test_the_reply_is_in_the_log_before_the_evaluation(toy, tmp_path):
    class Watcher(toy.ToyProblem):
        def evaluate(self, candidate):
            if candidate.source == "2.0":
                last = (tmp_path / "run" / "events.jsonl").read_text().splitlines()[-1]
                seen.append(_strict(last))
            return super().evaluate(candidate)

    seen = []
    evolve(Watcher(), toy.ToyModel(), tmp_path / "run", Budget(2))
    assert [event["event"] for event in seen] == ["replied"]
    assert seen[0]["reply"] == {
        "text": "2.0",
        "model": "toy-model-2",
        "reasoning": "thought 2",
        "usage": {"input_tokens": 3, "output_tokens": 4},
        "calls": 1,
        "cached": False,
    }


def test_the_log_is_one_strict_object_per_line_and_tells_the_whole_story(toy, tmp_path):
    evolve(toy.ToyProblem(), toy.ToyModel(("nan", "no code")), tmp_path / "run", Budget(2))
    lines = (tmp_path / "run" / "events.jsonl").read_text().splitlines()
    assert [_strict(line)["event"] for line in lines] == [
        "run_started", "seed_evaluated", "prompted", "replied", "evaluated", "prompted", "replied",
        "skipped", "gated", "finished",
    ]  # fmt: skip
    assert [_strict(line)["system"] for line in lines if '"prompted"' in line] == [
        "Answer with a number.",
        None,
    ]


@pytest.mark.parametrize(
    ("artifact", "suffix"), [("metal", ".metal"), ("python", ".py"), ("text", ".md")]
)
def test_the_artifact_decides_the_suffix(toy, tmp_path, artifact, suffix):
    problem = toy.ToyProblem(artifact=artifact)
    evolve(problem, toy.ToyModel(), tmp_path / "run", Budget(1))
    assert {f"00_seed{suffix}", f"01_candidate{suffix}", f"best{suffix}"} <= {
        path.name for path in (tmp_path / "run").iterdir()
    }


def test_an_unknown_artifact_is_refused_before_anything_is_written(toy, tmp_path):
    with pytest.raises(UsageError, match=r"'wood'.*metal, python, text"):
        evolve(toy.ToyProblem(artifact="wood"), toy.ToyModel(), tmp_path / "run", Budget(1))
    assert not (tmp_path / "run").exists()


def test_iterations_past_99_take_a_third_digit(toy, tmp_path):
    evolve(toy.ToyProblem(), toy.ToyModel(("1.0",) * 101), tmp_path / "run", Budget(101))
    assert (tmp_path / "run" / "99_candidate.md").exists()
    assert (tmp_path / "run" / "100_candidate.md").exists()


@pytest.mark.parametrize(
    ("problem", "model", "seed", "expected"),
    [
        ({"seed_source": "1.5"}, "toy-model", 7, "seed_sha256"),
        ({"name": "other"}, "toy-model", 7, 'problem: the run has "toy", this command has "other"'),
        ({}, "better", 7, 'model: the run has "toy-model", this command has "better"'),
        ({}, "toy-model", 8, "seed: the run has 7, this command has 8"),
        (
            {"settings": {"device": "metal", "sizes": (1, 2)}},
            "toy-model",
            7,
            'settings.device: the run has "none", this command has "metal"',
        ),
        (
            {"settings": {"sizes": (1, 2)}},
            "toy-model",
            7,
            'settings.device: the run has "none", this command has nothing',
        ),
    ],
)
def test_a_run_is_not_continued_under_other_settings(toy, finished, problem, model, seed, expected):
    log = (finished / "events.jsonl").read_bytes()
    with pytest.raises(RunFolderError) as error:
        evolve(toy.ToyProblem(**problem), toy.ToyModel(name=model), finished, Budget(13), seed=seed)
    assert expected in str(error.value)
    assert str(finished) in str(error.value) and "another --run folder" in str(error.value)
    assert str(error.value).count("the run has") == 1
    assert (finished / "events.jsonl").read_bytes() == log


def test_other_versions_do_not_hinder_a_resume(toy, finished):
    config = _strict((finished / "run.json").read_text())
    config["versions"] = {"assay": "0.0.1"}
    (finished / "run.json").write_text(json.dumps(config))
    assert evolve(toy.ToyProblem(), toy.ToyModel(), finished, Budget(12), seed=7).complete


def test_a_folder_with_other_files_is_left_alone(toy, tmp_path):
    (tmp_path / "thesis.tex").write_text("precious")
    with pytest.raises(RunFolderError, match=r"holds 'thesis\.tex' but no run\.json"):
        evolve(toy.ToyProblem(), toy.ToyModel(), tmp_path, Budget(1))
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_a_file_is_not_a_folder(toy, tmp_path):
    (tmp_path / "run").write_text("")
    for folder in (tmp_path / "run", tmp_path / "run" / "inner"):
        with pytest.raises(RunFolderError, match="another --run folder"):
            evolve(toy.ToyProblem(), toy.ToyModel(), folder, Budget(1))


def test_an_empty_folder_and_what_a_dead_start_left_are_used(toy, tmp_path):
    (tmp_path / ".lock").write_text("1")
    (tmp_path / ".run.json.part").write_text("{")
    assert evolve(toy.ToyProblem(), toy.ToyModel(), tmp_path, Budget(1)).complete
    assert not (tmp_path / ".run.json.part").exists()


def test_a_damaged_configuration_is_named(toy, finished):
    for text, reason in (("{", "Expecting"), ('{"problem": "toy"}', "artifact: Field required")):
        (finished / "run.json").write_text(text)
        with pytest.raises(RunFolderError, match=rf"run\.json is damaged \(.*{reason}"):
            evolve(toy.ToyProblem(), toy.ToyModel(), finished, Budget(12), seed=7)


@pytest.mark.parametrize("line", ["not json", '{"event": "invented"}', '{"event": "prompted"}'])
def test_a_damaged_line_inside_the_log_is_named_and_not_dropped(toy, finished, line):
    path = finished / "events.jsonl"
    lines = path.read_text().splitlines()
    lines[4] = line
    path.write_text("\n".join(lines) + "\n")
    before = path.read_bytes()
    with pytest.raises(RunFolderError, match=r"events\.jsonl, line 5: .*another --run folder"):
        evolve(toy.ToyProblem(), toy.ToyModel(), finished, Budget(12), seed=7)
    assert path.read_bytes() == before


def test_a_second_writer_in_this_process_is_refused_and_a_reader_is_not(toy, finished):
    config, _ = load_run(finished)
    with Run(finished, config):
        with pytest.raises(RunFolderError, match=f"in use by process {os.getpid()}"):
            evolve(toy.ToyProblem(), toy.ToyModel(), finished, Budget(12), seed=7)
        assert load_run(finished)[1].iterations == 12
    assert evolve(toy.ToyProblem(), toy.ToyModel(), finished, Budget(12), seed=7).complete


def test_a_second_process_is_refused(toy, finished):
    program = (
        "import sys, pathlib; from assay.search.run import Run, load_run;"
        "folder = pathlib.Path(sys.argv[1]); run = Run(folder, load_run(folder)[0]);"
        "print('open', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(finished)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as other:  # fmt: skip
        assert other.stdout.readline() == "open\n"
        with pytest.raises(RunFolderError, match=f"in use by process {other.pid}"):
            evolve(toy.ToyProblem(), toy.ToyModel(), finished, Budget(12), seed=7)
        other.kill()
    assert evolve(toy.ToyProblem(), toy.ToyModel(), finished, Budget(12), seed=7).complete


def test_a_run_that_cannot_be_opened_does_not_stay_locked(toy, finished):
    wanted = RunConfig.of(toy.ToyProblem(), "other", 7, "strict")
    with pytest.raises(RunFolderError):
        Run(finished, wanted)
    Run(finished, load_run(finished)[0]).__exit__(None, None, None)


def test_plain_makes_strict_json_of_anything_a_measurement_holds():
    value = {"a": (float("nan"), float("inf"), -0.5), 3: [{"b": float("-inf")}], "s": "\ud800x"}
    assert plain(value) == {"a": [None, None, -0.5], "3": [{"b": None}], "s": "?x"}
    assert strict_json({"a": float("nan")}) == '{"a": null}'
    with pytest.raises(TypeError):
        strict_json({"a": object()})


def test_an_event_survives_the_log_unchanged(tmp_path):
    text = "line\r\nnext\u2028über 🜚\0 \x85"
    evaluation = Evaluation(0.1 + 0.2, "ok", None, {"sizes": [{"s": 1e-300}], "flag": True})
    events = [
        Replied(iteration=1, reply=Reply(text, "m"), elapsed_s=0.25),
        Evaluated(iteration=1, source=text, evaluation=evaluation, promoted=True, elapsed_s=1.5),
    ]
    assert [decode(encode(event)) for event in events] == events
    writer = LogWriter(tmp_path / "log")
    assert [writer.append(event) for event in events] == events
    writer.close()
    assert read_log(tmp_path / "log") == events


def test_a_reply_that_utf_8_cannot_hold_is_logged_all_the_same():
    event = Replied(iteration=1, reply=Reply("half \ud83d", "m"), elapsed_s=0.0)
    assert decode(encode(event)).reply.text == "half ?"


def test_a_write_that_fails_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "a.json"
    write_atomically(path, "old")

    def fail(*_):
        raise OSError("power failure")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="power failure"):
        write_atomically(path, "new")
    assert path.read_text() == "old"
