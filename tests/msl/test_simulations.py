"""Programs in the style of libraries: physics, images, memory shared by threads, against numpy."""

from pathlib import Path

import numpy as np
import pytest

from assay import _native, msl

SOURCES = Path(__file__).parent / "production"


def source(name: str) -> str:
    return (SOURCES / f"{name}.metal").read_text()


def test_particles_with_types_of_the_host(run, rng) -> None:
    program = msl.compile(source("particles"), include=[SOURCES / "include"])
    own = type(run)(_native.cpu_device(lambda *_: program))
    layout = np.dtype(
        [
            ("position", "3f4"),
            ("mass", "f4"),
            ("velocity", "3f4"),
            ("colour", "4f2"),
            ("flags", "4u1"),
        ]
    )
    assert layout.itemsize == 40
    count = 50
    particles = np.zeros(count, layout)
    for name in ("position", "velocity", "colour"):
        particles[name] = rng.standard_normal(particles[name].shape)
    particles["mass"], particles["flags"] = rng.uniform(1, 2, count), rng.integers(0, 9, (count, 4))
    frame = np.zeros(1, FRAME)
    view, rotation = rng.standard_normal((4, 4)), np.linalg.qr(rng.standard_normal((3, 3)))[0]
    frame["view"], frame["rotation"][..., :3] = view.T, rotation.T  # column by column
    frame["gravity"][..., :3], frame["step"], frame["count"] = (0, -9.81, 0), 0.01, count
    arrays = [particles, frame, np.zeros((64, 4), np.float32)]
    memory = {0: 32 * 16}
    moved, _, out = own("", arrays, (64, 1, 1), kernel="step", threadgroup_memory=memory)
    p, mass = particles["position"].astype(np.float64), particles["mass"].astype(np.float64)
    r = p[None] - p[:, None]
    inverse = ((r**2).sum(2) + 1e-2) ** -0.5
    force = (mass[None, :, None] * r * inverse[..., None] ** 3).sum(1)
    gravity = np.array([0, -9.81, 0])
    velocity = particles["velocity"] + (force + gravity) * 0.01
    assert np.allclose(moved["velocity"], velocity, rtol=1e-4, atol=1e-4)
    assert np.allclose(out[:count, :3], p + velocity * 0.01, rtol=1e-4, atol=1e-4)
    assert np.allclose(out[:count, 3], -(mass * inverse).sum(1), rtol=1e-4)

    arrays[2] = np.zeros((count, 3, 4), np.float32)
    out = own("", arrays, (count, 1, 1), kernel="project")[2]
    turned = p @ rotation.T
    assert np.allclose(out[:, 0], np.c_[turned, np.ones(count)] @ view.T, atol=1e-4)
    corner = view[0, 0] * view[1, 1] - view[0, 1] * view[1, 0]
    want = np.c_[turned[:, 0], 2 * turned[:, 0], np.full(count, corner), np.full(count, 8)]
    assert np.allclose(out[:, 1], want, atol=1e-4)
    q = np.array([1, 2, 3, 4]) / 30**0.5
    t = 2 * np.cross(q[:3], turned)
    want = np.c_[turned + q[3] * t + np.cross(q[:3], t), particles["colour"][:, 2]]
    want += particles["flags"] * [1, 0, 0, 1]
    assert np.allclose(out[:, 2], want, atol=1e-4)


FRAME = np.dtype(
    {
        "names": ["view", "rotation", "gravity", "step", "size", "count"],
        "formats": ["(4,4)f4", "(3,4)f4", "4f4", "f4", "2u4", "u4"],
        "offsets": [0, 64, 112, 128, 136, 144],
        "itemsize": 160,
    }
)

IMAGE = np.dtype([("size", "2u2"), ("row_bytes", "u4"), ("border", "u1")], align=True)


@pytest.mark.parametrize(
    ("kind", "border"), [("float", "clamp"), ("float", "mirror"), ("half", "clamp")]
)
def test_blurred_images(run, rng, kind, border) -> None:
    height, width, stride = 13, 19, 24
    image = rng.integers(0, 256, (height, stride, 4)).astype(np.uint8)
    arguments = np.array([((width, height), 4 * stride, 0)], IMAGE)
    grid = (24, 16, 1)
    arrays = [image, np.zeros_like(image), arguments]
    out = run(source("image_filters"), arrays, grid, (8, 8, 1), f"blur_{kind}_{border}")[1]
    mode = {"clamp": "edge", "mirror": "reflect"}[border]
    wide = np.pad(image[:, :width].astype(float), ((2, 2), (2, 2), (0, 0)), mode)
    w = np.array([1, 4, 6, 4, 1]) / 16
    rows = sum(w[k] * wide[:, k : k + width] for k in range(5))
    want = sum(w[k] * rows[k : k + height] for k in range(5))
    assert np.abs(out[:, :width] - want).max() <= (0.51 if kind == "float" else 0.75)
    assert not out[:, width:].any()


