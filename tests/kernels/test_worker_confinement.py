"""A worker can open nothing but what its work takes, whatever code gets to run in it."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from assay import confinement
from assay.kernels.worker import Worker
from assay.paths import cache_root

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are confined on Linux")


@pytest.fixture
def escaping(fake):
    """Jobs that try things; see the module."""
    return importlib.import_module("escaping")


@pytest.fixture
def worker(fake):
    with Worker(fake.open_device) as worker:
        worker.start()
        yield worker


@pytest.fixture
def closed(worker) -> None:
    """For tests of what is unreachable."""
    if not worker.confinement.files.startswith("landlock"):
        pytest.skip("this system has no Landlock")


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "secret.txt"
    path.write_text("the secret")
    return path


@pytest.mark.parametrize("job", ["read", "read_by_library", "read_in_thread", "read_by_program"])
def test_files_outside_cannot_be_read(worker, closed, escaping, secret, job) -> None:
    for path in (secret, "/etc/passwd", Path("/proc") / str(os.getpid()) / "environ"):
        answer = worker.call(getattr(escaping, job), str(path))
        assert answer in ("PermissionError", "Permission denied", "")


def test_files_outside_cannot_be_written(worker, closed, escaping, tmp_path, secret) -> None:
    assert worker.call(escaping.write, str(secret)) == "PermissionError"
    assert worker.call(escaping.write, str(tmp_path / "new")) == "PermissionError"
    assert worker.call(escaping.names, str(tmp_path)) == "PermissionError"
    assert secret.read_text() == "the secret"
    package = Path(confinement.__file__).parent
    assert worker.call(escaping.write, str(package / "new.py")) == "PermissionError"


def test_what_its_work_takes_is_there(worker, escaping) -> None:
    assert worker.call(escaping.write, str(cache_root() / "written")) == len("written")
    assert (cache_root() / "written").read_text() == "written"
    assert "cpu_device" in worker.call(
        escaping.read, str(Path(confinement.__file__).parent / "devices.py")
    )
    scratch = Path(worker.call(escaping.temporary)).parent
    assert scratch.name.startswith("assay-worker-")
    worker.close()
    assert not scratch.exists()


def test_a_directory_that_a_job_names_can_be_read(worker, closed, escaping, secret) -> None:
    first = worker.pid
    answer = worker.call(escaping.read, str(secret), readable=secret.parent)
    assert answer == "the secret"
    assert worker.pid != first
    second = worker.pid
    assert worker.call(escaping.write, str(secret), readable=secret.parent) == "PermissionError"
    assert worker.pid == second


@pytest.mark.parametrize("kind", ["AF_INET", "AF_INET6", "AF_UNIX"])
def test_there_are_no_sockets(worker, escaping, kind) -> None:
    if worker.confinement.network != "seccomp":
        pytest.skip("this system has no seccomp filters")
    assert worker.call(escaping.connect, kind) == "PermissionError"


def test_other_processes_get_no_signals(worker, closed, escaping) -> None:
    with subprocess.Popen(["sleep", "60"]) as other:
        answer = worker.call(escaping.send_signal, other.pid)
        ended = other.poll()
        other.kill()
    version = int(worker.confinement.files.split()[-1].rstrip(")"))
    assert version < 6 or (answer, ended) == ("PermissionError", None)


def test_the_environment_holds_no_keys(fake, escaping, monkeypatch) -> None:
    for name in ("ANTHROPIC_API_KEY", "AWS_SECRET_ACCESS_KEY", "GITHUB_TOKEN"):
        monkeypatch.setenv(name, "the secret")
    with Worker(fake.open_device) as worker:
        found = worker.call(escaping.environment)
    assert "the secret" not in found.values()
    assert found["PATH"] == os.environ["PATH"]


def test_the_caller_is_not_confined(worker, tmp_path) -> None:
    assert Path("/etc/passwd").read_text()
    (tmp_path / "new").write_text("possible")
    assert confinement.available() == confinement.available()


# Makes the calls by which a process confines itself fail, as on an old system.
OLD_SYSTEM = """
import ctypes, errno, os, struct, sys
def instruction(code, true, false, value):
    return struct.pack("HBBI", code, true, false, value)
LOAD, EQUAL, ANSWER = 0x20, 0x15, 0x06
ALLOW, MISSING = 0x7FFF0000, 0x00050000 | errno.ENOSYS
seccomp = {"x86_64": 317, "aarch64": 277}[os.uname().machine]
program = b"".join([
    instruction(LOAD, 0, 0, 0),
    instruction(EQUAL, 2, 0, 444),
    instruction(EQUAL, 1, 0, seccomp),
    instruction(ANSWER, 0, 0, ALLOW),
    instruction(ANSWER, 0, 0, MISSING),
])
buffer = ctypes.create_string_buffer(program, len(program))
filter = ctypes.create_string_buffer(struct.pack("HxxxxxxP", 5, ctypes.addressof(buffer)))
prctl = ctypes.CDLL(None).prctl
assert prctl(38, 1, 0, 0, 0) == 0 and prctl(22, 2, filter, 0, 0) == 0
from assay.cli import main
main()
"""


def test_evaluation_is_the_same_where_nothing_can_be_confined() -> None:
    def assay(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", OLD_SYSTEM, *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)

    devices = {
        entry["name"]: entry
        for entry in map(json.loads, assay("devices", "--json").stdout.splitlines())
    }
    for how in devices["cpu"]["confinement"].values():
        assert how.startswith("none: this system offers no ")
    done = assay("eval", "saxpy", "seed", "--sizes", "1M", "--measure", "1", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["verdict"] == "ok"
    assert "note: candidates are not kept away from files" in done.stderr
    assert "note: candidates are not kept away from the network" in done.stderr


def test_the_start_of_an_evaluation_says_what_confines_candidates() -> None:
    command = [sys.executable, "-m", "assay", "eval", "saxpy", "seed", "--sizes", "1M"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    found = confinement.available()
    if found.files.startswith("none"):
        pytest.skip(f"files are not confined here: {found.files}")
    assert f"note: candidates are kept away from files ({found.files})" in done.stderr
