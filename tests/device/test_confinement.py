"""Kernel code cannot reach the operating system: it makes system calls itself, and they fail."""

from __future__ import annotations

import errno
import platform
from pathlib import Path

import numpy as np
import pytest

pytestmark = pytest.mark.cpu_device

CALL = r"""
static long call(long n, long a, long b, long c) {
  long r;
  __asm__ volatile("syscall" : "=a"(r) : "a"(n), "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
  return r;
}
"""


@pytest.fixture(scope="session")
def answer(device, pipeline, run):
    """Result of a statement that a kernel runs; ``text`` are 256 bytes that start as given."""
    if platform.machine() != "x86_64" or device.confinement != "seccomp":
        pytest.skip("needs seccomp, and numbers of system calls on x86-64")

    def ask(statement: str, text: str = "", synchronises: bool = False) -> int:
        content = np.zeros(256, np.uint8)
        content[: len(text)] = np.frombuffer(text.encode(), np.uint8)
        buffer = device.buffer(content)
        kind = "FIBER" if synchronises else "PLAIN"
        body = f"char *text = buffers[0]; long result = {statement}; *(long *)text = result;"
        run(pipeline(f"{CALL}\n{kind}(k, {body})"), [buffer], (1, 1, 1), (1, 1, 1))
        return int(buffer.view(np.int64, (32,))[0])

    return ask


@pytest.mark.parametrize("synchronises", [False, True])
@pytest.mark.parametrize(
    "statement",
    [
        "call(2, (long)text, 0, 0)",  # open
        "call(257, -100, (long)text, 0)",  # openat
        "call(87, (long)text, 0, 0)",  # unlink
        "call(41, 2, 1, 0)",  # socket
        "call(57, 0, 0, 0)",  # fork
        "call(59, (long)text, 0, 0)",  # execve
        "call(62, 1, 0, 0)",  # kill
        "call(101, 0, 0, 0)",  # ptrace
        "call(1, 1, (long)text, 1)",  # write to the standard output
        "call(9, 0, 4096, 7)",  # mmap of executable memory
        "call(10, (long)text & -4096, 4096, 7)",  # mprotect to executable
        "call(317, 1, 0, 0)",  # seccomp
        "call(0x40000002, (long)text, 0, 0)",  # open by its x32 number
    ],
)
def test_forbidden_calls_fail(answer, statement, synchronises) -> None:
    assert answer(statement, "/etc/passwd", synchronises) == -errno.EPERM


def test_files_stay(answer, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.write_text("here")
    answer("call(87, (long)text, 0, 0)", str(kept))
    answer(f"call(2, (long)text, {0o1101}, 0644)", str(tmp_path / "made"))
    assert kept.read_text() == "here"
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]


def test_time_may_be_asked(answer) -> None:
    assert answer("call(228, 1, (long)text + 64, 0)") == 0  # clock_gettime


def test_the_caller_is_not_confined(answer, tmp_path: Path) -> None:
    answer("0")
    (tmp_path / "file").write_text("still possible")
