"""Choice of the device that kernels run on."""

from __future__ import annotations

import difflib
import functools
import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from assay.errors import DeviceError

if TYPE_CHECKING:
    from assay._native import Device
    from assay.msl.rewrite import Constants


def device_names() -> list[str]:
    """Names that :func:`device` understands, the preferred one first."""
    return list(_OPENERS)


def device(name: str | None = None) -> Device:
    """Open a device; the same object for the same name.

    Environment variables choose what Metal leaves open: ``ASSAY_METAL_GPU`` is part of a GPU's
    name (default: the system's choice), ``ASSAY_METAL_MATH`` is ``fast`` (default), ``relaxed``
    (macOS 15 or newer) or ``safe``, ``ASSAY_METAL_CAPTURE`` names a file for a GPU trace of the
    first command buffer, which macOS writes only with ``MTL_CAPTURE_ENABLED=1``.

    Args:
        name: ``metal`` or ``cpu``; None takes Metal where it is available, else the processor.

    Raises:
        DeviceError: kind ``unavailable`` where this machine or build lacks the device, ``invalid``
            for an unknown name.
    """
    if name is None:
        return _default_device()
    if name not in _OPENERS:
        near = difflib.get_close_matches(name, _OPENERS, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        known = ", ".join(_OPENERS)
        raise DeviceError("invalid", f"there is no device {name!r}; known are: {known}.{hint}")
    return _open(name)


def _default_device() -> Device:
    try:
        return _open("metal")
    except DeviceError as error:
        # A Mac has no other device: why it cannot use its GPU is what its user has to know.
        if error.kind != "unavailable" or sys.platform == "darwin":
            raise
    return _open("cpu")


@functools.cache
def _open(name: str) -> Device:
    return _OPENERS[name]()


# Threads do not survive a fork: a child process opens its own.
os.register_at_fork(after_in_child=_open.cache_clear)


def _open_metal() -> Device:
    from assay import _native

    return _native.metal_device(
        gpu=os.environ.get("ASSAY_METAL_GPU", ""),
        math=os.environ.get("ASSAY_METAL_MATH", "fast"),
        capture=os.environ.get("ASSAY_METAL_CAPTURE", ""),
    )


def _open_cpu() -> Device:
    from assay import _native

    return _native.cpu_device(_compile)


def _compile(source: str, constants: Constants | None = None, kernel: str | None = None) -> Any:
    from assay.msl import compile

    return compile(source, constants, kernel=kernel)


_OPENERS: dict[str, Callable[[], Device]] = {"metal": _open_metal, "cpu": _open_cpu}
