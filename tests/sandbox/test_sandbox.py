from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from assay.sandbox import Limits, Sandbox, SandboxError

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def sandbox():
    path = os.pathsep.join(filter(None, [str(HERE), os.environ.get("PYTHONPATH")]))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", path)
        with Sandbox(["sandboxed"], Limits(memory=256 << 20, cpu_seconds=2)) as sandbox:
            yield sandbox


def answer(process, seconds=300.0):
    process.connection.settimeout(seconds)
    parts = []
    while part := process.connection.recv(4096):
        parts.append(part)
    return b"".join(parts)


@pytest.mark.skipif(sys.platform != "linux", reason="seccomp filters are Linux's")
def test_nothing_of_the_system_can_be_reached(sandbox):
    if not sandbox.confinement.startswith("seccomp"):
        pytest.skip(sandbox.confinement)
    with sandbox.start("sandboxed:attempts", b"") as process:
        found = json.loads(answer(process))
    assert "worked" not in found.values(), found
    assert len(found) == 11


def test_the_payload_arrives(sandbox):
    content = os.urandom(3 << 20)
    with sandbox.start("sandboxed:echo", content) as process:
        assert answer(process) == content
        assert process.end() == "exit code 0"


def test_a_process_sees_nothing_of_an_earlier_one(sandbox):
    for _ in range(3):
        with sandbox.start("sandboxed:state", b"") as process:
            assert answer(process) == b"False"


def test_a_process_that_spins_is_ended(sandbox):
    with sandbox.start("sandboxed:spin", b"") as process:
        assert process.connection.recv(8) == b"spinning"
        assert process.end() == "killed by SIGKILL"


def test_the_limit_of_processor_time_ends_it_without_the_parent(sandbox):
    with sandbox.start("sandboxed:spin", b"") as process:
        assert answer(process) == b"spinning"
        assert process.end() in ("killed by SIGKILL", "killed by SIGXCPU")


@pytest.mark.skipif(sys.platform != "linux", reason="macOS does not limit a process's memory")
def test_memory_is_limited(sandbox):
    with sandbox.start("sandboxed:allocate", b"") as process:
        assert answer(process) == b"MemoryError"


@pytest.mark.parametrize(
    ("what", "how"),
    [("leave", "exit code 7"), ("crash", "killed by SIGSEGV"), ("fail", "exit code 0")],
)
def test_an_end_is_told_in_words(sandbox, what, how):
    with sandbox.start(f"sandboxed:{what}", b"") as process:
        assert answer(process) == b""
        assert process.end() == how
        assert process.end() == how


def test_a_missing_module_is_reported():
    with Sandbox(["no_such_module"]) as sandbox, pytest.raises(SandboxError, match="no_such_modul"):
        sandbox.start("no_such_module:f", b"")


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
def test_everything_ends_with_the_parent(tmp_path):
    script = tmp_path / "parent.py"
    script.write_text(
        "import time\n"
        "from assay.sandbox import Sandbox\n"
        "sandbox = Sandbox(['sandboxed'])\n"
        "process = sandbox.start('sandboxed:spin', b'')\n"
        "process.connection.recv(8)\n"
        "print(sandbox._server.pid, process._pid, flush=True)\n"
        "time.sleep(3600)\n"
    )
    path = os.pathsep.join(filter(None, [str(HERE), os.environ.get("PYTHONPATH")]))
    environment = {**os.environ, "PYTHONPATH": path}
    parent = subprocess.Popen(
        [sys.executable, str(script)], stdout=subprocess.PIPE, text=True, env=environment
    )
    assert parent.stdout is not None
    with parent.stdout:
        pids = [int(word) for word in parent.stdout.readline().split()]
        parent.send_signal(signal.SIGKILL)
        parent.wait()
    assert len(pids) == 2
    deadline = time.monotonic() + 60
    while any(_alive(pid) for pid in pids):
        assert time.monotonic() < deadline, "a process outlives its parent"
        time.sleep(0.05)


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
