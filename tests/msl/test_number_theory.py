"""Programs in the style of libraries: hashes, number theory, number formats, transforms."""

import hashlib
from pathlib import Path

import numpy as np
import pytest

SOURCES = Path(__file__).parent / "production"


def source(name: str) -> str:
    return (SOURCES / f"{name}.metal").read_text()


@pytest.mark.parametrize("length", [0, 3, 55])
def test_sha3(run, rng, length) -> None:
    messages = rng.integers(0, 256, (7, length)).astype(np.uint8)
    padded = messages if length else np.zeros(1, np.uint8)
    arrays = [padded, np.zeros((7, 32), np.uint8), np.array([length], np.uint32)]
    digests = run(source("hashes"), arrays, (7, 1, 1), kernel="sha3_256")[1]
    want = [hashlib.sha3_256(message.tobytes()).digest() for message in messages]
    assert [digest.tobytes() for digest in digests] == want


def root_bits(count: int, root: float) -> np.ndarray:
    """The first 32 bits of the fractional parts of roots of the first primes."""
    primes = [n for n in range(2, 400) if all(n % d for d in range(2, n))][:count]
    exact = [round(prime * 2 ** (64 if root == 2 else 96)) for prime in primes]
    values = []
    for number in exact:
        low, high = 0, 1 << 64
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if middle**root <= number else (low, middle)
        values.append(low & 0xFFFFFFFF)
    return np.array(values, np.uint32)


def test_sha2(run, rng) -> None:
    messages = rng.integers(0, 256, (5, 40)).astype(np.uint8)
    arrays = [messages, np.zeros((5, 8), np.uint32), np.array([40], np.uint32)]
    arrays += [root_bits(8, 2), root_bits(64, 3)]
    digests = run(source("hashes"), arrays, (5, 1, 1), kernel="sha2_256")[1]
    want = [hashlib.sha256(message.tobytes()).digest() for message in messages]
    assert [digest.astype(">u4").tobytes() for digest in digests] == want


@pytest.mark.parametrize("exponent", [3, 65537])
def test_arithmetic_modulo_a_prime(run, rng, exponent) -> None:
    prime = 2**255 - 19
    numbers = [
        prime - 1,
        1,
        0,
        *(int.from_bytes(rng.bytes(32), "little") % prime for _ in range(9)),
    ]
    limbs = np.array([[n >> 64 * i & (2**64 - 1) for i in range(4)] for n in numbers], np.uint64)
    arrays = [limbs, np.zeros_like(limbs)]
    name = f"polynomial_{exponent}"
    out = run(source("prime_field"), arrays, (len(numbers), 1, 1), kernel=name)[1]
    got = [sum(int(limb) << 64 * i for i, limb in enumerate(row)) for row in out]
    want = [(pow(n, exponent, prime) + n * n - i - 1) % prime for i, n in enumerate(numbers)]
    assert got == want


# The known answers that the authors of the generator publish for twenty rounds.
THREEFRY = {
    "zeros": ([0, 0], [0, 0], [0x6B200159, 0x99BA4EFE]),
    "ones": ([0xFFFFFFFF] * 2, [0xFFFFFFFF] * 2, [0x1CB996FC, 0xBB002BE7]),
    "pi": ([0x13198A2E, 0x03707344], [0x243F6A88, 0x85A308D3], [0xC4923A9C, 0x483DF7A0]),
}


def threefry(key: list[int], count: list[int]) -> list[int]:
    """The definition, word by word."""
    ks = [*key, key[0] ^ key[1] ^ 0x1BD11BDA]
    x, y = (count[0] + ks[0]) % 2**32, (count[1] + ks[1]) % 2**32
    for block in range(5):
        for r in ((13, 15, 26, 6), (17, 29, 16, 24))[block % 2]:
            x = (x + y) % 2**32
            y = ((y << r | y >> (32 - r)) ^ x) % 2**32
        x = (x + ks[(block + 1) % 3]) % 2**32
        y = (y + ks[(block + 2) % 3] + block + 1) % 2**32
    return [x, y]


@pytest.mark.parametrize("case", THREEFRY)
def test_the_definition_of_threefry_gives_the_known_answers(case) -> None:
    key, count, want = THREEFRY[case]
    assert threefry(key, count) == want


