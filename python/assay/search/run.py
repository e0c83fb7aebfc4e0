"""A run folder: opened by one process, added to event by event, restored from the log alone."""

from __future__ import annotations

import fcntl
import os
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType

from assay.search.config import (
    CONFIG_NAME,
    RunConfig,
    installed_versions,
    read_config,
    require_same,
)
from assay.search.errors import RunFolderError, RunInUseError
from assay.search.events import QUESTIONS, Event, Finished, Gated, RunStarted
from assay.search.files import sync_folder, temporary_name, write_atomically
from assay.search.layout import files_of
from assay.search.log import LogWriter, read_log
from assay.search.spending import Spending
from assay.search.state import RunState

LOG_NAME = "events.jsonl"
LOCK_NAME = ".lock"


class Run:
    """A run that this process may add to. Use it as a context manager.

    Attributes:
        folder: The run folder.
        config: The configuration the run was started with.
        state: Where the run stands; changed by ``record`` only.
    """

    def __init__(self, folder: Path, config: RunConfig) -> None:
        """Start a run in ``folder``, or continue the one that is there.

        Raises:
            RunFolderError: The folder holds something else, a run with another configuration, a
                damaged log.
            RunInUseError: Another process is adding to the run.
        """
        self.folder = folder
        self._announced = False
        self._is_closed = False
        self._lock = threading.Lock()
        with ExitStack() as stack:
            stack.enter_context(_claimed(folder))
            self.config = _enter(folder, config)
            self.state = fresh_state(self.config)
            self._log = LogWriter(folder / LOG_NAME)
            stack.callback(self._log.close)
            sync_folder(folder)
            self._restore()
            self._resources = stack.pop_all()

    def record(self, event: Event) -> None:
        """Log an event durably, take it into the state and write its files, in this order.

        May be called from several threads.

        Raises:
            RunFolderError: The run is closed.
        """
        with self._lock:
            if self._is_closed:
                raise RunFolderError(f"{self.folder}: the run is closed; open it again")
            if not self._announced:
                self._announced = True
                self._take(RunStarted(versions=installed_versions()))
            self._take(event)

    def _take(self, event: Event) -> None:
        event = self._log.append(event, durable=not isinstance(event, (RunStarted, *QUESTIONS)))
        self.state.apply(event)
        durable = isinstance(event, (Gated, Finished))
        for name, text in files_of(event, self.config, self.state).items():
            write_atomically(self.folder / name, text, durable)

    def _restore(self) -> None:
        """Replay the log, and rewrite the files that are missing or not what the log says."""
        files: dict[str, str] = {}
        for event in read_log(self.folder / LOG_NAME):
            self.state.apply(event)
            files.update(files_of(event, self.config, self.state))
        for part in self.folder.glob(temporary_name("*")):
            part.unlink()
        for name, text in files.items():
            if not _holds(self.folder / name, text):
                write_atomically(self.folder / name, text)

    def __enter__(self) -> Run:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._lock:
            self._is_closed = True
            self._resources.close()


def load_run(folder: Path) -> tuple[RunConfig, RunState]:
    """Read a run without touching it; another process may be adding to it meanwhile.

    Raises:
        RunFolderError: The folder is no run folder, or its log is damaged.
    """
    config = read_config(folder)
    state = fresh_state(config)
    for event in read_log(folder / LOG_NAME):
        state.apply(event)
    return config, state


def fresh_state(config: RunConfig) -> RunState:
    """The state of a run before its first event."""
    return RunState(config.children, Spending(config.price))


def _enter(folder: Path, config: RunConfig) -> RunConfig:
    """Store the configuration of a new run, or check it against that of the run to continue."""
    if (folder / CONFIG_NAME).exists():
        stored = read_config(folder)
        require_same(folder, stored, config)
        return stored
    write_atomically(folder / CONFIG_NAME, config.encode())
    return config


def _require_run_or_empty(folder: Path) -> None:
    """Never mix a run with somebody's files. What a start that died left behind does not count."""
    if not folder.exists() or (folder / CONFIG_NAME).exists():
        return
    if not folder.is_dir():
        raise RunFolderError(f"{folder} is a file; choose another --run folder.")
    own = {LOCK_NAME, temporary_name(CONFIG_NAME)}
    others = sorted(path.name for path in folder.iterdir() if path.name not in own)
    if others:
        raise RunFolderError(
            f"{folder} is not empty and not a run folder: it holds {others[0]!r} but no "
            f"{CONFIG_NAME}. Choose another --run folder."
        )


@contextmanager
def _claimed(folder: Path) -> Iterator[None]:
    """Make the folder where it does not exist, and keep other processes out of it."""
    with ExitStack() as stack:
        try:
            _require_run_or_empty(folder)
            folder.mkdir(parents=True, exist_ok=True)
            stack.enter_context(_locked(folder))
        except OSError as error:
            raise RunFolderError(
                f"{folder} cannot be used: {error}. Choose another --run folder."
            ) from error
        yield


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Keep other processes out. The system releases the lock when this process dies."""
    with open(folder / LOCK_NAME, "a+", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.seek(0)
            raise RunInUseError(
                f"{folder} is in use by process {lock.read().strip() or 'unknown'}. Wait until "
                f"it ends, or choose another --run folder."
            ) from error
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        yield


def _holds(path: Path, text: str) -> bool:
    return path.exists() and path.read_bytes() == text.encode("utf-8")
