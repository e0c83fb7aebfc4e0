"""Reference for hmc: every chain replayed in float32 with the prescribed random numbers."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from assay.kernels.spec import Size

# Multiplications per product of the precision and a block of chains: the state fits the cache, and
# the product is too small for BLAS to divide among threads, which would cost more than it saves.
BLOCK_WORK = 2**17
TWO_PI = np.float32(6.2831853)


def _fmix32(x: np.ndarray) -> np.ndarray:
    """Mix uint32 values in place."""
    x ^= x >> np.uint32(16)
    x *= np.uint32(0x85EBCA6B)
    x ^= x >> np.uint32(13)
    x *= np.uint32(0xC2B2AE35)
    x ^= x >> np.uint32(16)
    return x


def draws(stream: np.ndarray, step: int, dim: int) -> np.ndarray:
    """Uniform numbers of a transition, float32[dim + 1, chains]; the last row is for acceptance.

    Args:
        stream: What the chains mix their counters into, uint32[chains].
    """
    counters = np.arange(step * (dim + 1), (step + 1) * (dim + 1), dtype=np.uint32)
    bits = _fmix32(_fmix32(stream ^ counters[:, None]))
    return (bits >> np.uint32(8)).astype(np.float32) * np.float32(2.0**-24)


def momentum(uniform: np.ndarray) -> np.ndarray:
    """Pairs of standard normal numbers from pairs of uniform ones, float32[dim, chains]."""
    radius = np.sqrt(np.float32(-2) * np.log(np.maximum(uniform[0::2], np.float32(1e-7))))
    angle = TWO_PI * uniform[1::2]
    p = np.empty_like(uniform)
    np.multiply(radius, np.cos(angle), out=p[0::2])
    np.multiply(radius, np.sin(angle), out=p[1::2])
    return p


def _energy(q: np.ndarray, p: np.ndarray, force: np.ndarray) -> np.ndarray:
    return np.float32(0.5) * (np.einsum("ic,ic->c", q, force) + np.einsum("ic,ic->c", p, p))


def _leapfrog(q: np.ndarray, p: np.ndarray, precision: np.ndarray, size: Size) -> np.ndarray:
    """Integrate q and p in place; change of the energy, float32[chains]."""
    eps = np.float32(size.eps)
    half = np.float32(0.5) * eps
    force = precision @ q
    before = _energy(q, p, force)
    p -= half * force
    for left in reversed(range(size.leapfrog)):
        q += eps * p
        np.matmul(precision, q, out=force)
        p -= (eps if left else half) * force
    return _energy(q, p, force) - before


def _replay(q: np.ndarray, stream: np.ndarray, precision: np.ndarray, size: Size) -> np.ndarray:
    """All transitions of a block of chains, q in place; accepted ones per chain."""
    accepted = np.zeros(stream.size, np.uint32)
    for step in range(size.steps):
        uniform = draws(stream, step, size.dim)
        proposal = q.copy()
        change = _leapfrog(proposal, momentum(uniform[:-1]), precision, size)
        threshold = np.log(np.maximum(uniform[-1], np.float32(1e-30)))
        accept = np.isfinite(change) & (threshold < -change)
        np.copyto(q, proposal, where=accept)
        accepted += accept
    return accepted


def reference(inputs: Mapping[str, np.ndarray], size: Size) -> np.ndarray:
    """Final states, and in the last column accepted transitions, float32[chains, dim + 1]."""
    result = np.empty((size.chains, size.dim + 1), np.float32)
    streams = np.arange(size.chains, dtype=np.uint32) * np.uint32(0x9E3779B9)
    streams += np.uint32(size.rng_seed)
    width = BLOCK_WORK // size.dim**2
    for start in range(0, size.chains, width):
        block = slice(start, start + width)
        q = np.array(inputs["q0"][block].T, order="C")
        result[block, -1] = _replay(q, streams[block], inputs["A"], size)
        result[block, :-1] = q.T
    return result
