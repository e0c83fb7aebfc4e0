import pickle

import pytest

from assay.errors import AssayError, CompileError, DeviceError, Diagnostic, PipelineError

DIAGNOSTIC = Diagnostic("no such name", 3, 7, rule="unknown-name", hint="declare it")


@pytest.mark.parametrize(
    "error",
    [
        CompileError([DIAGNOSTIC]),
        PipelineError("step", "too much memory"),
        DeviceError("fault", "out of bounds", "step", "/tmp/library.so", [1, 2]),
    ],
)
def test_errors_cross_process_boundaries_whole(error: AssayError) -> None:
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is type(error)
    assert vars(copy) == vars(error)
    assert str(copy) == str(error)


def test_a_diagnostic_reads_as_compilers_write() -> None:
    assert str(DIAGNOSTIC) == "3:7: error: no such name [unknown-name]\n  hint: declare it"
    assert str(Diagnostic("odd", severity="warning")) == "warning: odd [compiler]"
