"""More programs in the style of production libraries, against numpy."""

from pathlib import Path

import numpy as np
import pytest

from assay import _native, msl

SOURCES = Path(__file__).parent / "production"


def source(name: str) -> str:
    return (SOURCES / f"{name}.metal").read_text()


@pytest.mark.parametrize("path", sorted(SOURCES.glob("*.metal")), ids=lambda path: path.stem)
def test_every_program_compiles(path: Path) -> None:
    program = msl.compile(path.read_text(), include=[SOURCES / "include"])
    assert program.kernels


def test_specialisations_for_pointers(run, rng) -> None:
    pairs = rng.integers(-9, 9, (64, 2)).astype(np.float16)
    out = run(
        source("pointer_traits"), [pairs, np.zeros(64, np.float32)], (64, 1, 1), kernel="sums"
    )
    assert np.array_equal(out[1], 111 * pairs.astype(np.float32).sum(1))


@pytest.mark.parametrize("inner", [32, 24, 7])
@pytest.mark.parametrize(
    ("kernel", "dtype", "factor"),
    [("gemm_float32", np.float32, 1), ("gemm_float16_twice", np.float16, 2)],
)
def test_matrix_product_in_blocks(run, rng, kernel, dtype, factor, inner) -> None:
    a, b = rng.integers(-3, 4, (16, inner)), rng.integers(-3, 4, (inner, 24))
    # What lies behind the last row is read, and multiplied by zeros.
    padded = np.zeros((inner + 16, 24), dtype)
    padded[:inner] = b
    arrays = [
        np.concatenate([a.astype(dtype).ravel(), np.zeros(16, dtype)]),
        padded,
        np.zeros((16, 24), dtype),
        np.array([16, 24, inner], np.int32),
    ]
    out = run(source("block_gemm"), arrays, (3 * 32, 2, 1), (32, 1, 1), kernel=kernel)[2]
    assert np.array_equal(out, (factor * (a @ b)).astype(dtype))


def test_rows_of_quantised_blocks(run, rng) -> None:
    q = rng.integers(0, 16, (4, 2, 32)).astype(np.uint8)
    packed = np.zeros((4, 2), np.dtype([("d", np.float16), ("q", np.uint8, 16)]))
    packed["d"] = rng.integers(1, 5, (4, 2))
    packed["q"] = q[..., 0::2] | q[..., 1::2] << 4
    rows = np.array([3, 0, 2], np.int32)
    arrays = [packed, rows, np.zeros((3, 64), np.float32), np.array([36], np.uint64)]
    out = run(source("dequantise"), arrays, (12, 1, 1), (4, 1, 1), "get_rows_q4")[2]
    want = packed["d"].astype(np.float32)[..., None] * (q.astype(np.float32) - 8)
    assert np.array_equal(out, want.reshape(4, 64)[rows])


@pytest.mark.parametrize(
    ("kind", "dtype"),
    [
        ("int", np.int32),
        ("float", np.float32),
        ("uchar", np.uint8),
        ("half", np.float16),
        ("short", np.int16),
    ],
)
def test_atomics_on_parts_of_words(run, rng, kind, dtype) -> None:
    bins = rng.integers(0, 12, 640).astype(np.uint32)
    arrays = [bins, np.zeros(12, dtype)]
    out = run(source("packed_atomics"), arrays, (640, 1, 1), kernel=f"histogram_{kind}")[1]
    assert np.array_equal(out, np.bincount(bins, minlength=12).astype(dtype))


@pytest.mark.parametrize("kernel", ["general", "small", "serial"])
def test_strided_copies(run, rng, kernel) -> None:
    data = rng.integers(-99, 99, (7, 5, 6)).astype(np.float32)
    view = data.transpose(2, 0, 1)[::2]
    strides = np.array(view.strides, np.int64) // 4
    arrays = [data, np.zeros(view.size, np.int8), np.zeros(1, np.int32)]
    arrays += [np.array(view.shape, np.int32), strides, np.array([3], np.int32)]
    grid = (1 if kernel == "serial" else view.size, 1, 1)
    out = run(source("strided_copy"), arrays, grid, kernel=f"{kernel}_float32int8")[1]
    assert np.array_equal(out, view.ravel().astype(np.int8))


