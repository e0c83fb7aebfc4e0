from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

import assay as package
from assay.cli import app
from assay.kernels.folder import load_task

SEED = load_task("saxpy").seed
BODY = "    y[i] = a * x[i] + y[i];\n"
GUARD = "    if (i >= N) {\n"
assert BODY in SEED and GUARD in SEED

FAULTS = {
    "loop": SEED.replace(BODY, "    while (y[i] == y[i] || i < N) { y[i] = a + x[i] * 0.5f; }\n"),
    "outside": SEED.replace(BODY, "    y[i + 1000000000] = x[i];\n"),
    # Each call needs memory of its own, so that no compiler makes a loop of it.
    "recursion": SEED.replace(
        BODY, "    float start[8] = {x[i]};\n    y[i] = endless(start, i);\n"
    ).replace(
        "kernel void",
        "template <typename T> T endless(thread T *above, uint n) {\n"
        "    float own[8];\n"
        "    for (uint k = 0; k < 8; ++k) {\n        own[k] = above[(k + n) & 7] * 0.5f;\n    }\n"
        "    return n == 0xffffffffu ? own[3] : endless(own, n * 2 + 2) + own[n & 7];\n}\n\n"
        "kernel void",
    ),
    "threadgroup": SEED.replace(
        GUARD, "    threadgroup float big[33 * 256];\n    big[i % 8448] = 1.0f;\n" + GUARD
    ),
    "restrict": SEED.replace("const float *x", "const float *restrict x"),
    "wrong": SEED.replace(BODY, "    y[i] = a * x[i];\n"),
    "absent": SEED.replace("void saxpy(", "void saxpi("),
}


@pytest.fixture
def assay():
    """Run the command line in this process: ``assay("eval", "nbody", "seed")``."""
    runner = CliRunner()

    def run(*arguments: object):
        return runner.invoke(app, [str(argument) for argument in arguments], prog_name="assay")

    return run


@pytest.fixture
def kernel(tmp_path):
    """Write a kernel of saxpy with the named fault, and return its path."""

    def write(name: str) -> Path:
        path = tmp_path / f"{name}.metal"
        path.write_text(FAULTS[name])
        return path

    return write


@pytest.fixture
def compiled():
    """Compile sources of saxpy beforehand, so that a short limit is one of running them."""

    def compile_all(*sources: str) -> None:
        for source in sources:
            package.device("cpu").compile(source).pipeline("saxpy")

    return compile_all


@pytest.fixture
def process():
    """Start the command line as a process of its own, killed after the test."""
    started = []

    def start(*arguments: object, cwd: Path, **environment: str) -> subprocess.Popen[str]:
        child = subprocess.Popen(
            [sys.executable, "-m", "assay", *map(str, arguments)],
            cwd=cwd,
            env={**os.environ, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            # A shell that runs the tests in the background has SIGINT ignored, and that is
            # inherited.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        started.append(child)
        return child

    yield start
    for child in started:
        if child.poll() is None:
            child.kill()
        child.communicate()


@pytest.fixture
def events():
    """The events of a run folder's log."""
    return lambda folder: [
        json.loads(line) for line in (folder / "events.jsonl").read_text().splitlines()
    ]


@pytest.fixture
def alive_with():
    """Ids of the processes that have a marker in their environment."""

    def find(marker: str) -> list[int]:
        found = []
        for path in Path("/proc").glob("[0-9]*/environ"):
            try:
                if marker.encode() in path.read_bytes():
                    found.append(int(path.parent.name))
            except OSError:
                continue
        return found

    return find


@pytest.fixture
def wait_for():
    """Wait until a condition holds; fail after so many seconds."""

    def wait(condition, seconds: float = 300.0) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, "nothing happened for too long"
            time.sleep(0.05)

    return wait
