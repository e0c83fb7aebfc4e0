"""The package and its command line start fast."""

from __future__ import annotations

import subprocess
import sys
import time

HEAVY = ("numpy", "scipy", "pydantic", "anthropic", "openai", "google.genai", "matplotlib", "rich")
STARTS = 5


def run(code):
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout


def best(code):
    """Seconds of the fastest of several processes; the machine may be busy."""
    timed = f"import time; start = time.perf_counter(); {code}; print(time.perf_counter() - start)"
    return min(float(run(timed).split()[-1]) for _ in range(STARTS))


def test_import_takes_less_than_a_third_of_a_second():
    assert best("import assay") < 0.3


def test_help_takes_less_than_a_second():
    def seconds():
        start = time.perf_counter()
        subprocess.run([sys.executable, "-m", "assay", "--help"], capture_output=True, check=True)
        return time.perf_counter() - start

    assert min(seconds() for _ in range(STARTS)) < 1.0


def test_heavy_modules_wait_until_they_are_needed():
    for code in ("import assay", "import assay.cli", "import assay.errors, assay.models.base"):
        loaded = set(run(f"{code}; import sys; print(*sys.modules)").split())
        assert not loaded.intersection(HEAVY), code
