from __future__ import annotations

import json
from pathlib import Path

import pytest

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
