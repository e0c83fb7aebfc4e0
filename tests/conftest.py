"""What all tests share: a cache of their own, so that nothing of the user's is read or written."""

import os
import tempfile
from collections.abc import Iterator

import pytest

_cache = tempfile.TemporaryDirectory(prefix="assay-tests-", ignore_cleanup_errors=True)
# Set before any test module is imported; a caller may share one cache between several runs.
os.environ.setdefault("ASSAY_CACHE", os.environ.get("ASSAY_TEST_CACHE", _cache.name))


@pytest.fixture(scope="session", autouse=True)
def _remove_cache() -> Iterator[None]:
    yield
    _cache.cleanup()
