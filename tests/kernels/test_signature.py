from __future__ import annotations

from types import SimpleNamespace

import pytest

from assay.errors import CompileError, PipelineError
from assay.kernels.folder import load_task
from assay.kernels.signature import check_signatures, compatible, pipeline_finding
from assay.kernels.spec import Argument


def argument(index, type, line=9, kind="buffer"):
    return SimpleNamespace(kind=kind, index=index, type=type, name=f"a{index}", line=line, column=5)


def kernel(name, *arguments):
    return SimpleNamespace(name=name, arguments=arguments, line=8)


SAXPY = (
    argument(0, "device const float *"),
    argument(1, "device float *", 10),
    argument(2, "constant float &", 11),
    argument(3, "constant uint &", 12),
)


@pytest.mark.parametrize(
    ("found", "wanted", "fits"),
    [
        ("device const float *", "device const float* x", True),
        ("const device float*", "device const float* x", True),
        ("device float *", "device const float* x", True),
        ("constant float *", "device const float* x", True),
        ("device const float * __restrict", "device const float* x", True),
        ("device const metal::float4 *", "device const float4* x", True),
        ("device const real *", "device const float* x", True),
        ("constant uint32_t &", "constant uint& n", True),
        ("constant unsigned int &", "constant uint& n", True),
        ("device const int *", "device const float* x", False),
        ("device const half *", "device const float* x", False),
        ("device const float4 *", "device const float* x", False),
        ("device const float3 *", "device const float4* x", False),
        ("constant int &", "constant uint& n", False),
        ("device const float *", "device float* y", False),
        ("constant float *", "device float* y", False),
        ("threadgroup float *", "device const float* x", False),
    ],
)
def test_which_types_can_take_what_the_host_binds(found, wanted, fits):
    assert compatible(found, Argument.parse(0, wanted)) is fits


def test_the_given_signature_passes_with_any_built_in_inputs():
    spec = load_task("saxpy").spec
    lane = argument(None, "uint", kind="thread_index_in_simdgroup")
    check_signatures(spec, [kernel("saxpy", *SAXPY, lane), kernel("other", argument(7, "bool &"))])
    check_signatures(spec, None)


def test_a_kernel_may_leave_arguments_out():
    check_signatures(load_task("saxpy").spec, [kernel("saxpy", *SAXPY[:2])])


def with_argument(changed):
    arguments = [a for a in SAXPY if a.index != changed.index] + [changed]
    return [kernel("saxpy", *arguments)]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (argument(9, "device float *", 42), r"binds no \[\[buffer\(9\)\]\]"),
        (argument(0, "threadgroup float *", 42, "threadgroup"), "threadgroup"),
    ],
)
def test_arguments_that_the_host_does_not_bind_are_errors_on_their_line(wrong, message):
    with pytest.raises(CompileError, match=message) as caught:
        check_signatures(load_task("saxpy").spec, with_argument(wrong))
    [diagnostic] = caught.value.diagnostics
    assert (diagnostic.line, diagnostic.column, diagnostic.rule) == (42, 5, "signature")
    assert diagnostic.severity == "error"
    assert diagnostic.hint


@pytest.mark.parametrize(
    "wrong", [argument(2, "constant int &", 42), argument(0, "device const float4 *", 42)]
)
def test_other_types_are_warnings_on_their_line(wrong):
    """Metal binds bytes and checks no types: what such a kernel computes decides."""
    [warning] = check_signatures(load_task("saxpy").spec, with_argument(wrong))
    assert (warning.line, warning.column, warning.rule) == (42, 5, "signature")
    assert warning.severity == "warning"
    assert f"buffer {wrong.index} of 'saxpy' is" in warning.message
    assert warning.hint


def test_a_missing_kernel_names_the_nearest():
    present = [kernel("saxpi"), kernel("zzz")]
    with pytest.raises(PipelineError, match="it defines saxpi, zzz; rename 'saxpi'") as caught:
        check_signatures(load_task("saxpy").spec, present)
    finding = pipeline_finding(caught.value, "", present)
    assert (finding.line, finding.rule) == (8, "missing-kernel")


def test_a_missing_kernel_is_not_told_to_take_the_name_of_another_that_the_task_needs():
    present = [kernel("lj_clear_cells"), kernel("lj_step")]
    with pytest.raises(PipelineError, match=r"it defines lj_clear_cells, lj_step$"):
        check_signatures(load_task("lj").spec, present)


def test_threadgroup_memory_is_reported_where_it_is_declared():
    source = "\n" * 9 + "  threadgroup float *p = q;\n  threadgroup float tile[9999];\n"
    error = PipelineError("f", "Threadgroup memory size exceeds the maximum")
    assert pipeline_finding(error, source, [kernel("f")]).line == 11
