"""Choice of the device."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

import assay
from assay.errors import DeviceError

pytestmark = pytest.mark.cpu_device


def test_names():
    assert assay.device_names() == ["metal", "cpu"]


def test_the_processor_is_the_default_without_metal():
    assert assay.device().name == "cpu"
    assert assay.device() is assay.device("cpu")


def test_description_and_limits():
    device = assay.device("cpu")
    assert re.search(r".+, \d+ threads?$", device.description)
    assert device.max_threadgroup_memory == 32768


def test_metal_is_unavailable_here():
    with pytest.raises(DeviceError, match=r'use the CPU device: assay\.device\("cpu"\)') as caught:
        assay.device("metal")
    assert caught.value.kind == "unavailable"


def test_unknown_name():
    with pytest.raises(DeviceError, match=r"known are: metal, cpu. Did you mean 'metal'") as caught:
        assay.device("metl")
    assert caught.value.kind == "invalid"


def python(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | environment,
    )


def test_number_of_threads_from_the_environment():
    code = "import assay; print(assay.device('cpu').description)"
    assert python(code, ASSAY_THREADS="3").stdout.strip().endswith(", 3 threads")
    assert "ASSAY_THREADS is 'many'" in python(code, ASSAY_THREADS="many").stderr


def test_import_is_light():
    code = "import sys, assay; assert assay.device('cpu'); print('numpy' in sys.modules)"
    assert python(code).stdout.strip() == "False"
