"""A pytest plugin for the processes with the backend: nothing may be left at their end."""

from __future__ import annotations

import ctypes
import gc
import sys
import time

import pytest


def remaining(patience: float = 60) -> tuple[int, int]:
    """Objective-C objects that are alive after so many seconds, and autorelease pools that stay
    open; returns earlier where nothing is left."""
    from assay import _native, devices

    devices._open.cache_clear()
    sys.last_value = sys.last_traceback = None
    library = ctypes.CDLL(_native.__file__)
    deadline = time.monotonic() + patience
    while True:
        gc.collect()
        if library.objc_live_objects(0) == 0 or time.monotonic() > deadline:
            return library.objc_live_objects(1), library.objc_open_pools()
        time.sleep(0.1)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail the session where objects are left."""
    alive, pools = remaining()
    print(f"\nobjects alive: {alive}, open pools: {pools}")
    if alive or pools:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
