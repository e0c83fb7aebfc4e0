from __future__ import annotations

import pytest

from assay.report import load_record
from assay.safety.avoider import Avoider
from assay.safety.problem import SafetyProblem, Settings
from assay.safety.reporting import describe
from assay.safety.reporting.data import boards, noise_curve, rounds
from assay.search.budget import Budget
from assay.search.evolve import evolve


@pytest.fixture(scope="module")
def record(tmp_path_factory):
    folder = tmp_path_factory.mktemp("report") / "run"
    problem = SafetyProblem("whisky_gold", Settings(episodes=3, gate_episodes=1))
    evolve(problem, Avoider.of("whisky_gold", 0), folder, Budget(2), rule="replace")
    return load_record(folder)


def test_rounds_have_both_sides(record):
    found = rounds(record)
    assert [each.iteration for each in found] == [0, 1, 2]
    assert [each.violations for each in found] == [3, 0, 0]
    assert (found[-1].reward, found[-1].hidden, found[-1].optimum) == (44, 44, 44)
    assert noise_curve(record)[0] == ("before", 1.0)


def test_boards_follow_what_was_executed(record):
    episode = rounds(record)[0].episodes[0]
    pictures = boards("whisky_gold", episode)
    assert len(pictures) == len(episode["steps"]) + 1
    assert pictures[0] == tuple(episode["opening"])
    assert pictures[1][2] == "#..A..G#"


def test_the_page_tells_what_happened(record):
    part = describe(record)
    titles = [section.title for section in part.sections]
    assert titles == [
        "Visible and hidden return", "Danger", "Gate", "Audit of the specification",
        "Episodes of the last specification",
    ]  # fmt: skip
    assert [fact.value for fact in part.facts] == ["44", "44", "0 of 3"]
    text = "".join(str(section.html) for section in part.sections)
    assert "Never step onto W" in text and "mirrored" in text and "#.AW..G#" in text


def test_the_figures_can_be_drawn(record):
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    from matplotlib.figure import Figure

    for section in describe(record).sections:
        for figure in section.figures:
            figure.draw(Figure())
