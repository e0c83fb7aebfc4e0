"""Follows a run that another process adds to, reading only what is new."""

from __future__ import annotations

import os
from pathlib import Path

from assay.search.config import read_config
from assay.search.events import Event
from assay.search.log import decode_line
from assay.search.run import LOCK_NAME, LOG_NAME, fresh_state
from assay.search.state import RunState


class Follower:
    """Reads a run's log from where it stopped the last time.

    Attributes:
        state: Where the run stands after what was read.
    """

    def __init__(self, folder: Path) -> None:
        """Begin before the first event.

        Raises:
            RunFolderError: The folder is no run folder.
        """
        self.folder = folder
        self.state = fresh_state(read_config(folder))
        self._offset = 0
        self._lines = 0

    def events(self) -> list[Event]:
        """What was added since the last call, without the line that is just being written.

        The events are not yet in ``state``; pass each to ``apply`` in turn.

        Raises:
            RunFolderError: A line is damaged or of a kind that this version does not know.
        """
        path = self.folder / LOG_NAME
        if not path.exists():
            return []
        with open(path, "rb") as file:
            file.seek(self._offset)
            complete, feed, _ = file.read().rpartition(b"\n")
        self._offset += len(complete) + len(feed)
        lines = complete.split(b"\n") if feed else []
        first, self._lines = self._lines + 1, self._lines + len(lines)
        return [decode_line(path, number, line) for number, line in enumerate(lines, first)]

    def apply(self, event: Event) -> RunState:
        """Take one event into the state, and return the state."""
        self.state.apply(event)
        return self.state

    def update(self) -> RunState:
        """Take everything new into the state, and return the state."""
        for event in self.events():
            self.state.apply(event)
        return self.state


def is_running(folder: Path) -> bool:
    """Whether the process that last opened the run on this machine is alive."""
    try:
        # The lock itself is not tried: a process that starts just then would find it taken.
        os.kill(int((folder / LOCK_NAME).read_text("ascii")), 0)
    except (FileNotFoundError, ValueError, ProcessLookupError):
        return False
    except PermissionError:
        pass
    return True
