"""qsim: textbook states, conservation of the norm, correct kernels that pass and wrong ones that
do not."""

from __future__ import annotations

import numpy as np
import pytest

from assay.kernels.encoding import Encoder
from assay.kernels.folder import load_task
from assay.kernels.prompts import brief
from assay.kernels.spec import Size

TASK = load_task("qsim")
SMALLEST = "q16_96"

H = np.array([[1, 1], [1, -1]]) / np.sqrt(2)
X = np.array([[0, 1], [1, 0]])
Y = np.array([[0, -1j], [1j, 0]])


def phase(angle):
    return np.diag([1, np.exp(1j * angle)])


def basis(qubits, number):
    state = np.zeros(1 << qubits, complex)
    state[number] = 1
    return state


def run(state, gates):
    """State after gates (matrix, target, mask of controls), as complex64[N]."""
    rows = np.array([matrix for matrix, _, _ in gates], np.complex64)
    inputs = {
        "state0": state.astype(np.complex64).view(np.float32).reshape(-1, 2),
        "rows": rows.view(np.float32).reshape(-1, 2, 4),
        "wires": np.array([gate[1:] for gate in gates], np.uint32),
    }
    size = Size("any", {"N": state.size, "gates": len(gates)})
    return np.ascontiguousarray(TASK.reference(inputs, size)).view(np.complex64).reshape(-1)


def dense(qubits, matrix, target, controls):
    """The whole unitary of a gate as the Kronecker product says, complex128[N, N]."""
    size = 1 << qubits
    full = np.kron(np.eye(size >> (target + 1)), np.kron(matrix, np.eye(1 << target)))
    idle = (np.arange(size) & controls) != controls
    full[idle] = np.eye(size)[idle]
    return full


def test_a_hadamard_and_controlled_nots_make_a_ghz_state():
    qubits = 9
    chain = [(X, q + 1, 1 << q) for q in range(qubits - 1)]
    state = run(basis(qubits, 0), [(H, 0, 0), *chain])
    expected = (basis(qubits, 0) + basis(qubits, (1 << qubits) - 1)) / np.sqrt(2)
    assert np.abs(state - expected).max() < 1e-7


@pytest.mark.parametrize("number", [0, 1, 37, 255])
def test_the_quantum_fourier_transform_of_a_basis_state_is_a_wave(number):
    """Without the final swaps, so that the bits of the result are in reversed order."""
    qubits = 8
    gates = []
    for q in reversed(range(qubits)):
        gates.append((H, q, 0))
        gates += [(phase(np.pi / 2 ** (q - p)), q, 1 << p) for p in range(q)]
    state = run(basis(qubits, number), gates)
    frequency = np.array([int(f"{i:0{qubits}b}"[::-1], 2) for i in range(1 << qubits)])
    expected = np.exp(2j * np.pi * number * frequency / (1 << qubits)) / 2 ** (qubits / 2)
    assert np.abs(state - expected).max() < 1e-7


def test_three_controls_make_a_gate_rare():
    state = run(np.arange(16) + 1j, [(X, 1, 0b1101)])
    expected = np.arange(16) + 1j
    expected[[13, 15]] = expected[[15, 13]]
    assert np.array_equal(state, expected.astype(np.complex64))


def test_gates_agree_with_dense_matrices_in_double_precision():
    qubits, rng = 6, np.random.default_rng(5)
    state = exact = rng.standard_normal(1 << qubits) + 1j * rng.standard_normal(1 << qubits)
    gates = []
    for target, controls in [(0, 0), (5, 0b00011), (3, 0b110000), (2, 0), (4, 0b000100)]:
        matrix = rng.standard_normal((2, 2)) + 1j * rng.standard_normal((2, 2))
        gates.append((matrix, target, controls))
        exact = dense(qubits, matrix, target, controls) @ exact
    assert np.abs(run(state, gates) - exact).max() < 5e-6 * np.abs(exact).max()


def test_applying_a_hermitian_gate_twice_changes_nothing():
    state = np.exp(1j * np.arange(32)) / np.sqrt(32)
    for matrix in (H, X, Y):
        assert np.abs(run(state, [(matrix, 3, 0b10)] * 2) - state).max() < 1e-7