def test_edges_of_images(run, rng) -> None:
    image = rng.integers(0, 256, (9, 12, 4)).astype(np.uint8)
    arguments = np.array([((11, 9), 48, 0)], IMAGE)
    arrays = [image, np.zeros((9, 12), np.float16), arguments]
    out = run(source("image_filters"), arrays, (16, 16, 1), (8, 8, 1), "edges")[1]
    luma = np.pad(image[:, :11, :3] @ [0.25, 0.5, 0.25] / 255, 1, "edge")
    smooth, slope = np.array([1, 2, 1]), np.array([-1, 0, 1])
    parts = [
        sum(a[y] * b[x] * luma[y : y + 9, x : x + 11] for y in range(3) for x in range(3))
        for a, b in ((smooth, slope), (slope, smooth))
    ]
    assert np.allclose(out[:, :11], np.clip(np.hypot(*parts) / 4, 0, 1), atol=4e-3)


def neighbours(alive: np.ndarray) -> np.ndarray:
    shifts = [(y, x) for y in (-1, 0, 1) for x in (-1, 0, 1) if (y, x) != (0, 0)]
    return sum(np.roll(alive, shift, (0, 1)) for shift in shifts)


@pytest.mark.parametrize(("name", "born_with"), [("life_conway", [3]), ("life_high", [3, 6])])
def test_cells_in_bit_fields(run, rng, name, born_with) -> None:
    alive = rng.integers(0, 2, (10, 14))
    age = rng.integers(0, 16, (10, 14)) * alive
    frozen = rng.integers(0, 8, (10, 14)) == 0
    cells = (alive | age << 1 | frozen << 7).astype(np.uint8)
    arrays = [cells, np.zeros_like(cells), np.array([14, 10], np.int32), np.zeros(1, np.uint32)]
    _, out, _, born = run(source("game_of_life"), arrays, (14, 10, 1), (7, 5, 1), name)
    count = neighbours(alive)
    stays, starts = (alive == 1) & np.isin(count, [2, 3]), (alive == 0) & np.isin(count, born_with)
    want = np.where(stays, np.minimum(age + 1, 15) << 1 | 1, starts)
    assert np.array_equal(out, np.where(frozen, cells, want))
    assert born.tolist() == [(starts & ~frozen).sum()]


def test_cells_in_words(run, rng) -> None:
    alive = rng.integers(0, 2, (9, 64)).astype(np.uint64)
    words = (alive << np.arange(64, dtype=np.uint64)).sum(1, dtype=np.uint64)
    text = source("game_of_life")
    arrays = [words, np.zeros_like(words), np.array([9], np.uint32)]
    out = run(text, arrays, (9, 1, 1), kernel="life_words")[1]
    count = neighbours(alive.astype(int))
    want = (count == 3) | ((alive == 1) & (count == 2))
    bits = want.astype(np.uint64) << np.arange(64, dtype=np.uint64)
    assert np.array_equal(out, bits.sum(1, dtype=np.uint64))
    pairs = np.array([[0b1000, 0b101 << 30], [2**40, 0]], np.uint64)
    counts = run(text, [pairs, np.zeros(2, np.uint32)], (2, 1, 1), kernel="census")[1]
    assert counts.tolist() == [3 + (60 << 8) + (30 << 16), 1 + (23 << 8) + (64 << 16)]


