"""Programs in the style of production libraries: templates, macros, block types, host names."""

from pathlib import Path

import numpy as np
import pytest

SOURCES = Path(__file__).parent / "production"
rng = np.random.default_rng(5)


def source(name: str) -> str:
    return (SOURCES / f"{name}.metal").read_text()


def test_quantised_matrix_vector_product(run) -> None:
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
def test_converting_copies(run, kernel, dtype) -> None:
    x = rng.standard_normal(77).astype(np.float32)
    arrays = [x, np.zeros(77, dtype), np.array([77], np.int64)]
    out = run(source("quantised_matvec"), arrays, (32, 1, 1), kernel=kernel)[1]
    assert np.array_equal(out, x.astype(dtype))


def test_bfloat_keeps_the_upper_half_of_a_float(run) -> None:
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
def test_elementwise_operators(run, kernel, dtype, exact) -> None:
    a, b = (rng.uniform(-99, 99, 100).astype(dtype) for _ in range(2))
    arrays = [a, b, np.zeros(100, dtype), np.array([100], np.uint32)]
    out = run(source("elementwise_softmax"), arrays, (128, 1, 1), kernel=kernel)[2]
    assert np.array_equal(out, exact(a, b))


@pytest.mark.parametrize(("dtype", "error"), [(np.float32, 1e-6), (np.float16, 1e-3)])
def test_softmax_over_rows(run, dtype, error) -> None:
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
def test_matrix_product_of_simdgroup_tiles(run, kernel, dtype, added) -> None:
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
