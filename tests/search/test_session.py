from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, field

import pytest

from assay.models import create
from assay.models.base import ModelError, Prompt, Reply
from assay.search.budget import Budget
from assay.search.evolve import evolve, run_gate
from assay.search.problem import Candidate, Evaluation, GateReport, NoAnswer
from assay.search.run import load_run

ITERATIONS = 2


@dataclass
class Asking:
    """A candidate's score is what the model says to two questions, failures counting 0."""

    name: str = "asking"
    artifact: str = "text"
    events: list[str] = field(default_factory=list)
    question: str = "how good"

    def describe(self):
        return {}

    def seed(self):
        return Candidate("seed")

    def prompt(self, state):
        if state.iteration == 2:
            return Candidate("own proposal")
        parent = state.incumbent.candidate.source
        return Prompt("propose", f"after {parent}", parent, state.iteration)

    def extract(self, reply):
        return Candidate(reply)

    def evaluate_with(self, candidate, session):
        answers = [self._ask(session, candidate, number) for number in range(2)]
        session.withhold({"secret": [session.seed, sum(answers)]})
        return Evaluation(float(sum(answers)), "ok", details={"answers": answers})

    def gate_with(self, seed, incumbent, session):
        answers = [self._ask(session, candidate, 9) for candidate in (seed, incumbent)]
        return GateReport(answers[1] > answers[0], "generalises", {"answers": answers})

    def _ask(self, session, candidate, number):
        self.events.append(f"{session.iteration}")
        system = f"judge {candidate.source}"
        prompt = Prompt(system, f"{self.question} {number}?", candidate.source, 0)
        try:
            return int(session.ask(prompt).text)
        except NoAnswer as error:
            assert error.kind in ("refused", "server")
            return 0


@dataclass
class Counter:
    """Answers questions with their number, but refuses one; counts what it is asked."""

    name: str = "counter"
    calls: list[str] = field(default_factory=list)

    def complete(self, prompt):
        self.calls.append(prompt.call or f"{prompt.iteration:02d}")
        if prompt.call == "01_call02":
            raise ModelError("refused", "no")
        text = str(len(self.calls)) if prompt.call else f"candidate {prompt.iteration}"
        return Reply(text, self.name)


ALL = [
    "00_call01", "00_call02",
    "01", "01_call01", "01_call02",
    "02_call01", "02_call02",
    "gate_call01", "gate_call02",
]  # fmt: skip


@pytest.fixture
def finished(tmp_path):
    folder, model = tmp_path / "reference", Counter()
    outcome = evolve(Asking(), model, folder, Budget(ITERATIONS), rule="replace")
    assert outcome.complete
    assert model.calls == ALL
    return folder


def _scores(folder):
    return [attempt.evaluation.score for attempt in load_run(folder)[1].attempts]


def test_an_evaluation_and_the_gate_may_ask_and_a_problem_may_propose(finished):
    _, state = load_run(finished)
    sources = [attempt.candidate.source for attempt in state.attempts]
    assert sources == ["seed", "candidate 1", "own proposal"]
    assert _scores(finished) == [1 + 2, 4 + 0, 6 + 7]
    assert state.incumbent.iteration == 2
    assert state.gate.report.details == {"answers": [8, 9]}
    assert (finished / "01_call01_prompt.md").read_text() == "how good 0?"
    assert (finished / "01_call01_system.md").read_text() == "judge candidate 1"
    assert (finished / "01_call01_response.md").read_text() == "4"
    assert not (finished / "01_call02_response.md").exists()
    assert (finished / "gate_call02_response.md").read_text() == "9"


class _Killed(BaseException):
    pass


def test_a_kill_after_any_event_repeats_no_call_that_was_answered(finished, tmp_path):
    lines = (finished / "events.jsonl").read_text().splitlines()
    ended = ("replied", "answered", "answer_failed")
    for count in range(len(lines) + 1):
        folder = tmp_path / str(count)
        folder.mkdir()
        shutil.copy(finished / "run.json", folder)
        (folder / "events.jsonl").write_text("".join(f"{line}\n" for line in lines[:count]))
        done = sum(json.loads(line)["event"] in ended for line in lines[:count])
        model = Counter(calls=[""] * done)
        evolve(Asking(), model, folder, Budget(ITERATIONS), rule="replace")
        assert model.calls[done:] == ALL[done:]
        assert _scores(folder) == _scores(finished)


@pytest.mark.parametrize("call", range(1, len(ALL) + 1))
def test_a_kill_within_any_call_loses_that_call_only(finished, tmp_path, call):
    class Dying(Counter):
        def complete(self, prompt):
            if len(self.calls) == call - 1:
                raise _Killed
            return super().complete(prompt)

    folder = tmp_path / "run"
    with pytest.raises(_Killed):
        evolve(Asking(), Dying(), folder, Budget(ITERATIONS), rule="replace")
    model = Counter(calls=[""] * (call - 1))
    evolve(Asking(), model, folder, Budget(ITERATIONS), rule="replace")
    assert model.calls[call - 1 :] == ALL[call - 1 :]
    assert _scores(folder) == _scores(finished)


def test_an_answer_to_another_question_is_not_used(tmp_path):
    class Dying(Counter):
        def complete(self, prompt):
            if prompt.call == "00_call02":
                raise _Killed
            return super().complete(prompt)

    with pytest.raises(_Killed):
        evolve(Asking(), Dying(), tmp_path / "run", Budget(0), rule="replace")
    model = Counter()
    evolve(Asking(question="how bad"), model, tmp_path / "run", Budget(0), rule="replace")
    assert model.calls[:2] == ["00_call01", "00_call02"]