def test_all_inputs_of_a_kernel(run) -> None:
    vectors = ["grid", "local", "group", "groups", "threads", "dispatched", "size"]
    numbers = ["index", "lane", "simdgroup", "quad_lane", "quad", "width", "old_width"]
    numbers += ["simdgroups", "dispatched_simdgroups", "quads", "dispatched_quads"]
    layout = np.dtype([(n, "3u4") for n in vectors] + [(n, "u4") for n in numbers])
    size, threads = np.array([11, 7, 3]), np.array([6, 4, 2])
    arrays = [np.zeros(size[::-1], layout)]
    out = run(source("grid_inputs"), arrays, tuple(size), tuple(threads), "inputs3")[0]
    for z, y, x in np.ndindex(*size[::-1]):
        found, position = out[z, y, x], np.array([x, y, z])
        group, local = position // threads, position % threads
        actual = np.minimum(threads, size - group * threads)
        index = (local[2] * actual[1] + local[1]) * actual[0] + local[0]
        count = actual.prod()
        want = [position, local, group, -(-size // threads), actual, threads, size]
        assert all(np.array_equal(found[n], w) for n, w in zip(vectors, want, strict=True))
        want = [index, index % 32, index // 32, index % 4, index // 4, 32, 32]
        want += [-(-count // 32), 2, -(-count // 4), 12]
        assert [found[n] for n in numbers] == want
    out = run(source("grid_inputs"), [np.zeros((5, 9), np.uint16)], (9, 5, 1), (4, 3, 1), "inputs2")
    y, x = np.indices((5, 9))
    assert np.array_equal(out[0], y // 3 * 1000 + x // 4 * 100 + y % 3 * 10 + x % 4)


@pytest.mark.parametrize(("kernel", "order"), [("small", 8), ("8", 8), ("17", 17)])
def test_factors_of_matrices(run, rng, kernel, order) -> None:
    a = rng.standard_normal((4, order, order))
    a = (a @ a.transpose(0, 2, 1) + order * np.eye(order)).astype(np.float32)
    arrays = [a, np.zeros_like(a)]
    out = run(source("cholesky"), arrays, (4 * 32, 1, 1), (32, 1, 1), f"cholesky_{kernel}")[1]
    assert np.allclose(out, np.linalg.cholesky(a.astype(np.float64)), atol=1e-4)


def test_the_last_threadgroup_adds_what_all_wrote(run, rng) -> None:
    x = rng.integers(0, 99, 1000).astype(np.uint32)
    groups = -(-1000 // 64)
    arrays = [np.zeros(groups, np.uint32), np.zeros(1, np.uint32), np.zeros(1, np.uint32), x]
    out = run(source("message_passing"), arrays, (1000, 1, 1), (64, 1, 1), "last_one_adds")
    assert out[2].tolist() == [x.sum()]
    assert out[1].tolist() == [groups]


def test_atomics_of_every_type(run, rng) -> None:
    x = rng.integers(-1000, 1000, 300).astype(np.int32)
    layout = np.dtype(
        [("low", "i4"), ("high", "i4"), ("largest", "f4"), ("any_negative", "?"), ("bits", "3u4")],
        align=True,
    )
    start = np.array([(2**31 - 1, -(2**31), -1e9, False, (0, 2**32 - 1, 0))], layout)
    arrays = [start, x, np.array([0, 2**64 - 1], np.uint64)]
    found, _, wide = run(source("message_passing"), arrays, (300, 1, 1), kernel="extremes")
    (low, high, largest, any_negative, bits) = found[0]
    assert (low, high, largest, any_negative) == (x.min(), x.max(), x.max() / 2, True)
    words = x.view(np.uint32)
    folds = [np.bitwise_or, np.bitwise_and, np.bitwise_xor]
    assert bits.tolist() == [fold.reduce(words) for fold in folds]
    keys = x.astype(np.uint64) ** 2 << np.uint64(32) | np.arange(300, dtype=np.uint64)
    assert wide.tolist() == [keys.max(), keys.min()]


def test_quadgroups(run, rng) -> None:
    x = rng.integers(-5, 6, (16, 4)).astype(np.float32)
    out = run(
        source("quad_transform"), [x, np.zeros((5, 16, 4), np.float32)], (64, 1, 1), kernel="quads"
    )
    got = out[1]
    h = np.array([[1, 1], [1, -1]])
    assert np.array_equal(got[0], x @ np.kron(h, h))
    before = np.cumsum(x, 1) - x
    assert np.array_equal(got[1], x.sum(1, keepdims=True) + 100 * before)
    spread = x.max(1, keepdims=True) - x.min(1, keepdims=True)
    assert np.array_equal(got[2], np.broadcast_to(spread + 100 * x[:, 2:3], x.shape))
    votes = (x > 0) @ [1, 2, 4, 8] + 100 * (x > -2).all(1) + 1000 * (x > 2).any(1)
    assert np.array_equal(got[3], np.broadcast_to(votes[:, None], x.shape))
    filled = np.c_[np.full(16, 7), x[:, :3]]
    assert np.array_equal(got[4], np.roll(x, -1, 1) + 100 * filled)


@pytest.mark.parametrize(
    ("kernel", "dtype", "order"), [("int", np.int32, 1), ("half", np.float16, -1)]
)
def test_sorting_in_a_simdgroup(run, rng, kernel, dtype, order) -> None:
    x = rng.integers(-9, 10, (4, 32)).astype(dtype)
    arrays = [np.concatenate([x, np.zeros_like(x)])]
    out = run(source("quad_transform"), arrays, (128, 1, 1), kernel=f"sort_{kernel}")[0]
    assert np.array_equal(out[:4], np.sort(x, 1)[:, ::order])
    assert np.array_equal(out[4:], np.array([[len(np.unique(row))] * 32 for row in x], dtype))


@pytest.mark.parametrize("kernel", ["float32", "bfloat16"])
def test_functions_for_bfloat_of_a_librarys_own(run, rng, kernel) -> None:
    x = rng.integers(-4, 5, 32).astype(np.float32)
    is_small = kernel == "bfloat16"
    stored = (x.view(np.uint32) >> 16).astype(np.uint16) if is_small else x
    arrays = [stored, np.zeros_like(stored), np.zeros(32, np.float32)]
    _, out, extra = run(
        source("bfloat_mathematics"), arrays, (32, 1, 1), kernel=f"log_sum_exp_{kernel}"
    )
    sums = (out.astype(np.uint32) << 16).view(np.float32) if is_small else out
    want = np.exp(x - x.max()).sum()
    assert np.allclose(sums, want, rtol=2e-2 if is_small else 1e-6)
    fraction, power = np.frexp(x)
    shifted = np.r_[64, np.maximum(x, 0)[:-1]]
    assert np.array_equal(extra, 2 * fraction + np.abs(x) + power + shifted)


def test_rays_that_hit_spheres(run, rng) -> None:
    layout = np.dtype([("centre", "3f4"), ("radius", "f4")])
    spheres = np.array([((0, 0, 5), 1), ((3, 1, 6), 2)], layout)
    hits = [[0, 0, 1], [0.1, 0, 1], [3, 1, 6]]
    directions = np.r_[rng.standard_normal((59, 3)), hits].astype(np.float32)
    arrays = [spheres, np.array([2], np.int32), directions, np.zeros((62, 4), np.float32)]
    out = run(source("ray_march"), arrays, (62, 1, 1), kernel="trace")[3]
    unit = directions / np.linalg.norm(directions, axis=1, keepdims=True)
    nearest = np.full(62, np.inf)
    want = np.tile([0, 0, 0, -1.0], (62, 1))
    clear = np.ones(62, bool)
    for centre, radius in spheres:
        along = unit @ centre
        square = along**2 - centre @ centre + radius**2
        clear &= np.abs(square) > 0.05  # grazing rays converge slowly
        t = np.where((square > 0) & (along > 0), along - np.sqrt(np.maximum(square, 0)), np.inf)
        better = t < nearest
        nearest[better] = t[better]
        normal = (t[better, None] * unit[better] - centre) / radius
        mirrored = unit[better] - 2 * (unit[better] * normal).sum(1, keepdims=True) * normal
        want[better] = np.c_[mirrored, t[better]]
    assert (nearest < np.inf).sum() >= 3
    assert np.allclose(out[clear], want[clear], atol=5e-3)


def test_distances_to_shapes(run, rng) -> None:
    p = np.zeros((40, 4), np.float32)
    p[:, :3] = rng.uniform(-5, 5, (40, 3))
    out = run(source("ray_march"), [p, np.zeros_like(p)], (40, 1, 1), kernel="shapes")[1]
    q = np.abs(p[:, :3]) - [1, 2, 3]
    a = np.linalg.norm(np.maximum(q, 0), axis=1) + np.minimum(q.max(1), 0)
    b = np.linalg.norm(p[:, :3], axis=1) - 1
    h = np.clip(0.5 + 0.5 * (b - a) / 0.5, 0, 1)
    blend = b + (a - b) * h - 0.5 * h * (1 - h)
    assert np.allclose(out[:, :3], np.c_[a, b, blend], atol=1e-5)


def test_forces_of_a_fluid_through_a_vendors_macros(run, rng) -> None:
    count, edge = 64, 5.0
    lattice = np.stack(np.meshgrid(*[np.arange(4)] * 3), -1).reshape(-1, 3) * 1.25
    places = np.zeros((count, 4), np.float32)
    places[:, :3] = lattice + rng.uniform(-0.1, 0.1, (count, 3))
    radius, depth = rng.uniform(0.4, 0.5, count), rng.uniform(0.8, 1, count)
    shapes = np.stack([radius, depth], 1).astype(np.float32)
    box = [np.full(4, value, np.float32) for value in (edge, 1 / edge)]
    arrays = [np.zeros((3, count), np.int64), np.zeros(128, np.float32), places, *box, shapes]
    out = run(
        source("nonbonded"),
        [*arrays, np.array([count], np.int32)],
        (128, 1, 1),
        (64, 1, 1),
        kernel="nonbonded",
    )
    d = places[None, :, :3].astype(float) - places[:, None, :3]
    d -= np.floor(d / edge + 0.5) * edge
    squares = (d**2).sum(-1)
    near = (squares < 25) & ~np.eye(count, dtype=bool)
    squares[~near] = np.inf
    s6 = ((radius[:, None] + radius) ** 2 / squares) ** 3
    weight = depth[:, None] * depth * s6
    force = -(d * (weight * (12 * s6 - 6) / squares)[..., None]).sum(1)
    assert np.allclose(out[0].T / 2**32, force, atol=1e-4 * np.abs(force).max())
    assert out[1].sum() == pytest.approx((0.5 * weight * (s6 - 1)).sum(), rel=1e-4)
