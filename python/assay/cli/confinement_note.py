"""Says what keeps candidates away from the system, and what does not."""

from __future__ import annotations

import sys

from assay.cli.terminal import console


def note_confinement() -> None:
    """Say on standard error how candidates are confined, and on Linux what is missing."""
    from assay.confinement import available

    found = available()
    ways = {"files": found.files, "the network": found.network}
    there = {what: how for what, how in ways.items() if not how.startswith("none")}
    errors = console(stderr=True)
    if there:
        parts = " and ".join(f"{what} ({how})" for what, how in there.items())
        errors.print(f"note: candidates are kept away from {parts}")
    if sys.platform != "linux":
        return
    for what, how in ways.items():
        if what not in there:
            reason = how.removeprefix("none: ")
            errors.print(f"note: candidates are not kept away from {what}: {reason}")
