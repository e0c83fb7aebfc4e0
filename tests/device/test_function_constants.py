"""Values for function constants: which the device takes, and what it says about the others."""

from __future__ import annotations

import numpy as np
import pytest

from assay.errors import PipelineError

# The value has the type of the components in C, so that it is seen how the device converted it.
KERNEL = """
#ifndef CONSTANT_3
#define CONSTANT_3 -1
#endif
PLAIN(k, %(type)s value[] = {CONSTANT_3};
  for (unsigned i = 0; i < sizeof value / sizeof *value; ++i)
    ((%(type)s *)buffers[0])[i] = value[i];)
"""


@pytest.fixture(scope="session")
def make(library, constant):
    """``make(scalar, width, **layout)``: a library whose kernel k has the constant v, index 3."""

    def make(scalar: str = "int", width: int = 1, kind: str = "long", **fields):
        return library(
            KERNEL % {"type": kind}, constants=[constant("v", 3, scalar, width, **fields)]
        )

    return make


@pytest.fixture(scope="session")
def value(device, make, run):
    """The value of v as the kernel sees it, of numpy's type ``dtype``."""

    def ask(given, scalar: str = "int", dtype=np.int64, key="v", **fields) -> np.ndarray:
        width = np.size(given)
        kind = (
            "double" if dtype is np.float64 else "unsigned long" if dtype is np.uint64 else "long"
        )
        kernel = make(scalar, width, kind, **fields).pipeline("k", constants={key: given})
        buffer = device.buffer(np.zeros(width, dtype))
        run(kernel, [buffer], (1, 1, 1), (1, 1, 1))
        return buffer.view(dtype, (width,)).copy()

    return ask


@pytest.mark.parametrize(
    ("scalar", "low", "high"),
    [
        ("char", -(2**7), 2**7 - 1),
        ("uchar", 0, 2**8 - 1),
        ("short", -(2**15), 2**15 - 1),
        ("ushort", 0, 2**16 - 1),
        ("int", -(2**31), 2**31 - 1),
        ("uint", 0, 2**32 - 1),
        ("long", -(2**63), 2**63 - 1),
        ("ulong", 0, 2**64 - 1),
    ],
)
def test_integers_within_their_range(make, value, scalar, low, high) -> None:
    dtype = np.uint64 if scalar == "ulong" else np.int64
    for number in (low + (low == -(2**63)), 0, 1, high):
        assert value(number, scalar, dtype)[0] == number
    library = make(scalar)
    for number in (low - 1, high + 1):
        with pytest.raises(PipelineError, match=f"^k: {number} does not fit"):
            library.pipeline("k", {"v": number})


def rounded(number: float, scalar: str) -> float:
    """The number as a value of the type; bfloat is the upper half of a float."""
    if scalar == "half":
        return float(np.float16(number))
    single = np.array(number, np.float32)
    if scalar == "bfloat":
        bits = int(single.view(np.uint32))
        upper = (bits + 0x7FFF + (bits >> 16 & 1)) >> 16 << 16
        single = np.array(upper, np.uint32).view(np.float32)
    return float(single)


@pytest.mark.parametrize("number", [0.1, -3, 0, 65504.0, 1e-8])
@pytest.mark.parametrize("scalar", ["half", "bfloat", "float"])
def test_numbers_for_floats(value, scalar, number) -> None:
    # A device may round the value at once, or leave that to the type of the constant.
    found = float(value(number, scalar, np.float64)[0])
    assert found in (number, rounded(number, scalar))


@pytest.mark.parametrize(
    ("scalar", "number"), [("half", 65505), ("bfloat", 3.4e38), ("float", 1e39)]
)
def test_floats_have_a_largest_value(make, scalar, number) -> None:
    with pytest.raises(PipelineError, match=f"does not fit function constant 'v' .* {scalar}$"):
        make(scalar).pipeline("k", {"v": number})


