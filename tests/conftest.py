"""What all tests share: nothing of the user's or of the machine's decides how they end.

They have a cache of their own, the same width of the terminal, and the same examples every time.
"""

import os
import tempfile
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

_cache = tempfile.TemporaryDirectory(prefix="assay-tests-", ignore_cleanup_errors=True)
# Set before any test module is imported; a caller may share one cache between several runs.
os.environ.setdefault("ASSAY_CACHE", os.environ.get("ASSAY_TEST_CACHE", _cache.name))
# What rich and typer would colour, wrap or cut by, and tasks that are none of the package's.
for _name in ("COLUMNS", "LINES", "FORCE_COLOR", "NO_COLOR", "CLICOLOR_FORCE", "ASSAY_TASKS"):
    os.environ.pop(_name, None)
# Servers on the loopback interface are not asked through a proxy.
for _name in ("NO_PROXY", "no_proxy"):
    os.environ[_name] = ",".join(filter(None, [os.environ.get(_name), "127.0.0.1", "localhost"]))

# How long an example takes depends on what else the machine does. To look for new examples:
# pytest --hypothesis-profile=search
_UNHURRIED = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("repeatable", derandomize=True, database=None, **_UNHURRIED)
settings.register_profile("search", **_UNHURRIED)
settings.load_profile("repeatable")


@pytest.fixture(scope="session", autouse=True)
def _remove_cache() -> Iterator[None]:
    yield
    _cache.cleanup()