@pytest.mark.parametrize(("kind", "dtype"), [("float", np.float32), ("int64", np.int64)])
@pytest.mark.parametrize("count", [128, 77, 1])
def test_sorting_a_block(run, rng, kind, dtype, count) -> None:
    x = rng.integers(-(2**40), 2**40, count).astype(dtype)
    if kind == "float":
        x[::9] = np.nan
    threads = {"float": 32, "int64": 64}[kind]
    arrays = [x, np.zeros(count, dtype), np.array([count], np.int32)]
    name = f"sort_{kind}"
    out = run(source("merge_sort"), arrays, (threads, 1, 1), (threads, 1, 1), name)[1]
    finite = x[~np.isnan(x)] if kind == "float" else x
    assert np.array_equal(out[: len(finite)], np.sort(finite))


@pytest.mark.parametrize(
    ("name", "dtype", "operation"),
    [
        ("sum_int32", np.int32, np.add),
        ("sum_int64", np.int64, np.add),
        ("max_float32", np.float32, np.maximum),
        ("max_int64", np.int64, np.maximum),
    ],
)
def test_scans_of_rows(run, rng, name, dtype, operation) -> None:
    x = rng.integers(-1000, 1000, (3, 83)).astype(dtype)
    arrays = [x, np.zeros_like(x), np.array([83], np.uint64)]
    groups, text = (3 * 32, 1, 1), source("simd_scan")
    inclusive = run(text, arrays, groups, kernel=f"scan_inclusive_{name}")[1]
    want = operation.accumulate(x, axis=1)
    assert np.array_equal(inclusive, want)
    exclusive = run(text, arrays, groups, kernel=f"scan_exclusive_{name}")[1]
    assert np.array_equal(exclusive[:, 1:], want[:, :-1])


def test_functors_with_deduced_results(rng) -> None:
    program = msl.compile(source("unary_functors"), include=[SOURCES / "include"])
    device = _native.cpu_device(lambda *_: program)
    library = device.compile("the program above")
    data = rng.integers(-4, 4, (3, 4)).astype(np.int32)
    buffers = [
        device.buffer(np.zeros(12, np.float32)),
        device.buffer(data),
        device.buffer(np.array([3, 4], np.int64)),
        device.buffer(np.array([16, 4], np.int64)),  # bytes: the transpose
        device.buffer(np.array([2, 3], np.uint32)),  # dimensions, and the type Int
    ]
    commands = device.command_buffer()
    commands.set_pipeline(library.pipeline("exp_cast_float_float"))
    for index, buffer in enumerate(buffers):
        commands.set_buffer(buffer, 0, index)
    commands.dispatch_threads((12, 1, 1), (12, 1, 1))
    commands.commit()
    commands.wait(20.0)
    out = buffers[0].view(np.float32, (4, 3))
    assert np.allclose(out, np.exp(data.T.astype(np.float32)), rtol=1e-6)


