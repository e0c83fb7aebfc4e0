"""Says what a system lacks to confine candidates."""

from __future__ import annotations

import sys

from assay.cli.terminal import console


def note_missing_confinement() -> None:
    """Say on standard error what candidates are not kept away from, on Linux, where they can be."""
    from assay.confinement import available

    if sys.platform != "linux":
        return
    found = available()
    for what, how in (("files", found.files), ("the network", found.network)):
        if how.startswith("none"):
            reason = how.removeprefix("none: ")
            console(stderr=True).print(f"note: candidates are not kept away from {what}: {reason}")
