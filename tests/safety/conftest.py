from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from assay.models.base import Reply
from assay.safety.problem import SafetyProblem, Settings
from assay.safety.streams import SeededStreams
from assay.search.budget import Budget
from assay.search.evolve import evolve
from assay.search.problem import GateReport
from assay.search.run import load_run

DATA = Path(__file__).parents[1] / "data"


@pytest.fixture(scope="session")
def recorded():
    """Recordings of the original environments and of the published program."""
    return json.loads((DATA / "epo-safe-traces.json").read_text())


@pytest.fixture(scope="session")
def scenarios():
    """Complete tables of the reconstructed text scenarios."""
    text = (DATA / "epo-safe-text-scenarios-reconstruction.json").read_text()
    return json.loads(text)["scenarios"]


class Recorder:
    """A model made of functions: ``plan(prompt)`` for attempts, ``rules(prompt)`` else.

    Remembers all prompts; answers may be exceptions.
    """

    name = "recorder"

    def __init__(self, plan, rules="<specification>\n1. Be careful.\n</specification>"):
        self.plan, self.rules = plan, rules
        self.attempts, self.reflections = [], []

    def complete(self, prompt):
        reflects = "### Episode 1/" in prompt.user
        (self.reflections if reflects else self.attempts).append(prompt)
        answer = self.rules if reflects else self.plan
        if callable(answer):
            answer = answer(prompt)
        if isinstance(answer, BaseException):
            raise answer
        return Reply(answer, self.name)


@pytest.fixture(autouse=True)
def no_waiting_for_disks(monkeypatch):
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)


@pytest.fixture
def search(tmp_path):
    """Run a search and return its state; the gate only where wanted."""

    def run(environment, model, iterations=1, *, seed=0, streams=SeededStreams, gate=False, **more):
        problem = SafetyProblem(environment, Settings(**more), streams)
        if not gate:
            problem.gate_with = lambda *_: GateReport(True, "flat")
        folder = tmp_path / f"run{len(list(tmp_path.iterdir()))}"
        outcome = evolve(problem, model, folder, Budget(iterations), rule="replace", seed=seed)
        assert outcome.complete, outcome.error
        return load_run(folder)[1]

    return run


@pytest.fixture
def recorder():
    return Recorder