def test_numpy_scalars_arrays_and_sequences(value) -> None:
    assert value(np.int16(-7))[0] == -7
    assert value(np.float32(0.5), "float", np.float64)[0] == 0.5
    assert value(np.array([1, 2, 3], np.uint8), "uint").tolist() == [1, 2, 3]
    assert value((4, 5), "short").tolist() == [4, 5]
    assert value([1.5, 2, -3, 4], "half", np.float64).tolist() == [1.5, 2, -3, 4]


def test_by_index(value) -> None:
    assert value(5, key=3)[0] == 5


def test_optional_constants_need_no_value(device, make, run) -> None:
    kernel = make(optional=True).pipeline("k")
    buffer = device.buffer(np.zeros(1, np.int64))
    run(kernel, [buffer], (1, 1, 1), (1, 1, 1))
    assert buffer.view(np.int64, (1,))[0] == -1


@pytest.mark.parametrize(
    ("scalar", "width", "constants", "message"),
    [
        ("int", 1, None, r"'v' \(index 3\) has no value: pass constants=\{\"v\": …\} of type int"),
        ("int", 1, {}, "'v' .index 3. has no value"),
        ("half", 3, {}, "has no value: .* of type half3"),
        ("int", 1, {"v": 1, "w": 2}, r"no function constant 'w'; the kernel has: v \(index 3\)$"),
        ("int", 1, {"V": 1}, "no function constant 'V'"),
        ("int", 1, {4: 1}, "there is no function constant with index 4; the kernel has: v"),
        ("int", 1, {-1: 1}, "no function constant -1: give its name or its index"),
        ("int", 1, {2**40: 1}, "no function constant 1099511627776: give its name"),
        ("int", 1, {None: 1}, "no function constant None: give its name or its index"),
        ("int", 1, {"v": 1, 3: 1}, "'v' .index 3. is given by name and by index: give it once"),
        ("int", 1, {"v": 1.0}, "'v' .index 3. is of type int: give an integer, not 1$"),
        ("int", 1, {"v": True}, "is of type int: give an integer, not true"),
        ("float", 1, {"v": False}, "is of type float: give a number, not false"),
        ("bool", 1, {"v": 1}, "is of type bool: give true or false, not 1"),
        ("int", 1, {"v": "1"}, "cannot have the value '1': give a bool, an integer"),
        ("int", 1, {"v": None}, "cannot have the value None"),
        ("int", 1, {"v": 2**64}, "18446744073709551616 does not fit any type"),
        ("int", 1, {"v": (1, 2)}, "is of type int: give one value, not 2"),
        ("int", 1, {"v": ()}, "is of type int: give one value, not 0"),
        ("float", 4, {"v": 1.0}, "is of type float4: give 4 components, not 1"),
        ("float", 2, {"v": ((1, 2), (3, 4))}, "cannot have the value .1, 2."),
    ],
)
def test_wrong_values(make, scalar, width, constants, message) -> None:
    with pytest.raises(PipelineError, match=message):
        make(scalar, width).pipeline("k", constants)


def test_a_near_name_is_suggested(library, constant) -> None:
    made = library(KERNEL % {"type": "long"}, constants=[constant("has_bias", 0)])
    with pytest.raises(PipelineError, match="Did you mean 'has_bias'"):
        made.pipeline("k", {"has_bais": 1})


def test_values_of_other_kernels_are_left_out(library, constant) -> None:
    code = "PLAIN(first, )\nPLAIN(second, )"
    constants = [constant("a", 0, kernels="first"), constant("b", 1, kernels="second")]
    made = library(code, constants=constants)
    values = {"a": 1, "b": 2}
    assert made.pipeline("first", values).name == "first"
    assert made.pipeline("second", values).name == "second"
    with pytest.raises(
        PipelineError, match=r"no function constant 'c'; the kernel has: a \(index 0\)$"
    ):
        made.pipeline("first", {"a": 1, "c": 1})


def test_without_constants_there_are_none_to_give(library) -> None:
    with pytest.raises(PipelineError, match="no function constant 'c'; the kernel has none"):
        library("PLAIN(k, )").pipeline("k", {"c": 1})
    with pytest.raises(PipelineError, match="there is no kernel 'x'"):
        library("PLAIN(k, )").pipeline("x", {"c": 1})
