"""Limits of a process that runs code nobody trusts."""

from __future__ import annotations

import resource
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Limits:
    """What one process may use.

    Attributes:
        memory: Bytes beyond what the process has when it starts; macOS does not limit them.
        cpu_seconds: Processor time; the wall clock is the parent's business.
    """

    memory: int = 512 << 20
    cpu_seconds: int = 120

    def apply(self) -> None:
        """Make them hold for the calling process, for good."""
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
        resource.setrlimit(resource.RLIMIT_CPU, (self.cpu_seconds, self.cpu_seconds))
        if sys.platform == "linux":
            most = _address_space() + self.memory
            resource.setrlimit(resource.RLIMIT_AS, (most, most))


def _address_space() -> int:
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
    return pages * resource.getpagesize()
