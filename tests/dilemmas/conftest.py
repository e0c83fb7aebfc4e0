"""Recorded traces of the published engine."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

TRACES = Path(__file__).parents[1] / "data" / "dilemma-traces.json.gz"
# The traces' names of games that are called otherwise here.
NAMES = {
    "gathering_default": "gathering",
    "cleanup_default": "cleanup",
    "coop_mining_small": "coop_mining",
}


@pytest.fixture(scope="session")
def traces():
    return json.loads(gzip.decompress(TRACES.read_bytes()))


@pytest.fixture(scope="session")
def game_name():
    return lambda name: NAMES.get(name, name)
