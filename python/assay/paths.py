"""Where Assay keeps what it can compute again."""

from __future__ import annotations

import os
from pathlib import Path


def cache_root() -> Path:
    """Directory of all cached data: the environment variable ``ASSAY_CACHE``, else the user's cache
    directory on this platform.
    """
    root = os.environ.get("ASSAY_CACHE")
    if not root:
        from platformdirs import user_cache_dir

        root = user_cache_dir("assay")
    return Path(root).expanduser()


def cache_directory(kind: str) -> Path:
    """Directory for one kind of cached data, for example ``references``; created if missing."""
    directory = cache_root() / kind
    directory.mkdir(parents=True, exist_ok=True)
    return directory
