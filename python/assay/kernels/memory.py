"""Device buffers that know what they should hold and notice writes around them."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np

from assay.kernels.spares import SPARES

if TYPE_CHECKING:
    from assay._native import Device

BAND = 4096  # Bytes before and after the data where the device does not guard its buffers.
PATTERN = 0x5A
CHUNK = 1 << 19  # Bytes compared at a time, so that what numpy needs for it stays in the cache.
# One core alone does not use all of the memory's bandwidth.
SHARED = 1 << 25  # Bytes from which on several threads copy or compare.
THREADS = min(4, os.cpu_count() or 1)


def _in_parts(size: int, work: Callable[[slice], bool]) -> bool:
    """Do work on all of so many bytes, in several threads where that pays; whether all of it said
    true. The parts are as large as can be, as only large copies bypass the caches."""
    if size < SHARED:
        return work(slice(0, size))
    length = -(-size // THREADS)
    with ThreadPoolExecutor(THREADS) as pool:
        return all(pool.map(work, (slice(at, at + length) for at in range(0, size, length))))


def _bytes(array: np.ndarray) -> np.ndarray:
    return array.reshape(-1).view(np.uint8)


def same_bytes(first: np.ndarray, second: np.ndarray) -> bool:
    """Whether two contiguous arrays of equal size hold the same bytes; a NaN equals itself."""
    a, b = _bytes(first), _bytes(second)

    def same(part: slice) -> bool:
        x, y = a[part], b[part]
        return all(
            np.array_equal(x[start : start + CHUNK], y[start : start + CHUNK])
            for start in range(0, x.size, CHUNK)
        )

    return _in_parts(a.size, same)


def copy(target: np.ndarray, source: np.ndarray) -> None:
    """Copy between contiguous arrays of the same shape and type."""
    to, of = _bytes(target), _bytes(source)

    def copied(part: slice) -> bool:
        to[part] = of[part]
        return True

    _in_parts(of.size, copied)


def poisoned(array: np.ndarray) -> np.ndarray:
    """An array of the same shape that no kernel can mistake for data: NaN, or all bits set."""
    poison = np.empty_like(array)
    if array.dtype.kind in "fc":
        poison.fill(np.nan)
    else:
        poison.reshape(-1).view(np.uint8).fill(0xFF)
    return poison


class Memory:
    """One buffer of a workload.

    Attributes:
        content: What it holds before a repetition.
        view: Array that aliases the device's memory, shaped like ``content``.
        buffer: The device's buffer; the data begin at byte ``offset``.
    """

    def __init__(self, device: Device, content: np.ndarray) -> None:
        self._device = device
        self.content = np.ascontiguousarray(content)
        self.offset = 0 if device.guards_buffers else BAND
        size = self.content.nbytes
        self.buffer = SPARES.buffer(device, size + 2 * self.offset)
        everything = self.buffer.view(np.uint8)
        inside = slice(self.offset, self.offset + size)
        self.view = everything[inside].view(self.content.dtype).reshape(self.content.shape)
        self._bands = everything[: inside.start], everything[inside.stop :]
        for band in self._bands:
            band.fill(PATTERN)

    def release(self) -> None:
        """Let others use the buffer. Nobody may look at it through this object after that."""
        SPARES.give_back(self._device, self.buffer)

    def rewrite(self) -> None:
        """Give it its specified content."""
        copy(self.view, self.content)

    def changes(self) -> int:
        """Number of elements that differ from the specified content."""
        if same_bytes(self.view, self.content):
            return 0
        pairs = (
            _bytes(array).reshape(array.size, array.itemsize) for array in (self.view, self.content)
        )
        return int(np.any(np.not_equal(*pairs), axis=1).sum())

    def intact(self) -> bool:
        """Whether nothing was written around the data."""
        return self.buffer.intact and all((band == PATTERN).all() for band in self._bands)
