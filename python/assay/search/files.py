"""Strict JSON and writes that are either complete or absent."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError


def plain(value: Any) -> Any:
    """Copy ``value`` as strict JSON holds it.

    Floats that are not finite become None, tuples become lists, keys become strings, and a lone
    surrogate, which UTF-8 cannot hold, becomes a question mark.
    """
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, Mapping):
        return {plain(str(key)): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value


def strict_json(value: Any, indent: int | None = None) -> str:
    """Write ``value`` as JSON without NaN or Infinity, on one line unless ``indent`` is given.

    Raises:
        TypeError: A part of ``value`` is no JSON value, for example a numpy scalar.
    """
    return json.dumps(plain(value), allow_nan=False, ensure_ascii=False, indent=indent)


def write_atomically(path: Path, text: str, durable: bool = True) -> None:
    """Write ``path`` so that a crash leaves either the old file or the whole new one.

    Where it is not durable, a power failure may leave an empty file.
    """
    part = path.with_name(temporary_name(path.name))
    with open(part, "wb") as file:
        file.write(text.encode("utf-8"))
        if durable:
            file.flush()
            os.fsync(file.fileno())
    os.replace(part, path)


def temporary_name(name: str) -> str:
    """Name under which a file is written before it is renamed to ``name``."""
    return f".{name}.part"


def sync_folder(folder: Path) -> None:
    """Make the names in ``folder`` durable, so that a new file survives a power failure."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def reason_of(error: ValueError) -> str:
    """Why a file could not be read, on one line."""
    if isinstance(error, ValidationError):
        places = (
            (".".join(str(part) for part in item["loc"]), item["msg"]) for item in error.errors()
        )
        return "; ".join(f"{place}: {message}" if place else message for place, message in places)
    return str(error)
