"""Processes in which Python that nobody trusts may run.

A fork server imports what the code needs and then forks one process per piece of work. Such a
process gives up files, network and other processes before it sees the code (seccomp on Linux, a
sandbox profile and limits on macOS), lives under limits of processor time and, on Linux, of memory,
and talks to the parent over one socket. What it sends is data of a stranger: it is never unpickled.

It does not protect against bugs of the operating system's kernel, and on systems that offer neither
of the two mechanisms only the limits hold; ``Sandbox.confinement`` says which is active.
"""

from assay.sandbox.limits import Limits
from assay.sandbox.process import Process, Sandbox, SandboxError

__all__ = ["Limits", "Process", "Sandbox", "SandboxError"]
