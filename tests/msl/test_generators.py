"""Programs as cross compilers, tensor compilers and frameworks write them."""

from pathlib import Path

import numpy as np
import pytest

SOURCES = Path(__file__).parent / "production"


def source(name: str) -> str:
    return (SOURCES / f"{name}.metal").read_text()


@pytest.mark.parametrize(("constants", "steps"), [(None, 4), ({"steps_tmp": 7}, 7)])
def test_arrays_that_index_in_every_address_space(run, rng, constants, steps) -> None:
    count = 20
    data = rng.standard_normal((33, 4)).astype(np.float32)
    layout = np.dtype(
        [("count", "u4"), ("pad", "V12"), ("m", "f4", (4, 4)), ("tint", "f4", 3), ("gain", "f4")]
    )
    parameters = np.zeros(1, layout)
    matrix = rng.standard_normal((4, 4)).astype(np.float32)  # row i is column i
    parameters["count"], parameters["m"] = count, matrix
    parameters["tint"], parameters["gain"] = (1, 2, 3), 0.5
    arrays, grid = [data.copy(), parameters], (32, 1, 1)
    out = run(source("cross_compiled_blend"), arrays, grid, kernel="main0", constants=constants)[0]
    weights = [0.5, 1, 2, 8]
    tile = data[1:].astype(np.float64)
    total = sum(np.roll(tile, -i, 0) * weights[i % 4] for i in range(steps))
    total += np.array([0.5, 1, 1.5, 1])
    assert np.allclose(out[1 : count + 1], (total @ matrix)[:count], atol=1e-4)
    assert np.array_equal(out[count + 1 :], data[count + 1 :])
    assert out[0, 3] == 4


