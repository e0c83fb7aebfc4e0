"""hmc: Hamiltonian Monte Carlo that swaps two sets of chains."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from assay.kernels.check import Check
from assay.kernels.encoding import Encoder
from assay.kernels.spec import Size
from assay.kernels.task import Arrays, Task

TARGET_SEED = 0xC0FFEE
MEAN_LIMIT, COVARIANCE_LIMIT = 0.15, 0.30
LEAST_ACCEPTED, MOST_ACCEPTED = 0.45, 0.999
STATISTICS = "max(mean/tol, cov_fro/tol, accept_excess)"
CHAINS_APART = 0.01  # Share of chains that may part from the reference.
ACCEPTED_APART = 1e-3  # Relative difference of the accepted transitions, two of them being free.


def _target(dim: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Covariance and precision with eigenvalues from 0.5 to 2, float32[dim, dim] each."""
    axes, _ = np.linalg.qr(rng.standard_normal((dim, dim)))
    variances = np.geomspace(0.5, 2.0, dim)
    matrices = [(axes * values) @ axes.T for values in (variances, 1 / variances)]
    covariance, precision = (((m + m.T) / 2).astype(np.float32) for m in matrices)
    return covariance, precision


def _inputs(size: Size, target: np.random.Generator, start: np.random.Generator) -> dict:
    covariance, precision = _target(size.dim, target)
    normal = start.standard_normal((size.chains, size.dim)).astype(np.float32)
    q0 = np.float32(2) * (normal @ np.linalg.cholesky(covariance).T)
    return {"Sigma": covariance, "A": precision, "q0": q0}


def _excess(accepted: float) -> float:
    if accepted < LEAST_ACCEPTED:
        return (LEAST_ACCEPTED - accepted) / LEAST_ACCEPTED
    return max(0.0, accepted - MOST_ACCEPTED) / (1 - MOST_ACCEPTED + 1e-12)


class HMC(Task):
    """Transitions of all chains, from set a to set b and back."""

    def inputs(self, size: Size, rng: np.random.Generator) -> dict[str, np.ndarray]:
        """Sigma and A, float32[dim, dim]; q0, float32[chains, dim], twice as wide as the target."""
        return _inputs(size, np.random.default_rng(TARGET_SEED), rng)

    def buffers(self, size: Size, inputs: Arrays) -> dict[str, np.ndarray]:
        """Set a starts as q0; set b and the counters start as zeros, as published."""
        return {
            "q_a": inputs["q0"],
            "q_b": np.zeros_like(inputs["q0"]),
            "accept_cnt": np.zeros(size.chains, np.uint32),
            "A": inputs["A"],
            "step_indices": np.arange(size.steps, dtype=np.uint32),
        }

    def encode(self, encoder: Encoder, size: Size) -> None:
        """One dispatch per transition."""
        for step in range(size.steps):
            old, new = "ab" if step % 2 == 0 else "ba"
            encoder.dispatch(
                "hmc_step",
                q_in=f"q_{old}",
                q_out=f"q_{new}",
                accept_cnt="accept_cnt",
                A="A",
                hmc_step_idx=("step_indices", 4 * step),
            )

    def result(self, size: Size, buffers: Arrays) -> np.ndarray:
        """Final states, and in the last column the counters, float32[chains, dim + 1]."""
        final = buffers["q_a" if size.steps % 2 == 0 else "q_b"]
        return np.column_stack([final, buffers["accept_cnt"].astype(np.float32)])

    def check(self, size: Size, inputs: Arrays, got: np.ndarray, reference: np.ndarray) -> Check:
        """Mean, covariance and acceptance over all chains, against the target distribution."""
        states = got[:, :-1].astype(np.float64)
        broken = int((~np.isfinite(states)).sum())
        if broken:
            reason = f"{broken} of {states.size} values of the final states are not finite"
            return Check(float(broken), "nonfinite_q", None, reason)
        covariance = inputs["Sigma"].astype(np.float64)
        mean = float(np.max(np.abs(states.mean(axis=0)) / np.sqrt(np.diag(covariance))))
        spread = np.linalg.norm(np.cov(states, rowvar=False) - covariance)
        spread = float(spread / np.linalg.norm(covariance))
        accepted = float(got[:, -1].sum(dtype=np.float64)) / (size.chains * size.steps)
        excess = _excess(accepted)
        error = max(mean / MEAN_LIMIT, spread / COVARIANCE_LIMIT, excess)
        if mean <= MEAN_LIMIT and spread <= COVARIANCE_LIMIT and excess == 0:
            return Check(error, STATISTICS, None)
        reason = (
            f"the chains miss their target: mean off by {mean:.4f} standard deviations (limit"
            f" {MEAN_LIMIT}), covariance by {spread:.4f} (limit {COVARIANCE_LIMIT}), accepted"
            f" {accepted:.4f} ({LEAST_ACCEPTED} to {MOST_ACCEPTED})"
        )
        return Check(error, STATISTICS, None, reason)

    def cases(self, rng: np.random.Generator) -> Iterator[dict[str, float]]:
        """Numbers of chains that no threadgroup divides, other dimensions, few transitions."""
        for steps in (1, 2, 3, 8):
            yield {
                "dim": 2 * int(rng.integers(1, 17)),
                "chains": 2 * int(rng.integers(100, 300)) + 1,
                "steps": steps,
                "leapfrog": int(rng.integers(3, 13)),
                "eps": float(rng.uniform(0.1, 0.5)),
                "rng_seed": int(rng.integers(2**32)),
            }

    def case_inputs(self, size: Size, rng: np.random.Generator) -> dict[str, np.ndarray]:
        """As ``inputs``, for another target."""
        return _inputs(size, rng, rng)

    def strict_check(
        self, size: Size, inputs: Arrays, got: np.ndarray, reference: np.ndarray
    ) -> Check:
        """Chain by chain against the replay: final states and accepted transitions.

        Independent programs part only where rounding tips a decision over. Final states alone
        would not do: a chain forgets where it was within a dozen transitions.
        """
        with np.errstate(invalid="ignore", over="ignore"):
            apart = np.abs(got - reference)
        near = (apart[:, :-1] <= self.spec.strict.absolute).all(axis=1)
        share = float((~near | (apart[:, -1] != 0)).mean())
        if share > CHAINS_APART:
            reason = (
                f"{share:.2%} of the chains part from the prescribed ones; at most"
                f" {CHAINS_APART:.0%} may"
            )
            return Check(share, self.spec.strict.error_kind, CHAINS_APART, reason)
        counts = [int(array[:, -1].sum(dtype=np.float64)) for array in (got, reference)]
        if abs(counts[0] - counts[1]) > max(2, ACCEPTED_APART * counts[1]):
            reason = f"{counts[0]} transitions were accepted instead of {counts[1]}"
            error = abs(counts[0] / max(counts[1], 1) - 1)
            return Check(error, "accept_count", ACCEPTED_APART, reason)
        return Check(share, self.spec.strict.error_kind, CHAINS_APART)
