"""What a sweep and its runs tell each other, through files that a cluster shares."""

from __future__ import annotations

import fcntl
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from assay.errors import AssayError
from assay.paths import cache_directory
from assay.search.config import CONFIG_NAME
from assay.search.files import write_atomically
from assay.search.run import load_run
from assay.search.state import RunState

STOP, FAILED, MARK = ".stop", "failed", ".sweep"


class Stopped(AssayError):
    """The sweep was interrupted; the run stays resumable."""


@dataclass(frozen=True)
class Folder:
    """The folder of a sweep: one run folder each, and what is to be known about them."""

    path: Path

    def prepare(self) -> str:
        """Make the folder, and withdraw an earlier request to stop; a mark to be recognised by."""
        (self.path / FAILED).mkdir(parents=True, exist_ok=True)
        (self.path / STOP).unlink(missing_ok=True)
        mark = self.path / MARK
        if not mark.exists():
            write_atomically(mark, uuid.uuid4().hex)
        return mark.read_text("utf-8")

    def require(self, mark: str) -> None:
        """Make sure that this is the folder that the sweep was started on.

        Raises:
            AssayError: It is not; a worker of a cluster does not see the same file system.
        """
        try:
            found = (self.path / MARK).read_text("utf-8")
        except OSError:
            found = ""
        if found != mark:
            raise AssayError(
                f"this worker does not see the sweep's folder {self.path}; put it into a directory "
                "that all machines share under the same path"
            )

    def run(self, name: str) -> Path:
        """The run folder of that name."""
        return self.path / name

    def stop(self) -> None:
        """Ask all runs to stop before their next call."""
        (self.path / STOP).touch()

    def check(self) -> None:
        """Raise Stopped where the runs were asked to stop."""
        if (self.path / STOP).exists():
            raise Stopped("the sweep was interrupted")

    def fail(self, name: str, reason: str) -> None:
        """Remember that a run failed, and why."""
        write_atomically(self._failure(name), reason + "\n")

    def succeed(self, name: str) -> None:
        """Forget a failure."""
        self._failure(name).unlink(missing_ok=True)

    def failure(self, name: str) -> str | None:
        """Why a run failed; None where it did not."""
        path = self._failure(name)
        return path.read_text("utf-8").strip() if path.exists() else None

    def state(self, name: str) -> RunState | None:
        """Where a run stands; None where it has not begun.

        Raises:
            RunFolderError: Its log is damaged.
        """
        folder = self.run(name)
        return load_run(folder)[1] if (folder / CONFIG_NAME).exists() else None

    def _failure(self, name: str) -> Path:
        return self.path / FAILED / f"{name}.txt"


@contextmanager
def exclusive(device: str) -> Iterator[None]:
    """Be the only one on this machine who measures on a device; waits for the others."""
    with open(cache_directory("locks") / f"{device}.lock", "wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
