"""Where Assay keeps what it can compute again."""

from __future__ import annotations

import os
from pathlib import Path


def cache_directory(kind: str) -> Path:
    """Directory for one kind of cached data, for example ``references``; created if missing.

    The root is the environment variable ``ASSAY_CACHE``, else the platform's user cache directory.
    """
    root = os.environ.get("ASSAY_CACHE")
    if not root:
        from platformdirs import user_cache_dir

        root = user_cache_dir("assay")
    directory = Path(root).expanduser() / kind
    directory.mkdir(parents=True, exist_ok=True)
    return directory
