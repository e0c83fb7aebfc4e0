from __future__ import annotations

import os
import sys
from pathlib import Path
from statistics import median

import pytest

sys.path.insert(0, str(Path(__file__).parent))


class Comparison:
    """Times of the seeds and of their C++ equivalents, and the table of them."""

    def __init__(self):
        self.compiler = ""
        self._rows = []

    def add(self, task: str, size: str, msl: list[float], cpp: list[float]) -> None:
        """Keep the seconds of the repetitions of a task at a size."""
        self._rows.append((task, size, msl, cpp))

    def lines(self):
        """The table: medians in milliseconds, and how many times as long as C++ the seed takes.

        The ratio of the fastest repetitions is less disturbed by what else the machine does.
        """
        yield f"C++: {self.compiler}; {os.cpu_count()} cores; repetitions in turns"
        yield _row("", "", "median", "median", "ratio of", "ratio of")
        yield _row("task", "size", "MSL seed", "C++", "medians", "fastest")
        for task, size, msl, cpp in self._rows:
            ours, theirs = median(msl), median(cpp)
            yield _row(
                task,
                size,
                f"{ours * 1e3:.3f} ms",
                f"{theirs * 1e3:.3f} ms",
                f"{ours / theirs:.2f}x",
                f"{min(msl) / min(cpp):.2f}x",
            )

    def __bool__(self):
        return bool(self._rows)


def _row(task, size, ours, theirs, medians, fastest):
    return f"{task:<8} {size:<13} {ours:>12} {theirs:>12} {medians:>10} {fastest:>10}"


COMPARISON = pytest.StashKey[Comparison]()


def pytest_addoption(parser):
    parser.addoption(
        "--all-sizes",
        action="store_true",
        help="time the seeds at all in-distribution sizes, not at the smallest alone",
    )


def pytest_configure(config):
    config.stash[COMPARISON] = Comparison()


@pytest.fixture(scope="session")
def comparison(request):
    """Where a benchmark leaves its times for the table at the end."""
    return request.config.stash[COMPARISON]


def pytest_terminal_summary(terminalreporter, config):
    comparison = config.stash[COMPARISON]
    if comparison:
        terminalreporter.section("MSL seeds beside C++ with OpenMP")
        for line in comparison.lines():
            terminalreporter.write_line(line)
