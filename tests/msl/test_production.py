"""Programs in the style of production libraries: templates, macros, block types, host names."""

from pathlib import Path

import numpy as np
import pytest

SOURCES = Path(__file__).parent / "production"


def source(name: str) -> str:
    return (SOURCES / f"{name}.metal").read_text()


def test_quantised_matrix_vector_product(run, rng) -> None:
    """4-bit blocks of 32 weights with one scale: w = d * (q - 8)."""
    rows, columns = 8, 128
    blocks = columns // 32
    q = rng.integers(0, 16, (rows, blocks, 32)).astype(np.uint8)
    d = rng.uniform(0.5, 2, (rows, blocks)).astype(np.float16)
    packed = np.zeros((rows, blocks), np.dtype([("d", np.float16), ("qs", np.uint8, 16)]))
    packed["d"], packed["qs"] = d, q[..., :16] | q[..., 16:] << 4
    x = rng.standard_normal(columns).astype(np.float32)
    layout = np.dtype(
        [("ne00", "i4"), ("ne01", "i4"), ("nb01", "u8"), ("ne10", "i8"), ("r2", "i2")], align=True
    )
    arguments = np.array([(columns, rows, blocks * 18, columns, 1)], layout)
    arrays = [arguments, packed, x, np.zeros(rows, np.float32)]
    groups = rows // 4  # two simdgroups of two rows
    out = run(
        source("quantised_matvec"),
        arrays,
        (groups * 64, 1, 1),
        (64, 1, 1),
        kernel="kernel_mul_mv_q4_f32",
        threadgroup_memory={0: 16},
    )[3]
    weights = d[..., None].astype(np.float64) * (q.astype(np.float64) - 8)
    assert np.allclose(out, weights.reshape(rows, columns) @ x, atol=1e-3)


@pytest.mark.parametrize(
    ("kernel", "dtype"),
    [("kernel_cpy_f32_f32", np.float32), ("kernel_cpy_f32_f16", np.float16)],
)
def test_converting_copies(run, rng, kernel, dtype) -> None:
    x = rng.standard_normal(77).astype(np.float32)
    arrays = [x, np.zeros(77, dtype), np.array([77], np.int64)]
    out = run(source("quantised_matvec"), arrays, (32, 1, 1), kernel=kernel)[1]
    assert np.array_equal(out, x.astype(dtype))


def test_bfloat_keeps_the_upper_half_of_a_float(run, rng) -> None:
    x = rng.standard_normal(77).astype(np.float32)
    arrays = [x, np.zeros(77, np.uint16), np.array([77], np.int64)]
    out = run(source("quantised_matvec"), arrays, (32, 1, 1), kernel="kernel_cpy_f32_bf16")[1]
    bits = x.view(np.uint32)
    rounded = (bits + 0x7FFF + (bits >> 16 & 1)) >> 16  # to nearest, ties to even
    assert np.array_equal(out, rounded.astype(np.uint16))


@pytest.mark.parametrize(
    ("kernel", "dtype", "exact"),
    [
        ("vv_Addfloat32", np.float32, np.add),
        ("vv_Maximumint32", np.int32, np.maximum),
        ("vv_Maximumfloat16", np.float16, np.maximum),
    ],
)
def test_elementwise_operators(run, rng, kernel, dtype, exact) -> None:
    a, b = (rng.uniform(-99, 99, 100).astype(dtype) for _ in range(2))
    arrays = [a, b, np.zeros(100, dtype), np.array([100], np.uint32)]
    out = run(source("elementwise_softmax"), arrays, (128, 1, 1), kernel=kernel)[2]
    assert np.array_equal(out, exact(a, b))


@pytest.mark.parametrize(("dtype", "error"), [(np.float32, 1e-6), (np.float16, 1e-3)])
def test_softmax_over_rows(run, rng, dtype, error) -> None:
    rows, columns = 3, 301
    x = rng.standard_normal((rows, columns)).astype(dtype)
    arrays = [x, np.zeros_like(x), np.array([columns], np.int32)]
    name = f"softmax_{np.dtype(dtype).name}"
    out = run(source("elementwise_softmax"), arrays, (rows * 96, 1, 1), (96, 1, 1), kernel=name)[1]
    e = np.exp(x.astype(np.float64) - x.max(1, keepdims=True))
    assert np.allclose(out, e / e.sum(1, keepdims=True), atol=error)


