from __future__ import annotations

import pytest

from assay.report import load_record, run_folders
from assay.report.convergence import best_so_far, values
from assay.search.errors import RunFolderError
from assay.search.run import LOG_NAME, load_run


def test_a_record_has_the_published_course(hmc_opus):
    record = load_record(hmc_opus)
    assert record.self_speedup == pytest.approx(10.562, abs=5e-4)
    curve = best_so_far(record)
    assert curve[0] == 1 and curve[-1] == pytest.approx(10.562, abs=5e-4)
    assert curve == sorted(curve)
    assert record.incumbents()[-1].attempt.iteration == 6
    assert sum(value is None for value in values(record)[0]) == 1  # One was incorrect.


def test_a_record_is_what_the_run_is(hmc_opus):
    record, (config, state) = load_record(hmc_opus), load_run(hmc_opus)
    assert (record.config, record.state) == (config, state)
    assert [step.attempt for step in record.steps] == state.attempts


def test_each_step_has_what_was_said_in_it(hmc_opus):
    seed, *steps = load_record(hmc_opus).steps
    assert seed.turns == () and seed.proposal is None
    for step in steps:
        (turn,) = step.turns
        assert turn.purpose == "proposal" and turn.reply == step.proposal
        assert turn.reply.text.endswith(f"#{step.attempt.iteration}")
        assert turn.prompt.startswith("Improve.")
        assert 0 <= turn.elapsed_s <= step.elapsed_s
    assert steps[0].turns[0].system == "Be brief." and steps[1].turns[0].system is None


def test_tokens_are_added_up(hmc_opus):
    spending = load_record(hmc_opus).spending
    assert (spending.calls, spending.input_tokens, spending.output_tokens) == (10, 10_000, 100)
    assert spending.known_usd is None


def test_a_skipped_iteration_has_a_prompt_and_no_reply(published_run):
    record = load_record(published_run("gradshaf", "gpt"))
    skipped = [step for step in record.steps if step.verdict == "skipped"]
    assert [step.attempt.iteration for step in skipped] == [9, 10]
    assert all(step.turns[0].prompt and step.proposal is None for step in skipped)


def test_a_run_that_goes_on_can_be_read(hmc_opus, tmp_path):
    lines = (hmc_opus / LOG_NAME).read_text().splitlines(keepends=True)
    (tmp_path / "run.json").write_text((hmc_opus / "run.json").read_text())
    for count in range(len(lines) + 1):
        (tmp_path / LOG_NAME).write_text("".join(lines[:count]))
        record = load_record(tmp_path)
        assert (record.stopped_because is None) == (count < len(lines))


def test_a_folder_of_runs_stands_for_them(hmc_opus, tmp_path):
    for name in ("b", "a"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "run.json").write_text("{}")
    (tmp_path / "notes.txt").write_text("")
    assert run_folders([tmp_path, hmc_opus]) == [tmp_path / "a", tmp_path / "b", hmc_opus]
    assert run_folders([tmp_path, tmp_path / "a"]) == [tmp_path / "a", tmp_path / "b"]


def test_a_folder_without_runs_is_an_error(tmp_path):
    with pytest.raises(RunFolderError, match=r"is no run folder and holds none"):
        run_folders([tmp_path])
