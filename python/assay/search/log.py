"""The append-only log of a run, which is the only thing a run is restored from."""

from __future__ import annotations

import os
from pathlib import Path

from assay.search.errors import RunFolderError
from assay.search.events import Event, decode, encode
from assay.search.files import reason_of


def read_log(path: Path) -> list[Event]:
    """Read all events, oldest first; the torn last line of a crashed writer is left out.

    Raises:
        RunFolderError: A line before the last is damaged or of a kind this version does not know.
    """
    lines, tail = _split(path)
    events = [decode_line(path, number, line) for number, line in enumerate(lines, 1)]
    if tail and _is_event(tail):
        events.append(decode(tail.decode("utf-8")))
    return events


def _split(path: Path) -> tuple[list[bytes], bytes]:
    """The terminated lines of a log, and what follows the last line feed."""
    if not path.exists():
        return [], b""
    *lines, tail = path.read_bytes().split(b"\n")
    return lines, tail


def decode_line(path: Path, number: int, line: bytes) -> Event:
    """The event in line ``number`` of the log ``path``.

    Raises:
        RunFolderError: It is none that this version knows.
    """
    try:
        return decode(line.decode("utf-8"))
    except ValueError as error:
        raise RunFolderError(
            f"{path}, line {number}: not an event of this version of assay ({reason_of(error)}). "
            f"Restore the file, or start anew with another --run folder."
        ) from error


def _is_event(line: bytes) -> bool:
    try:
        decode(line.decode("utf-8"))
    except ValueError:
        return False
    return True


class LogWriter:
    """Appends events: when ``append`` returns, the event outlives the process."""

    def __init__(self, path: Path) -> None:
        """Open ``path`` for appending and repair the end that a crash may have left."""
        _repair(path)
        self._descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)

    def append(self, event: Event, durable: bool = True) -> Event:
        """Write one event and return it as a later reader gets it (strict JSON, finite numbers).

        A durable one outlives a power failure as well, with all that were written before it.
        """
        line = encode(event)
        data = line.encode("utf-8") + b"\n"
        while data:
            data = data[os.write(self._descriptor, data) :]
        if durable:
            os.fsync(self._descriptor)
        return decode(line)

    def close(self) -> None:
        os.close(self._descriptor)


def _repair(path: Path) -> None:
    """End the log with a line feed.

    A torn last line is cut off. One that only lacks its line feed is complete, because no proper
    prefix of a JSON object is valid, and is kept: it may hold a reply that was paid for.
    """
    _, tail = _split(path)
    if not tail:
        return
    with open(path, "rb+") as file:
        if _is_event(tail):
            file.seek(0, os.SEEK_END)
            file.write(b"\n")
        else:
            file.truncate(path.stat().st_size - len(tail))
        file.flush()
        os.fsync(file.fileno())