@pytest.mark.parametrize(
    ("kernel", "dtype", "added"), [("gemm8_f32", np.float32, 0), ("gemm8_f16_gelu", np.float16, 1)]
)
def test_matrix_product_of_simdgroup_tiles(run, rng, kernel, dtype, added) -> None:
    inner = 24
    a, b = rng.integers(-3, 4, (8, inner)), rng.integers(-3, 4, (inner, 8))
    parameters = np.array([8, 8, inner], np.int32)
    arrays = [
        a.astype(dtype),
        b.astype(dtype),
        np.zeros((8, 8), dtype),
        parameters,
        np.zeros(2, np.int32),
    ]
    out = run(source("tiled_gemm"), arrays, (32, 1, 1), kernel=kernel)[2]
    assert np.array_equal(out, (a @ b + added).astype(dtype))
    pipeline = run.device.compile(source("tiled_gemm")).pipeline(kernel)
    assert pipeline.max_total_threads_per_threadgroup == 32


def attention(q: np.ndarray, k: np.ndarray, v: np.ndarray, causal: bool) -> np.ndarray:
    scores = q.astype(np.float64) @ k.T.astype(np.float64) / np.sqrt(q.shape[1])
    if causal:
        scores[np.arange(len(k)) > np.arange(len(q))[:, None]] = -np.inf
    weights = np.exp(scores - scores.max(1, keepdims=True))
    return weights / weights.sum(1, keepdims=True) @ v


@pytest.mark.parametrize(("dtype", "error"), [(np.float32, 2e-6), (np.float16, 4e-3)])
@pytest.mark.parametrize("causal", [False, True])
def test_flash_attention_on_simdgroup_matrices(run, rng, dtype, error, causal) -> None:
    queries, keys, width = 19, 29, 32
    q, k, v = (rng.standard_normal((n, width)).astype(dtype) for n in (queries, keys, keys))
    layout = np.dtype([("queries", "i4"), ("keys", "i4"), ("scale", "f4")])
    parameters = np.array([(queries, keys, width**-0.5)], layout)
    name = {np.float32: "attention_f32", np.float16: "attention_f16"}[dtype]
    arrays = [q, k, v, np.zeros_like(q), parameters]
    grid, constants = (3 * 32, 1, 1), {"causal": causal}
    out = run(source("flash_attention"), arrays, grid, kernel=name, constants=constants)[3]
    assert np.allclose(out, attention(q, k, v, causal), atol=error)


def test_flash_attention_of_bfloats(run, rng) -> None:
    q, k, v = (bfloat_bits(rng.standard_normal((16, 32))) for _ in range(3))
    layout = np.dtype([("queries", "i4"), ("keys", "i4"), ("scale", "f4")])
    arrays = [q, k, v, np.zeros_like(q), np.array([(16, 16, 32**-0.5)], layout)]
    grid, constants = (2 * 32, 1, 1), {"causal": False}
    text = source("flash_attention")
    out = run(text, arrays, grid, kernel="attention_bf16", constants=constants)[3]
    q, k, v, out = ((bits.astype(np.uint32) << 16).view(np.float32) for bits in (q, k, v, out))
    assert np.allclose(out, attention(q, k, v, causal=False), atol=3e-2)