@pytest.mark.parametrize("label", [*TASK.spec.sizes, "q20_36"])
def test_circuits_conserve_the_norm_and_reach_every_qubit(label):
    size, _ = TASK.size(label)
    inputs = TASK.implementation.inputs(size, np.random.default_rng(TASK.spec.seed))
    norms = [np.linalg.norm(x.astype(np.float64)) for x in
             (inputs["state0"], TASK.reference(inputs, size))]  # fmt: skip
    assert norms == pytest.approx([1, 1], abs=2e-6)
    target, controls = inputs["wires"].T
    assert set(target) == set(range(size.N.bit_length() - 1))
    assert not (controls >> target & 1).any()
    assert np.count_nonzero(controls) == size.gates // 3
    matrices = inputs["rows"].view(np.complex64).reshape(-1, 2, 2)
    unit = matrices @ np.conj(matrices.swapaxes(1, 2))
    assert np.abs(unit - np.eye(2)).max() < 1e-6


def test_the_reference_is_as_exact_as_single_precision_allows():
    size = TASK.spec.size(SMALLEST)
    inputs = TASK.implementation.inputs(size, np.random.default_rng(1))
    result = TASK.reference(inputs, size)
    exact = inputs["state0"].astype(np.float64).view(np.complex128).reshape(-1)
    matrices = inputs["rows"].astype(np.float64).view(np.complex128).reshape(-1, 2, 2)
    for matrix, (target, controls) in zip(matrices, inputs["wires"], strict=True):
        moved = exact[np.arange(size.N) ^ (1 << int(target))]
        upper = (np.arange(size.N) >> int(target) & 1).astype(bool)
        own, other = np.diag(matrix)[upper.astype(int)], matrix[[0, 1], [1, 0]][upper.astype(int)]
        active = (np.arange(size.N) & int(controls)) == int(controls)
        exact = np.where(active, own * exact + other * moved, exact)
    error = np.abs(exact.view(np.float64).reshape(-1, 2) - result).max()
    assert 0 < error < TASK.spec.strict.value(result) / 8


def test_gates_follow_each_other_and_the_last_state_is_the_result():
    for gates, last in ((3, "b"), (4, "a")):
        size = Size("any", {"N": 8, "gates": gates})
        encoder = Encoder(TASK.spec, size)
        TASK.implementation.encode(encoder, size)
        states = [(one.buffers[0][0], one.buffers[1][0]) for one in encoder.dispatches]
        assert states == ([("a", "b"), ("b", "a")] * 2)[:gates]
        assert [one.buffers[4] for one in encoder.dispatches] == [
            ("gate_indices", 4 * gate) for gate in range(gates)
        ]
        contents = {"a": np.zeros(1), "b": np.ones(1)}
        assert TASK.implementation.result(size, contents) is contents[last]


def test_strict_cases_leave_the_published_circuits_behind():
    for seed in range(20):
        rng = np.random.default_rng(seed)
        cases = list(TASK.implementation.cases(rng))
        assert {case["gates"] % 2 for case in cases} == {0, 1}
        for case in cases:
            size = Size("any", case)
            inputs = TASK.implementation.case_inputs(size, rng)
            target, controls = inputs["wires"].T
            assert (1 << target < size.N).all() and (controls < size.N).all()
            assert not (controls >> target & 1).any()


def test_work_is_sixteen_bytes_per_amplitude_and_gate():
    assert TASK.spec.size("q18_48").evaluate(TASK.spec.work) == 16 * 2**18 * 48


def test_the_brief_states_signature_and_launch():
    text = brief(TASK.spec)
    for phrase in ["device const uint2 *wires [[buffer(3)]]", "grid N. ", "256 x 1 x 1"]:
        assert phrase in text


# Kernels that are right on the published circuits, and wrong.
EXPOSED = {
    "one control at most": (
        "(i & controls) != controls", "controls != 0 && (i & controls) == 0"),
    "matrices taken for unitary": (
        "float4 row = rows[2 * gate_idx + 1];",
        "float4 u = rows[2 * gate_idx];\n"
        "float2 d = product(rows[2 * gate_idx + 1].xy, -u.zw) / dot(u.zw, u.zw);\n"
        "float2 q = product(d, float2(u.x, -u.y));\n"
        "float4 row = float4(rows[2 * gate_idx + 1].xy, q);"),
    "half precision": (
        "float2 own = state_in[i];", "float2 own = float2(half2(state_in[i]));"),
    "guard missing": ("if (i >= N)", "if (false)"),
}  # fmt: skip


@pytest.mark.parametrize("name", EXPOSED)
def test_the_strict_check_exposes(cpu, name):
    old, new = EXPOSED[name]
    assert old in TASK.seed
    result = cpu.evaluate(
        TASK, TASK.seed.replace(old, new), [SMALLEST], name, strict=True, strict_seed=7
    )
    assert result.verdict == "ok" or name == "half precision", result.fail_reason
    assert result.strict is None or not result.strict.passed
