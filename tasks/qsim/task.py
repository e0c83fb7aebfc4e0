"""qsim: gates on a quantum register, one after the other, swapping two state vectors."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from assay.kernels.encoding import Encoder
from assay.kernels.spec import Size
from assay.kernels.task import Arrays, Task


def _floats(numbers: np.ndarray) -> np.ndarray:
    """Complex numbers as float32 pairs along a new last axis."""
    return np.stack([numbers.real, numbers.imag], axis=-1).astype(np.float32)


def _normal(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    return rng.standard_normal(shape) + 1j * rng.standard_normal(shape)


def _qubits(size: Size) -> int:
    return size.N.bit_length() - 1


class QSim(Task):
    """A circuit of (controlled) one-qubit gates, from state a to b and back."""

    def inputs(self, size: Size, rng: np.random.Generator) -> dict[str, np.ndarray]:
        """state0 float32[N, 2], of norm 1; rows float32[gates, 2, 4], the matrices' rows, unitary;
        wires uint32[gates, 2], target and mask of controls."""
        state0 = _normal(rng, (size.N,))
        matrices = np.linalg.qr(_normal(rng, (size.gates, 2, 2)))[0]
        return {
            "state0": _floats(state0 / np.linalg.norm(state0)),
            "rows": _floats(matrices).reshape(size.gates, 2, 4),
            "wires": self._wires(size, rng),
        }

    def _wires(self, size: Size, rng: np.random.Generator) -> np.ndarray:
        """Targets run through all qubits in random order; every third gate has one control."""
        qubits = _qubits(size)
        layers = [rng.permutation(qubits) for _ in range(-(-size.gates // qubits))]
        target = np.concatenate(layers)[: size.gates]
        control = (target + rng.integers(1, max(qubits, 2), size.gates)) % qubits
        controlled = (np.arange(size.gates) % 3 == 2) & (control != target)
        return np.stack([target, np.where(controlled, 1 << control, 0)], axis=1).astype(np.uint32)

    def buffers(self, size: Size, inputs: Arrays) -> dict[str, np.ndarray]:
        """a starts as state0, b as zeros; the circuit, and the numbers of the gates."""
        return {
            "a": inputs["state0"],
            "b": np.zeros_like(inputs["state0"]),
            "rows": inputs["rows"],
            "wires": inputs["wires"],
            "gate_indices": np.arange(size.gates, dtype=np.uint32),
        }

    def encode(self, encoder: Encoder, size: Size) -> None:
        """One dispatch per gate."""
        for gate in range(size.gates):
            source, target = ("a", "b") if gate % 2 == 0 else ("b", "a")
            encoder.dispatch(
                "qsim_gate",
                state_in=source,
                state_out=target,
                rows="rows",
                wires="wires",
                gate_idx=("gate_indices", 4 * gate),
            )

    def result(self, size: Size, buffers: Arrays) -> np.ndarray:
        """The state written last, float32[N, 2]."""
        return buffers["a" if size.gates % 2 == 0 else "b"]

    def cases(self, rng: np.random.Generator) -> Iterator[dict[str, int]]:
        """Registers smaller and larger than a simdgroup and a threadgroup; a few gates, and enough
        of them to reach every qubit."""
        for qubits, gates in ((1, 3), (4, 1), (7, 2), (9, 5)):
            yield {"N": 1 << qubits, "gates": gates}
        qubits = int(rng.integers(10, 15))
        yield {"N": 1 << qubits, "gates": 2 * qubits + int(rng.integers(0, 2))}

    def case_inputs(self, size: Size, rng: np.random.Generator) -> dict[str, np.ndarray]:
        """A state that is not normalised, matrices that are not unitary, any number of controls."""
        qubits = _qubits(size)
        target = rng.permutation(np.arange(size.gates) % qubits)
        controls = np.zeros(size.gates, np.int64)
        for _ in range(2):
            controls |= 1 << rng.integers(0, qubits, size.gates)
        controls &= ~(1 << target) * rng.integers(0, 2, size.gates)
        unitary = np.linalg.qr(_normal(rng, (size.gates, 2, 2)))[0]
        # Well-conditioned, so that rounding errors stay as small as those of unitary matrices.
        matrices = unitary * rng.uniform(0.8, 1.25, (size.gates, 1, 2))
        return {
            "state0": _floats(3 * _normal(rng, (size.N,))),
            "rows": _floats(matrices).reshape(size.gates, 2, 4),
            "wires": np.stack([target, controls], axis=1).astype(np.uint32),
        }
