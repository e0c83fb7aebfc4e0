"""Sources that mix kernels on buffers with textures, ray tracing and the graphics pipeline."""

from pathlib import Path

import numpy as np
import pytest

from assay import msl
from assay.errors import CompileError

SOURCE = (Path(__file__).with_name("renderer.metal")).read_text()


def test_kernels_on_buffers_are_compiled_and_the_rest_is_named() -> None:
    program = msl.compile(SOURCE)
    assert [kernel.name for kernel in program.kernels] == ["tonemap", "fill_float"]
    lines = SOURCE.splitlines()
    found = {(w.message.split("'")[1], w.rule, w.severity) for w in program.warnings}
    kinds = {
        "trace": "unsupported-type",
        "resolve": "unsupported-type",
        "sample_all": "unsupported-type",
        "copy_texture": "unsupported-type",
        "hit_sphere": "unsupported-function",
        "vertex_main": "unsupported-function",
        "fragment_main": "unsupported-function",
    }
    assert found == {(name, rule, "warning") for name, rule in kinds.items()}
    for warning in program.warnings:
        assert warning.message.split("'")[1] in lines[warning.line - 1]


def test_the_reason_is_what_a_kernel_leads_to() -> None:
    reasons = {w.message.split("'")[1]: w.message for w in msl.compile(SOURCE).warnings}
    assert "'texture2d'" in reasons["resolve"]
    assert "'primitive_acceleration_structure'" in reasons["trace"]


def test_the_remaining_kernels_run(run) -> None:
    image = np.arange(32, dtype=np.float32).reshape(8, 4)
    out = run(SOURCE, [image.copy()], (8, 1, 1), kernel="tonemap")[0].reshape(8, 4)
    weights = np.array([0.25, 0.5, 0.25], np.float32)
    assert np.array_equal(out[:, 0], 2 * (image[:, :3] @ weights) + image[1, 3])
    assert np.array_equal(out[:, 1:], image[:, 1:])


def test_mistakes_in_the_rest_keep_their_lines() -> None:
    wrong = SOURCE.replace("scaled(luminance(", "scaled(luminanze(")
    with pytest.raises(CompileError) as caught:
        msl.compile(wrong)
    (error,) = caught.value.diagnostics
    assert "luminanze" in wrong.splitlines()[error.line - 1]


def test_names_of_types_as_variables() -> None:
    program = msl.compile("""
struct Sampler { uint state; uint next() { return state = state * 3 + 1; } };
struct Mesh { uint count; };
constant Mesh intersector = {3};
struct Path { struct { uint seed; } sampler; };
namespace raytracing { struct ray { float t; }; }
uint draw(thread Sampler &sampler) { return sampler.next(); }
kernel void k(device uint *x, constant Mesh &mesh) {
  Sampler sampler{1};
  Path path;
  path.sampler.seed = draw(sampler);
  float ray = raytracing::ray{1}.t;
  x[0] = sampler.next() + mesh.count + path.sampler.seed + ray + intersector.count;
}
""")
    assert program.warnings == ()


def test_kernels_that_use_a_variable_left_out_are_left_out() -> None:
    program = msl.compile("""
#include <metal_stdlib>
using namespace metal;
constant array<sampler, 1> samplers = {sampler()};
kernel void uses(device uint *x) { x[0] = sizeof(samplers); }
kernel void shadows(device uint *x) { uint samplers = 1; x[0] = samplers; }
""")
    assert [kernel.name for kernel in program.kernels] == ["shadows"]


def test_nothing_remains_of_a_file_without_kernels_on_buffers() -> None:
    with pytest.raises(CompileError) as caught:
        msl.compile(
            SOURCE.replace("kernel void tonemap", "vertex void tonemap").split("template")[0]
        )
    assert {d.rule for d in caught.value.diagnostics} == {"unsupported-type"}