def test_radix_sort_with_decoupled_look_back(run, rng) -> None:
    count = 1000
    keys = rng.integers(0, 2**16, count).astype(np.uint32)
    grid = (-(-count // 64) * 64, 1, 1)
    text = source("radix_sort")
    for shift in (0, 4, 8, 12):
        arguments = np.array([count, shift], np.uint32)
        bins = run(text, [keys, np.zeros(16, np.uint32), arguments], grid, (64, 1, 1), "histogram")
        counts = np.bincount(keys >> shift & 15, minlength=16)
        assert bins[1].tolist() == counts.tolist()
        starts = (counts.cumsum() - counts).astype(np.uint32)
        flags = np.zeros(grid[0] // 64 * 16, np.uint32)
        arrays = [keys, np.zeros_like(keys), flags, np.zeros(1, np.uint32), arguments, starts]
        keys_out = run(text, arrays, grid, (64, 1, 1), "radix_pass")[1]
        order = np.argsort(keys >> shift & 15, kind="stable")
        assert np.array_equal(keys_out, keys[order])
        keys = keys_out.copy()
    assert np.all(np.diff(keys.astype(np.int64)) >= 0)


# The known answers that the authors of the generator publish for ten rounds.
PHILOX = {
    "zeros": ([0] * 4, [0] * 2, [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]),
    "ones": (
        [0xFFFFFFFF] * 4,
        [0xFFFFFFFF] * 2,
        [0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD],
    ),
    "pi": (
        [0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344],
        [0xA4093822, 0x299F31D0],
        [0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1],
    ),
}


@pytest.mark.parametrize("case", PHILOX)
def test_philox_known_answers(run, case) -> None:
    counter, key, want = (np.array(words, np.uint32) for words in PHILOX[case])
    arrays = [np.zeros(4, np.uint32), counter, key]
    assert run(source("philox"), arrays, (1, 1, 1), (1, 1, 1), "block")[0].tolist() == want.tolist()


def test_philox_distributions_agree(run) -> None:
    key, offset = np.array([7, 9], np.uint32), np.array([2**32 - 3], np.uint64)
    shape = (40, 4)
    bits, uniform = (
        run(source("philox"), [np.zeros(shape, kind), key, offset], (40, 1, 1), kernel=name)[0]
        for name, kind in (("philox_bits", np.uint32), ("philox_uniform", np.float32))
    )
    assert np.array_equal(uniform, (bits >> 8) * np.float32(2**-24))
    assert len(np.unique(bits)) == 160


def bfloat_bits(x: np.ndarray) -> np.ndarray:
    return (x.astype(np.float32).view(np.uint32) >> 16).astype(np.uint16)


@pytest.mark.parametrize("size", [1, 255, 1003])
@pytest.mark.parametrize(
    ("operation", "kind"),
    [
        *((op, k) for op in ("Sum", "Max") for k in ("float32", "float16", "int32", "uint8")),
        ("Sum", "bfloat16"),
        ("Max", "bfloat16"),
        ("Max", "int64"),
    ],
)
def test_reductions_over_any_type(run, rng, size, operation, kind) -> None:
    integers = rng.integers(0, 9, size)  # sums of few small integers are exact in every type
    integers[integers > 3] = 0
    if kind == "int64":
        integers = rng.integers(-(2**62), -(2**40), size)
    values = integers.astype(np.float32) if kind == "bfloat16" else integers.astype(kind)
    want = values.sum(dtype=values.dtype) if operation == "Sum" else values.max()
    stored = bfloat_bits(values) if kind == "bfloat16" else values
    arrays = [stored, np.zeros(1, stored.dtype), np.array([size], np.uint64)]
    name = f"reduce_{operation}_{kind}"
    out = run(source("reductions"), arrays, (96, 1, 1), (96, 1, 1), name)[1]
    if kind == "bfloat16":
        out = (out.astype(np.uint32) << 16).view(np.float32)
        assert abs(out[0] - want) <= 2**-8 * want
    else:
        assert out[0] == want


def test_extremes_of_64_bit_numbers(run, rng) -> None:
    x = rng.integers(0, 2**64, 333, dtype=np.uint64)
    arrays = [x, np.zeros(1, np.uint64), np.full(1, 2**64 - 1, np.uint64)]
    _, high, low = run(source("reductions"), arrays, (333, 1, 1), kernel="extremes")
    assert (high[0], low[0]) == (x.max(), x.min())


def test_words_and_packs(run) -> None:
    x = np.array([1.5, -2], np.float32)
    out, _ = run(source("object_model"), [np.zeros(7, np.uint32), x], (1, 1, 1), (1, 1, 1), "words")
    halves = x.astype(np.float16).view(np.uint16).astype(np.uint32)
    want = [
        3 | 0x5A << 4 | 512 << 16,
        0x04030201,
        5,
        10,
        halves[0] | halves[1] << 16,
        3 | 4 << 16,
        2,
    ]
    assert out.tolist() == [int(w) for w in want]


def test_operators_for_each_address_space(run, rng) -> None:
    z = (rng.integers(-3, 4, 32) + 1j * rng.integers(-3, 4, 32)).astype(np.complex64)
    norms = np.arange(64, dtype=np.float32)
    out, got = run(source("object_model"), [z, norms], (32, 1, 1), (32, 1, 1), "products")
    shared = 2 * (z * z + 1)
    assert np.array_equal(out, z + shared)
    want = np.abs(z + shared) ** 2 + np.abs(shared[0]) ** 2 + 32 + 5
    assert np.allclose(got[:32], want)