@pytest.mark.parametrize("length", [24, 21])
def test_random_bytes(run, rng, length) -> None:
    keys = rng.integers(0, 2**32, (3, 2)).astype(np.uint32)
    words = -(-length // 8)
    arrays = [keys, np.zeros((3, length), np.uint8), np.array([length], np.uint32)]
    out = run(source("threefry"), arrays, (3, words, 1), (1, 1, 1), "random_bytes")[1]
    for row, key in zip(out, keys, strict=True):
        pairs = [threefry(key.tolist(), [i, i + words]) for i in range(words)]
        want = np.array([p[0] for p in pairs] + [p[1] for p in pairs], np.uint32).tobytes()
        assert row.tobytes() == want[:length]


@pytest.mark.parametrize(("n", "steps"), [(64, (3, 0)), (128, (3, 1)), (4, (1, 0))])
@pytest.mark.parametrize("inverse", [False, True])
def test_fourier_transforms(run, rng, n, steps, inverse) -> None:
    z = (rng.standard_normal((3, n)) + 1j * rng.standard_normal((3, n))).astype(np.complex64)
    constants = {"inverse": inverse, "radix_4_steps": steps[0]}
    constants |= {"radix_2_steps_given": steps[1]} if steps[1] else {}
    arrays = [z, np.zeros_like(z), np.array([n], np.int32)]
    groups = ((n // 2, 3, 1), (n // 2, 1, 1), "fft_256_float2_float2")
    out = run(source("radix_fft"), arrays, *groups, constants=constants)[1]
    want = (np.fft.ifft if inverse else np.fft.fft)(z.astype(np.complex128))
    assert np.allclose(out, want, atol=2e-5)


def test_fourier_transforms_of_reals(run, rng) -> None:
    x = rng.standard_normal((2, 16)).astype(np.float32)
    constants = {"inverse": False, "radix_4_steps": 2}
    arrays = [x, np.zeros((2, 16), np.complex64), np.array([16], np.int32)]
    shape = ((8, 2, 1), (8, 1, 1))
    text = source("radix_fft")
    z = run(text, arrays, *shape, "fft_256_float_float2", constants=constants)[1]
    assert np.allclose(z, np.fft.fft(x), atol=1e-5)
    arrays = [z.copy(), np.zeros((2, 16), np.float32), arrays[2]]
    constants["inverse"] = True
    back = run(text, arrays, *shape, "fft_256_float2_float", constants=constants)[1]
    assert np.allclose(back, x, atol=1e-5)


def float8(bits: int, exponent_bits: int, infinity: bool) -> float:
    """A number of 8 bits by the definition of the format."""
    m = 7 - exponent_bits
    bias = 2 ** (exponent_bits - 1) - 1
    sign, e, f = -1.0 if bits & 128 else 1.0, bits >> m & (2**exponent_bits - 1), bits % 2**m
    if infinity and e == 2**exponent_bits - 1:
        return sign * float("inf") if f == 0 else float("nan")
    if not infinity and bits & 127 == 127:
        return float("nan")
    fraction = f / 2**m + (e > 0)
    return sign * fraction * 2.0 ** (max(e, 1) - bias)


@pytest.mark.parametrize(
    ("kernel", "dtype", "exponent_bits"),
    [("decode_e4m3_float", np.float32, 4), ("decode_e5m2", np.float16, 5)],
)
def test_numbers_of_eight_bits(run, kernel, dtype, exponent_bits) -> None:
    bits = np.arange(256, dtype=np.uint8)
    out = run(source("small_floats"), [bits, np.zeros(256, dtype)], (256, 1, 1), kernel=kernel)[1]
    want = [float8(int(b), exponent_bits, exponent_bits == 5) for b in bits]
    assert np.array_equal(out, np.array(want, dtype), equal_nan=True)


@pytest.mark.parametrize(("kernel", "dtype"), [("f32", np.float32), ("f16", np.float16)])
def test_blocks_of_four_bits(run, rng, kernel, dtype) -> None:
    blocks = np.zeros(6, np.dtype([("scale", np.uint8), ("nibbles", np.uint8, 16)]))
    q = rng.integers(0, 16, (6, 2, 16)).astype(np.uint8)
    blocks["scale"] = rng.integers(120, 134, 6)
    blocks["nibbles"] = q[:, 0] | q[:, 1] << 4
    arrays = [blocks, np.zeros((6, 2, 16), dtype)]
    out = run(source("small_floats"), arrays, (12, 1, 1), kernel=f"expand_mx4_{kernel}")[1]
    table = np.array([0, 0.5, 1, 1.5, 2, 3, 4, 6])
    values = np.concatenate([table, -table])[q]
    assert np.array_equal(out, values * 2.0 ** (blocks["scale"].astype(int) - 127)[:, None, None])
