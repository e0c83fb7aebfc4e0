from __future__ import annotations

import hashlib
import importlib
import json
import os
import sys
from pathlib import Path

import numpy as np
import pytest

import assay
from assay.kernels import roofline
from assay.kernels.evaluator import Evaluator, Settings
from assay.kernels.folder import load_folder

HERE = Path(__file__).parent
GOLDEN = json.loads((HERE.parent / "data" / "metal-sci-golden.json").read_text())["tasks"]

TASK = """
name = "twice"
regime = "test"
lever = "none"
ceiling = "bandwidth"
work = "8 * n"
unit = "GB/s"
brief = "y = 2 x"
[constants]
factor = 2.0
[kernels.twice]
grid = ["n"]
threadgroup = { rule = "line", width = 64 }
position = "uint i"
arguments = ["device const float* x", "device float* y", "constant float& factor = factor"]
[sizes]
small = { n = 8 }
large = { n = 100 }
[held_out]
middle = { n = 37 }
[tolerance]
absolute = 1e-6
[strict]
absolute = 1e-7
poison = ["y"]
"""

TASK_PY = """
import numpy as np
from assay.kernels.task import Task

class Twice(Task):
    def inputs(self, size, rng):
        return {"x": rng.uniform(1, 2, size.n).astype(np.float32)}
    def buffers(self, size, inputs):
        return {"x": inputs["x"], "y": np.zeros_like(inputs["x"])}
    def encode(self, encoder, size):
        encoder.dispatch("twice", x="x", y="y")
    def result(self, size, buffers):
        return buffers["y"]
    def cases(self, rng):
        yield {"n": int(rng.integers(200, 300)), "factor": 3.0}
        yield {"n": 1}
"""

REFERENCE_PY = """
import numpy as np
def reference(inputs, size):
    return inputs["x"] * np.float32(size.factor)
"""

GOOD = "def twice(b, grid):\n    b[1][:] = b[0] * b[2][0]\n"


@pytest.fixture(scope="session", autouse=True)
def cache(tmp_path_factory):
    """One cache for all tests of this folder, so that the compiler's parts are built once."""
    directory = tmp_path_factory.mktemp("cache")
    before = os.environ.get("ASSAY_CACHE")
    os.environ["ASSAY_CACHE"] = str(directory)
    yield directory
    if before is None:
        del os.environ["ASSAY_CACHE"]
    else:
        os.environ["ASSAY_CACHE"] = before


@pytest.fixture
def twice_folder(tmp_path):
    """Path of a small task that doubles a vector; its seed is for the fake device."""
    folder = tmp_path / "twice"
    folder.mkdir()
    (folder / "task.toml").write_text(TASK)
    (folder / "task.py").write_text(TASK_PY)
    (folder / "reference.py").write_text(REFERENCE_PY)
    (folder / "seed.metal").write_text(GOOD)
    return folder


@pytest.fixture
def twice(twice_folder):
    return load_folder(twice_folder)


@pytest.fixture
def fake(monkeypatch):
    """The module of the fake device, importable in worker processes too; its ceilings are 1. Nobody
    waits for its times to settle."""
    monkeypatch.syspath_prepend(str(HERE))
    monkeypatch.setattr("assay.kernels.settling.SECONDS", 0.0)  # Its times are what a source says.
    paths = [str(HERE), os.environ.get("PYTHONPATH", "")]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, paths)))
    module = importlib.import_module("fake_kernel_device")
    roof = roofline.Ceilings(bandwidth_gb_s=1.0, fp32_gflops=1.0, source="measured")
    roofline._file(module.Device()).write_text(roof.model_dump_json())
    return module


@pytest.fixture(scope="module")
def roomy_ceilings(cache):
    """Ceilings of the CPU device that no processor reaches and none is too far away from: measured
    ones depend on what else the machine did."""
    path = roofline._file(assay.device("cpu"))
    before = path.read_text() if path.exists() else None
    curve = tuple((size, 1e5) for size in roofline.WORKING_SETS)
    roofs = roofline.Ceilings(
        bandwidth_gb_s=1e3, fp32_gflops=1e4, source="measured", curve=curve, launch_seconds=0.0
    )
    path.write_text(roofs.model_dump_json())
    yield
    if before is None:
        path.unlink()
    else:
        path.write_text(before)


@pytest.fixture
def evaluator(fake):
    with Evaluator("fake", Settings(timeout=2.0), fake.open_device) as evaluator:
        yield evaluator


@pytest.fixture(scope="session")
def cpu(cache):
    """The CPU device in a worker process, with as few repetitions as there can be."""
    if sys.platform == "darwin":
        pytest.skip("the CPU device needs Linux")
    with Evaluator("cpu", Settings(warmup=0, measure=1, timeout=300)) as evaluator:
        yield evaluator


@pytest.fixture
def good():
    return GOOD


@pytest.fixture(scope="session")
def golden():
    return GOLDEN


@pytest.fixture(scope="session")
def digest():
    return lambda array: hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()[:16]