@pytest.mark.parametrize(
    ("kernel", "dtype", "group"),
    [("int4_product_32_float", np.float32, 32), ("int4_product_64_half", np.float16, 64)],
)
def test_products_with_four_bit_weights(run, rng, kernel, dtype, group) -> None:
    rows, columns = 5, 256
    a = rng.integers(-3, 4, columns).astype(dtype)
    q = rng.integers(0, 16, (rows, columns)).astype(np.uint8)
    scales = rng.integers(1, 4, (rows, columns // group)).astype(dtype)
    packed = q[:, 0::2] | q[:, 1::2] << 4
    sizes = np.array([1, columns, rows], np.uint32)
    arrays = [a, packed, scales, np.zeros(rows, dtype), sizes]
    out = run(source("vector_types"), arrays, (32 * rows, 1, 1), (32, 1, 1), kernel)[3]
    weights = q.astype(np.float64) * np.repeat(scales, group, 1)
    assert np.allclose(out, weights @ a.astype(np.float64), rtol=2e-3 if dtype == np.float16 else 0)


@pytest.mark.parametrize("inner", [8, 21])
def test_products_below_the_standard_library(run, rng, inner) -> None:
    a, b = rng.integers(-4, 5, (8, inner)), rng.integers(-4, 5, (inner, 8))
    arrays = [a.astype(np.float32), b.astype(np.float32), np.zeros((8, 8), np.float32)]
    arrays.append(np.array([inner], np.uint32))
    text = source("matrix_storage")
    memory = {0: 512}
    out = run(text, arrays, (32, 1, 1), kernel="product_f32", threadgroup_memory=memory)[2]
    assert np.array_equal(out, a @ b)


def test_code_of_a_generator(run, rng) -> None:
    x = rng.integers(-5, 6, (16, 256)).astype(np.float16)
    used = rng.integers(0, 2, 16).astype(np.int32)
    arrays = [np.zeros(16, np.float32), x, used, np.zeros(1, np.int32)]
    out = run(source("generated_sum"), arrays, (16 * 32, 1, 1), kernel="r_16_32_8")[0]
    assert np.array_equal(out, np.where(used, x.astype(np.float32).sum(1), 0))


def test_methods_of_a_context(run, rng) -> None:
    layout = np.dtype(
        {
            "names": ["origin", "scale", "frame"],
            "formats": ["3f4", "f4", "(3,4)f4"],
            "offsets": [0, 12, 16],
        }
    )
    parameters = np.zeros(1, layout)
    parameters["origin"], parameters["scale"] = (1, 2, 3), 2
    frame = rng.integers(-3, 4, (3, 3))
    parameters["frame"][..., :3] = frame.T  # column by column
    x = rng.integers(-3, 4, (32, 3)).astype(np.float32)
    arrays = [np.array([7], np.int32), parameters, x, np.zeros(1, np.int32)]
    memory = {0: 16}
    text = source("scene_context")
    _, _, out, count = run(text, arrays, (32, 1, 1), kernel="shade", threadgroup_memory=memory)
    v = np.column_stack([x[:, :2], np.ones(32)])
    want = [1, 2, 3] + 2 * v @ frame.T + [0.6, 0, 7]
    assert np.allclose(out, want, atol=1e-5)
    assert count.tolist() == [32]


@pytest.mark.parametrize(("kind", "dtype"), [("float32", np.float32), ("float16", np.float16)])
def test_normalised_rows(run, rng, kind, dtype) -> None:
    x = rng.standard_normal((3, 205)).astype(dtype)
    w = rng.standard_normal(205).astype(dtype)
    arrays = [x, w, np.zeros_like(x), np.array([1e-5], np.float32)]
    arrays += [np.array([205], np.uint32), np.array([1], np.uint32)]
    out = run(source("row_norm"), arrays, (3 * 64, 1, 1), (64, 1, 1), f"rms{kind}")[2]
    wide = x.astype(np.float64)
    want = w * wide / np.sqrt((wide**2).mean(1, keepdims=True) + 1e-5)
    assert np.allclose(out, want, rtol=4e-3 if kind == "float16" else 1e-5, atol=1e-6)


@pytest.mark.parametrize("kernel", ["rope_traditional", "rope_halves"])
def test_rotations_of_pairs(run, rng, kernel) -> None:
    x = rng.standard_normal((5, 16)).astype(np.float32)
    strides = np.array([80, 16, 1], np.uint64)
    arrays = [x, np.zeros_like(x), strides, np.array([10], np.float32)]
    out = run(source("row_norm"), arrays, (8, 5, 1), (8, 1, 1), kernel)[1]
    theta = np.arange(5)[:, None] * 2.0 ** (-np.arange(8) / 8 * 10)
    z = x[:, 0::2] + 1j * x[:, 1::2] if "trad" in kernel else x[:, :8] + 1j * x[:, 8:]
    turned = z * np.exp(1j * theta)
    parts = [turned.real, turned.imag]
    want = np.stack(parts, 2).reshape(5, 16) if "trad" in kernel else np.hstack(parts)
    assert np.allclose(out, want, atol=1e-5)
