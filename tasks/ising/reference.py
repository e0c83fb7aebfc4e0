"""Reference for ising: the same passes, with the two colours of the lattice in arrays of their own.

Row j of colour c holds its sites from left to right, half a row in all. Vertical neighbours of a
site then have the same column in the other colour's array; horizontal ones have that column and the
one before or after it.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from assay.kernels.spec import Size

BLOCK = 2**16  # Sites that are worked on at a time; they fit the cache.


def _fmix32(x: np.ndarray) -> np.ndarray:
    """Mix uint32 values in place."""
    x ^= x >> np.uint32(16)
    x *= np.uint32(0x85EBCA6B)
    x ^= x >> np.uint32(13)
    x *= np.uint32(0xC2B2AE35)
    x ^= x >> np.uint32(16)
    return x


def split(lattice: np.ndarray, colour: int) -> np.ndarray:
    """The sites of one colour, [ny, nx / 2]."""
    half = np.empty((lattice.shape[0], lattice.shape[1] // 2), lattice.dtype)
    half[colour::2] = lattice[colour::2, 0::2]
    half[1 - colour :: 2] = lattice[1 - colour :: 2, 1::2]
    return half


def neighbour_sum(other: np.ndarray, colour: int) -> np.ndarray:
    """Sum over the four neighbours of each site of a colour, periodic, int8[ny, nx / 2].

    Args:
        other: The sites of the other colour, int8[ny, nx / 2].
    """
    total = other.copy()
    total[1:] += other[:-1]
    total[0] += other[-1]
    total[:-1] += other[1:]
    total[-1] += other[0]
    # Rows whose first site is in column 0 of the lattice, then those where it is in column 1.
    left, right = slice(colour, None, 2), slice(1 - colour, None, 2)
    total[left, 1:] += other[left, :-1]
    total[left, 0] += other[left, -1]
    total[right, :-1] += other[right, 1:]
    total[right, -1] += other[right, 0]
    return total


def thresholds(p_accept: np.ndarray) -> list[np.uint32]:
    """Smallest 24-bit integers k with k / 2^24 >= p_accept; scaling by 2^24 is exact."""
    return list(np.ceil(p_accept.astype(np.float64) * 2**24).astype(np.uint32))


def _update(
    spins: np.ndarray, products: np.ndarray, bits: np.ndarray, limits: list[np.uint32]
) -> None:
    """Flip spins in place. The limits fall, so it matters only how many of them exceed ``bits``."""
    exceeded = np.zeros(bits.shape, np.int8)
    for limit in limits:
        exceeded += bits < limit
    np.negative(spins, out=spins, where=(products + np.int8(4)) >> 1 < exceeded)


def _pass(
    spins: np.ndarray,
    other: np.ndarray,
    sites: np.ndarray,
    colour: int,
    key: np.uint32,
    limits: list[np.uint32],
) -> None:
    """Update one colour in place. ``sites``: lattice indices; ``key``: mixed seed of the pass."""
    products = (spins * neighbour_sum(other, colour)).ravel()
    spins, sites = spins.reshape(-1), sites.reshape(-1)
    for start in range(0, spins.size, BLOCK):
        block = slice(start, start + BLOCK)
        bits = _fmix32(sites[block] ^ key) >> np.uint32(8)
        _update(spins[block], products[block], bits, limits)


def reference(inputs: Mapping[str, np.ndarray], size: Size) -> np.ndarray:
    """Spins after the last pass, int8[ny, nx]; both extents are even."""
    lattice = np.array(inputs["spins0"])
    indices = np.arange(lattice.size, dtype=np.uint32).reshape(lattice.shape)
    spins, sites = ([split(array, colour) for colour in (0, 1)] for array in (lattice, indices))
    limits = thresholds(inputs["p_accept"])
    keys = np.arange(size.passes, dtype=np.uint32) * np.uint32(0x9E3779B9)
    keys = _fmix32(keys + np.uint32(size.rng_seed))
    for step, key in enumerate(keys):
        colour = step % 2
        _pass(spins[colour], spins[1 - colour], sites[colour], colour, key, limits)
    for colour in (0, 1):
        lattice.flat[sites[colour]] = spins[colour]
    return lattice