def collatz(n: int) -> int:
    steps = 0
    while n > 1:
        n, steps = (n // 2 if n % 2 == 0 else 3 * n + 1), steps + 1
    return steps


def test_bounded_loops_and_checked_indices(run, rng) -> None:
    values = np.arange(20, dtype=np.uint32)
    values[7:] = rng.integers(1, 1000, 13)
    offsets = np.zeros(1, np.dtype([("origin", "f4", 3), ("shift", "i4")]))
    offsets["origin"], offsets["shift"] = (2, 1, 9), 11
    arrays = [values.copy(), np.zeros(2, np.uint32), offsets, np.array([80], np.uint32)]
    memory = {0: 16}
    out, totals = run(
        source("portable_collatz"),
        arrays,
        (32, 1, 1),
        kernel="main_",
        threadgroup_memory=memory,
    )[:2]
    lengths = [collatz(int(v)) for v in values]
    kinds = {0: 5, 1: 5, 2: 16, 3: 9}
    assert out.tolist() == [
        2 * n + kinds.get(int(v), 0) + 11 for n, v in zip(lengths, values, strict=True)
    ]
    assert totals.tolist() == [max(lengths), 8 * 15]


def test_matrix_product_through_the_elements_of_each_thread(run, rng) -> None:
    inner, columns = 24, 16
    a = rng.integers(-3, 4, (8, inner)).astype(np.float16)
    b = rng.integers(-3, 4, (inner, columns)).astype(np.float16)
    layout = np.dtype([("size", "i4", 2), ("scale", "f4"), ("reduce", "i4")])
    arguments = np.array([((8, columns), 0.25, inner)], layout)
    arrays, grid = [np.zeros((8, columns), np.float32), a, b, arguments], (64, 1, 1)
    out = run(source("generated_matmul"), arrays, grid, kernel="r_8_8_k")[0]
    exact = 0.25 * (a.astype(np.float64) @ b.astype(np.float64))
    assert np.array_equal(out[:, 1::2], exact[:, 1::2])
    even = exact[:, ::2]  # these pass through an exponential linear unit
    assert np.allclose(out[:, ::2], np.where(even < 0, np.exp(even) - 1, even), atol=1e-6)


def test_runtime_of_a_simulation(run, rng) -> None:
    root = np.zeros(64, np.dtype([("x", "f4"), ("n", "i4")]))
    root["x"] = rng.integers(-8, 9, 64)
    elements = np.zeros(65, np.dtype([("index", "i4"), ("value", "f4")]))
    elements[0]["index"] = 8  # the list starts with its stride and its length
    seeds = rng.integers(0, 2**32, 64).astype(np.uint32)
    arrays = [root.copy(), np.zeros(1, np.float32), elements, seeds.copy()]
    out, total, listed, states = run(source("simulation_runtime"), arrays, (32, 1, 1), kernel="k0")
    assert out["n"].tolist() == [(i - 5) // 3 * 8 + 127 for i in range(64)]
    assert total[0] == 2 * root["x"].sum()
    expected = seeds * np.uint32(1103515245) + np.uint32(12345)
    assert np.array_equal(states, expected)
    chosen = np.flatnonzero(expected * np.uint32(1000000007) & 1)
    found = listed[1 : 1 + len(chosen)]
    assert listed[0]["value"].view(np.int32) == len(chosen)
    assert sorted(found["index"].tolist()) == chosen.tolist()
    assert np.array_equal(found["value"], root["x"][found["index"]])


def strided(run, kernel: str, a: np.ndarray, b: np.ndarray, out: np.ndarray) -> np.ndarray:
    """Runs a binary operator, whose first dimension is the one that varies fastest."""
    views = (out, a, b)
    arrays = [
        out.base if out.base is not None else out,
        a,
        b,
        np.array(out.shape[::-1], np.int64),
        np.array([s for view in views for s in view.strides[::-1]], np.int64),
        np.array([out.ndim], np.uint32),
    ]
    return run(source("framework_indexing"), arrays, (out.size, 1, 1), kernel=kernel)[0]


def test_functors_over_strided_tensors(run, rng) -> None:
    a, b = rng.uniform(-3, 3, (2, 5, 7)).astype(np.float32)
    out = strided(run, "polar_strided_float2_float", a, b, np.zeros((5, 7), np.complex64))
    assert np.allclose(out, a * np.exp(-1j * b), atol=1e-5)
    quotient = strided(run, "floor_divide_strided_float_float", a, b, np.zeros((5, 7), np.float32))
    assert np.mean(quotient == np.floor(a / b)) > 0.99  # where rounding does not decide


@pytest.mark.parametrize(("kind", "dtype"), [("int", np.int32), ("long", np.int64)])
def test_floor_division_of_integers(run, rng, kind, dtype) -> None:
    a = rng.integers(-20, 21, (3, 4, 5)).astype(dtype)
    b = rng.integers(1, 6, (3, 4, 5)).astype(dtype) * rng.choice([-1, 1], (3, 4, 5)).astype(dtype)
    wide = np.zeros((3, 4, 10), dtype)
    name = f"floor_divide_strided_{kind}_{kind}"
    out = strided(run, name, a, b, wide[:, :, ::2])
    assert np.array_equal(out[:, :, ::2], a // b)
    assert not out[:, :, 1::2].any()


@pytest.mark.parametrize(
    ("kernel", "dtype", "index"),
    [
        ("index_add_float_int", np.float32, np.int32),
        ("index_add_half_long", np.float16, np.int64),
        ("index_add_long_int", np.int64, np.int32),
    ],
)
def test_scattered_addition_with_reported_errors(run, rng, kernel, dtype, index) -> None:
    values = rng.integers(-3, 4, 64).astype(dtype)
    if dtype == np.int64:
        values = values * (1 << 33) + 5
    indices = rng.integers(-6, 6, 64).astype(index)
    indices[10] = 6
    report = np.dtype([("function", "S32"), ("text", "S32"), ("line", "u4")])
    errors = np.zeros(1, np.dtype([("count", "u4"), ("messages", report, 2)]))
    arrays = [np.zeros(6, dtype), values, indices, np.array([6], np.int64), errors]
    out, *_, errors = run(source("framework_indexing"), arrays, (64, 1, 1), kernel=kernel)
    expected = np.zeros(6, dtype)
    kept = np.arange(64) != 10
    np.add.at(expected, indices[kept], values[kept])
    assert np.array_equal(out, expected)
    first = errors["messages"][0, 0]
    assert (errors["count"][0], first["function"], first["text"]) == (
        1,
        b"index_add",
        b"index out of range",
    )


@pytest.mark.parametrize("threads", [32, 64, 256])
def test_reductions_with_indices(run, rng, threads) -> None:
    rows, n = 3, 301
    x = rng.integers(-50, 50, (rows, n))
    grid, group, count = (rows * threads, 1, 1), (threads, 1, 1), np.array([n], np.uint32)

    def reduced(kernel: str, kind: type, out: np.ndarray) -> np.ndarray:
        return run(source("indexed_reductions"), [count, x.astype(kind), out], grid, group, kernel)[
            2
        ]

    sums = reduced("fast_sum_f32", np.float32, np.zeros(rows, np.float32))
    assert np.array_equal(sums, x.sum(1))
    sums = reduced("fast_sum_i64", np.int64, np.zeros(rows, np.int64))
    assert np.array_equal(sums, x.sum(1))
    largest = reduced("fast_max_f16", np.float16, np.zeros(rows, np.float16))
    assert np.array_equal(largest, x.max(1))
    pair = np.dtype([("i", "u4"), ("value", "f4")])
    smallest = reduced("fast_argmin_f32", np.float32, np.zeros(rows, pair))
    assert np.array_equal(smallest["i"], x.argmin(1))
    assert np.array_equal(smallest["value"], x.min(1))


def test_modules_as_structs_of_pointers(run, rng) -> None:
    groups, count = 3, 90  # the last group reads the last item again
    items = np.zeros(count, np.dtype([("v", "f4", 3), ("tag", "i4")]))
    items["v"], items["tag"] = rng.integers(-9, 9, (count, 3)), rng.integers(0, 9, count)
    settings = np.zeros(
        1, np.dtype([("rotation", "f4", (4, 4)), ("offsets", "f4", (2, 4)), ("count", "u4")])
    )
    settings["rotation"] = rng.integers(-3, 3, (4, 4))  # by columns
    settings["offsets"][0, 1], settings["count"] = (1, 2, 3, 4), groups
    lengths = np.array([16 * count, 0, 0, 0], np.uint32)
    arrays = [items, np.zeros((2 * groups, 4), np.float32), settings, lengths]
    out = run(source("generated_modules"), arrays, (32 * groups, 1, 1), (32, 1, 1), "entry")[1]
    rows = np.column_stack([items["v"], items["tag"]])[np.minimum(np.arange(96), count - 1)]
    moved = np.add(rows, [1, 2, 3, 4]) @ settings["rotation"][0]
    assert np.array_equal(out[::2], np.add(rows.reshape(3, 32, 4).sum(1), [0, 0, 0, 1]))
    assert np.array_equal(out[1::2], moved.reshape(3, 32, 4).sum(1))
