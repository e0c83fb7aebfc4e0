"""Device buffers that nobody uses any more, kept for the next who needs as many bytes.

The first use of fresh memory costs what the operating system needs to find and clear its pages,
which can be more than ten rewrites of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from assay._native import Buffer, Device

SMALLEST = 1 << 20  # Bytes from which on a buffer is worth keeping.
MOST = 1 << 30  # Bytes kept at most.


class Spares:
    """Unused buffers, in the order in which they were given back."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._kept: list[tuple[Device, Buffer]] = []

    def buffer(self, device: Device, nbytes: int) -> Buffer:
        """A buffer of the device; it is not zero-filled but holds anything."""
        for position, (owner, buffer) in enumerate(self._kept):
            if owner is device and buffer.nbytes == nbytes:
                del self._kept[position]
                return buffer
        return device.buffer(nbytes)

    def give_back(self, device: Device, buffer: Buffer) -> None:
        """Keep a buffer that no work of the device touches any more.

        The caller and whoever has views of it must not use it after this. The oldest ones are
        dropped where there are too many.
        """
        if buffer.nbytes >= SMALLEST and buffer.intact:
            self._kept.append((device, buffer))
        while sum(buffer.nbytes for _, buffer in self._kept) > self._most:
            del self._kept[0]


SPARES = Spares()
"""Those of this process."""
