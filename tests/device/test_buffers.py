"""Buffers and their views."""

from __future__ import annotations

import gc

import numpy as np
import pytest

from assay.errors import DeviceError


@pytest.mark.parametrize("nbytes", [1, 4, 17, 4096, 5_000_000])
def test_new_buffer_is_zero(device, nbytes):
    buffer = device.buffer(nbytes)
    assert buffer.nbytes == nbytes
    view = buffer.view(np.uint8)
    assert view.shape == (nbytes,)
    assert not view.any()


def test_size_may_be_a_numpy_integer(device):
    assert device.buffer(np.int64(64)).nbytes == 64


@pytest.mark.parametrize("dtype", [np.float32, np.uint32, np.uint8, np.float16, np.int64, bool])
def test_buffer_from_array_is_a_copy(device, dtype):
    array = np.arange(60).reshape(3, 4, 5).astype(dtype)
    buffer = device.buffer(array)
    expected = array.copy()
    array[:] = 0
    np.testing.assert_array_equal(buffer.view(dtype, (3, 4, 5)), expected)


def test_views_alias_the_memory(device):
    buffer = device.buffer(16)
    floats, words = buffer.view("float32"), buffer.view(np.uint32, (2, 2))
    floats[:] = 1.0
    assert words.tolist() == [[0x3F800000] * 2] * 2
    words[:] = 0
    assert not floats.any()


def test_view_keeps_the_memory(device):
    view = device.buffer(np.arange(1000, dtype=np.float32)).view(np.float32)
    gc.collect()
    np.testing.assert_array_equal(view, np.arange(1000))


def test_view_of_a_part_and_with_a_plain_integer_shape(device):
    buffer = device.buffer(np.arange(10, dtype=np.uint32))
    assert buffer.view(np.uint32, 4).tolist() == [0, 1, 2, 3]
    assert buffer.view(np.uint32, (0, 5)).shape == (0, 5)


def test_data_is_aligned_for_vectors(device):
    for nbytes in (1, 20, 33, 4097):
        assert device.buffer(nbytes).view(np.uint8).ctypes.data % 16 == 0


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (0, "at least 1 byte"),
        (-5, "at least 1 byte"),
        (np.zeros(0, np.float32), "at least 1 byte"),
        (np.zeros((4, 4), np.float32).T[1:], "not C-contiguous"),
        (np.array([object()]), "Python objects"),
        (2**62, "cannot be allocated"),
    ],
)
def test_impossible_buffer(device, content, expected):
    with pytest.raises(DeviceError, match=expected) as caught:
        device.buffer(content)
    assert caught.value.kind == "invalid"


@pytest.mark.parametrize("content", ["4", 1.5, None])
def test_buffer_of_something_else(device, content):
    with pytest.raises(TypeError):
        device.buffer(content)


@pytest.mark.parametrize(
    ("dtype", "shape", "expected"),
    [
        (np.float32, None, "whole number of float32"),
        (np.float32, (3,), "does not fit a buffer of 10 bytes"),
        (np.uint8, (2**40, 2**40), "does not fit"),
        (np.uint8, (-1,), "does not fit"),
        (object, None, "cannot be viewed"),
    ],
)
def test_impossible_view(device, dtype, shape, expected):
    with pytest.raises(DeviceError, match=expected) as caught:
        device.buffer(10).view(dtype, shape)
    assert caught.value.kind == "invalid"
