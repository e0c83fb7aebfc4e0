"""The package and its command line start fast."""

from __future__ import annotations

import resource
import subprocess
import sys

HEAVY = ("numpy", "scipy", "pydantic", "anthropic", "openai", "google.genai", "matplotlib", "rich")
STARTS = 5


def run(code):
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout


def best(*command):
    """Seconds of processor time of the fastest of several processes: other work on the machine
    stretches the time on the clock, and hardly this."""

    def spent():
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        return used.ru_utime + used.ru_stime

    found = []
    for _ in range(STARTS):
        before = spent()
        subprocess.run([sys.executable, *command], capture_output=True, check=True)
        found.append(spent() - before)
    return min(found)


def test_import_takes_less_than_a_third_of_a_second():
    assert best("-c", "import assay") - best("-c", "") < 0.3


def test_help_takes_less_than_a_second():
    assert best("-m", "assay", "--help") < 1.0


def test_heavy_modules_wait_until_they_are_needed():
    for code in ("import assay", "import assay.cli", "import assay.errors, assay.models.base"):
        loaded = set(run(f"{code}; import sys; print(*sys.modules)").split())
        assert not loaded.intersection(HEAVY), code
