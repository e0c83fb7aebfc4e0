"""The profile for macOS, read by a small interpreter of its language: the last match counts."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys

import pytest

from assay.sandbox import macos

PYTHON = "/Library/Frameworks/Python.framework/Versions/3.12/bin/python3.12"
BUNDLED = "/Library/Frameworks/Python.framework/Versions/3.12/Resources/Python.app/Python"
STRANGE = '/Users/J. "Q" Öttl\\/python'


def parsed(text):
    """Nested lists of a text in brackets; strings keep their quotation marks."""
    tokens = re.findall(r'"(?:\\.|[^"\\])*"|[()]|[^\s()"]+', text)
    assert "".join(tokens) == re.sub(r'\s+(?=(?:[^"]*"[^"]*")*[^"]*$)', "", text)
    stack = [[]]
    for token in tokens:
        if token == "(":
            stack.append([])
        elif token == ")":
            done = stack.pop()
            stack[-1].append(done)
        else:
            stack[-1].append(token)
    assert len(stack) == 1
    return stack[0]


def covers(pattern, operation):
    prefix = pattern.removesuffix("*")
    return operation == pattern or (pattern.endswith("*") and operation.startswith(prefix))


def fits(condition, subject):
    kind, value = condition
    if kind == "literal":
        return value[1:-1].replace('\\"', '"').replace("\\\\", "\\") == subject
    assert (kind, value) == ("target", "same-sandbox")
    return subject == "same-sandbox"


def allowed(rules, operation, subject=""):
    verdict = None
    for action, pattern, *conditions in rules:
        if pattern == "default" or (
            covers(pattern, operation)
            and (not conditions or any(fits(one, subject) for one in conditions))
        ):
            verdict = action == "allow"
    return verdict


@pytest.fixture
def rules():
    version, *rules = parsed(macos.profile([PYTHON, BUNDLED, STRANGE]))
    assert version == ["version", "1"]
    return rules


@pytest.mark.parametrize(
    ("operation", "subject"),
    [
        ("process-exec", PYTHON),  # sandbox-exec runs it under the profile
        ("process-exec", BUNDLED),  # and it runs this one
        ("process-exec", STRANGE),
        ("process-fork", ""),
        ("file-read-data", "/Users/j/venv/lib/python3.12/site-packages/numpy/__init__.py"),
        ("file-write-data", "/dev/null"),  # opened for reading and writing after the fork
        ("signal", "same-sandbox"),  # ends the processes that it forked
        ("mach-lookup", "com.apple.system.logger"),
        ("sysctl-read", "hw.ncpu"),
    ],
)
def test_what_the_fork_server_does_is_allowed(rules, operation, subject):
    assert allowed(rules, operation, subject) is True


@pytest.mark.parametrize(
    ("operation", "subject"),
    [
        ("process-exec", "/bin/sh"),
        ("process-exec-interpreter", "/bin/sh"),
        ("file-write-create", "/Users/j/.zshrc"),
        ("file-write-data", "/Users/j/.zshrc"),
        ("file-write-unlink", "/private/tmp/x"),
        ("network-outbound", "192.0.2.1:80"),
        ("network-bind", "*:80"),
        ("signal", "others"),
    ],
)
def test_what_strangers_would_do_is_not(rules, operation, subject):
    assert allowed(rules, operation, subject) is False


def test_the_command_starts_python_by_way_of_sandbox_exec():
    command = macos.command([sys.executable, "-m", "x"])
    assert command[:2] == ["/usr/bin/sandbox-exec", "-p"]
    assert command[3:] == [sys.executable, "-m", "x"]
    [_, *rules] = parsed(command[2])
    assert allowed(rules, "process-exec", os.path.realpath(sys.executable))


DOORS = """
import json, os, resource, socket, sys
from assay.sandbox import macos
class System:
    @staticmethod
    def sandbox_check(pid, operation, kind):
        return int(sys.argv[1])
macos.ctypes.CDLL = lambda name: System
ours, theirs = socket.socketpair()
found = [macos.give_up()]
os.close(0)  # A free descriptor is of no use.
for attempt in (lambda: open("/etc/passwd"), lambda: os.listdir("/"), socket.socket, os.pipe,
                lambda: os.dup(1), lambda: resource.setrlimit(resource.RLIMIT_NPROC, (9, 9))
                if os.getuid() else open("/etc/passwd")):
    try:
        attempt()
        found.append("worked")
    except (OSError, ValueError) as error:
        found.append(type(error).__name__)
ours.sendall(b"still there")
assert theirs.recv(20) == b"still there"
print(json.dumps(found))
"""


@pytest.mark.parametrize(
    ("state", "words"), [("1", "sandbox-exec"), ("0", "none: sandbox-exec has no effect")]
)
def test_a_process_that_gave_up_its_descriptors_opens_nothing(state, words):
    done = subprocess.run(
        [sys.executable, "-c", DOORS, state], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found[0] == words
    assert "worked" not in found
