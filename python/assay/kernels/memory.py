"""Device buffers that know what they should hold and notice writes around them."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from assay._native import Device

BAND = 4096  # Bytes before and after the data where the device does not guard its buffers.
PATTERN = 0x5A
CHUNK = 1 << 19  # Bytes compared at a time, so that what numpy needs for it stays in the cache.
# One core does not use all of the memory's bandwidth. Parts have to be large all the same, as only
# then they bypass the caches.
SHARED_COPY = 1 << 27  # Bytes from which on several threads copy.
COPIERS = min(4, os.cpu_count() or 1)


def same_bytes(first: np.ndarray, second: np.ndarray) -> bool:
    """Whether two contiguous arrays of equal size hold the same bytes; a NaN equals itself."""
    a, b = (array.reshape(-1).view(np.uint8) for array in (first, second))
    return all(
        np.array_equal(a[start : start + CHUNK], b[start : start + CHUNK])
        for start in range(0, a.size, CHUNK)
    )


def copy(target: np.ndarray, source: np.ndarray) -> None:
    """Copy between contiguous arrays of the same shape and type."""
    if source.nbytes < SHARED_COPY:
        target[...] = source
        return
    to, of = (array.reshape(-1).view(np.uint8) for array in (target, source))
    part = -(-of.size // COPIERS)

    def copy_part(start: int) -> None:
        to[start : start + part] = of[start : start + part]

    with ThreadPoolExecutor(COPIERS) as pool:
        list(pool.map(copy_part, range(0, of.size, part)))


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
        self.content = np.ascontiguousarray(content)
        self.offset = 0 if device.guards_buffers else BAND
        size = self.content.nbytes
        self.buffer = device.buffer(size + 2 * self.offset)
        everything = self.buffer.view(np.uint8)
        inside = slice(self.offset, self.offset + size)
        self.view = everything[inside].view(self.content.dtype).reshape(self.content.shape)
        self._bands = everything[: inside.start], everything[inside.stop :]
        for band in self._bands:
            band.fill(PATTERN)

    def rewrite(self) -> None:
        """Give it its specified content."""
        copy(self.view, self.content)

    def changes(self) -> int:
        """Number of elements that differ from the specified content."""
        if same_bytes(self.view, self.content):
            return 0
        pairs = (
            array.reshape(-1).view(np.uint8).reshape(array.size, array.itemsize)
            for array in (self.view, self.content)
        )
        return int(np.any(np.not_equal(*pairs), axis=1).sum())

    def intact(self) -> bool:
        """Whether nothing was written around the data."""
        return self.buffer.intact and all((band == PATTERN).all() for band in self._bands)
