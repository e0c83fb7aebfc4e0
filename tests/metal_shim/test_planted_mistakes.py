"""Mistakes in the backend that the checks have to notice."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.metal_shim

SMOKE = str(Path(__file__).resolve().with_name("smoke.py"))


def replacing(old: str, new: str) -> Callable[[str], str]:
    return lambda text: text.replace(old, new)


def in_plain_pool(text: str) -> str:
    """Compilation as one would write it first: the exception leaves the pool."""
    start = text.index("    const auto compiled = pooled(")
    end = text.index("    auto library = make_library(compiled.object, source);")
    return (
        text[:start]
        + """    Outcome<id<MTLLibrary>> compiled;
    @autoreleasepool {
      compiled = compile_anew(source);
      if (!compiled.object) {
        throw CompileError(parse_compile_log(compiled.failure));
      }
    }
"""
        + text[end:]
    )


COMMIT = "[buffer commit];"
REFLECTION = "MTLComputePipelineReflection* reflection = nil;"
COMMANDS, DEVICE, LIBRARY = "metal_command_buffer.mm", "metal_device.mm", "metal_library.mm"


@pytest.mark.parametrize(
    ("file", "edit", "complaint"),
    [
        pytest.param(
            COMMANDS,
            replacing("[encoder endEncoding];", ""),
            "commit with an open encoder",
            id="missing endEncoding",
        ),
        pytest.param(
            COMMANDS,
            replacing(COMMIT, f"{COMMIT} (void)(__bridge_retained void*)buffer;"),
            "alive: 2 ShimCommandBuffer",
            id="leaked command buffer",
        ),
        pytest.param(DEVICE, in_plain_pool, "alive: 1 NSError", id="exception inside a pool"),
        pytest.param(
            COMMANDS,
            replacing(COMMIT, f"finish(*work, buffer); {COMMIT}"),
            "the error is read before the work has ended",
            id="status before the end",
        ),
        pytest.param(
            LIBRARY,
            replacing(
                REFLECTION, f"(void)(__bridge_transfer id)(__bridge void*)function; {REFLECTION}"
            ),
            "use after release of ShimFunction",
            id="use after release",
        ),
        pytest.param(
            COMMANDS,
            replacing(COMMIT, f"{COMMIT} {COMMIT}"),
            "a second commit",
            id="second commit",
            marks=pytest.mark.slow,
        ),
        pytest.param(
            COMMANDS,
            replacing("offset:binding.offset atIndex:index", "offset:binding.offset atIndex:31"),
            "the buffer index is beyond 30",
            id="buffer index",
            marks=pytest.mark.slow,
        ),
        pytest.param(
            DEVICE,
            replacing("MTLLanguageVersion3_2;", "static_cast<MTLLanguageVersion>(0);"),
            "the language version depends on the SDK",
            id="default language version",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_mistake_is_noticed(run_python, file, edit, complaint):
    done = run_python([SMOKE], {file: edit})
    assert done.returncode != 0
    assert complaint in done.stderr, done.stderr


def test_wrong_selector_does_not_compile(run_python):
    edit = replacing("setComputePipelineState:", "setPipelineState:")
    with pytest.raises(subprocess.CalledProcessError) as caught:
        run_python([SMOKE], {COMMANDS: edit})
    assert "no known instance method for selector 'setPipelineState:'" in caught.value.stderr