def test_a_configuration_error_within_a_call_stops_the_run_and_can_be_resumed(finished, tmp_path):
    class Unset(Counter):
        def complete(self, prompt):
            if prompt.call == "02_call01":
                raise ModelError("configuration", "set KEY")
            return super().complete(prompt)

    folder = tmp_path / "run"
    outcome = evolve(Asking(), Unset(), folder, Budget(ITERATIONS), rule="replace")
    assert (outcome.stopped_because, outcome.iterations, outcome.gate) == ("configuration", 1, None)
    model = Counter(calls=[""] * 5)
    assert evolve(Asking(), model, folder, Budget(ITERATIONS), rule="replace").complete
    assert model.calls[5:] == ALL[5:]
    assert _scores(folder) == _scores(finished)


def test_a_configuration_error_while_the_seed_is_judged_is_raised(tmp_path):
    class Unset(Counter):
        def complete(self, prompt):
            raise ModelError("configuration", "set KEY")

    with pytest.raises(ModelError, match="set KEY"):
        evolve(Asking(), Unset(), tmp_path / "run", Budget(1), rule="replace")
    assert evolve(Asking(), Counter(), tmp_path / "run", Budget(1), rule="replace").complete


def test_the_gate_alone_takes_its_answers_from_the_log(finished):
    assert run_gate(Asking(), finished).details == {"answers": [8, 9]}


def test_the_gate_alone_asks_where_the_log_has_no_answer(finished, tmp_path):
    folder = tmp_path / "run"
    folder.mkdir()
    shutil.copy(finished / "run.json", folder)
    lines = (finished / "events.jsonl").read_text().splitlines()
    kept = [line for line in lines if '"stage":"gate"' not in line.replace(": ", ":")]
    (folder / "events.jsonl").write_text("".join(f"{line}\n" for line in kept[:-2]))
    with pytest.raises(ModelError, match="gate_call01 is not in the log"):
        run_gate(Asking(), folder)
    assert run_gate(Asking(), folder, model=Counter()).details == {"answers": [1, 2]}


def test_more_iterations_ask_the_gate_anew(finished):
    model = Counter()
    evolve(Asking(), model, finished, Budget(ITERATIONS + 1), rule="replace")
    assert model.calls == ["03", "03_call01", "03_call02", "gate_call01", "gate_call02"]


def test_a_recording_answers_further_calls_too(finished, tmp_path):
    folder, model = tmp_path / "run", create(f"replay:{finished}")
    outcome = evolve(Asking(), model, folder, Budget(ITERATIONS), rule="replace")
    assert outcome.complete
    assert _scores(folder) == _scores(finished)
    outcome = evolve(Asking(), model, folder, Budget(ITERATIONS + 1), rule="replace")
    assert "the recording ends at 2" in outcome.error


def test_a_recording_without_a_gate_says_so(finished, tmp_path):
    for path in finished.glob("gate_call*"):
        path.unlink()
    model = create(f"replay:{finished}")
    outcome = evolve(Asking(), model, tmp_path / "run", Budget(ITERATIONS), rule="replace")
    assert "no replies to the questions of a gate" in outcome.error


def test_what_is_withheld_is_stored_and_reaches_no_prompt(tmp_path):
    class Problem(Asking):
        def prompt(self, state):
            assert "secret" not in repr(state)
            return super().prompt(state)

    folder = tmp_path / "run"
    evolve(Problem(), Counter(), folder, Budget(ITERATIONS), rule="replace", seed=7)
    withheld = load_run(folder)[1].withheld
    assert withheld == {0: {"secret": [7, 3]}, 1: {"secret": [7, 4]}, 2: {"secret": [7, 13]}}
    assert json.loads((folder / "01_withheld.json").read_text()) == withheld[1]


@dataclass
class Repairing(Asking):
    """Takes no reply that has the word candidate in it before it has asked twice more."""

    def extract_with(self, reply, request, session):
        for number in range(2):
            if "candidate" not in reply:
                break
            again = Prompt(request.system, f"{request.user}, again {number}", request.parent, 0)
            reply = session.ask(again).text
        return Candidate(reply)


REPAIRED = ["00_call01", "00_call02", "01", "01_repair01", "01_call01"]


def test_a_reply_can_be_repaired_and_no_repair_is_asked_for_twice(tmp_path):
    model = Counter()
    evolve(Repairing(), model, tmp_path / "whole", Budget(1), rule="replace")
    assert model.calls[:5] == REPAIRED
    assert (tmp_path / "whole" / "01_repair01_prompt.md").read_text() == "after seed, again 0"
    sources = [one.candidate.source for one in load_run(tmp_path / "whole")[1].attempts]
    assert sources == ["seed", "4"]

    class Dying(Counter):
        def complete(self, prompt):
            if prompt.call == "01_call01":
                raise _Killed
            return super().complete(prompt)

    with pytest.raises(_Killed):
        evolve(Repairing(), Dying(), tmp_path / "run", Budget(1), rule="replace")
    again = Counter(calls=[""] * 4)
    evolve(Repairing(), again, tmp_path / "run", Budget(1), rule="replace")
    assert again.calls[4] == "01_call01"
    assert _scores(tmp_path / "run") == _scores(tmp_path / "whole")
