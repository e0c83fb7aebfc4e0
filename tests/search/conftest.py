from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="session")
def toy() -> ModuleType:
    """The toy problem and model; a file of its own, because a test runs it as a process."""
    path = Path(__file__).with_name("toy_search.py")
    spec = importlib.util.spec_from_file_location("toy_search", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules["toy_search"] = module
    spec.loader.exec_module(module)
    return module
