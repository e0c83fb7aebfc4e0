"""The hand-written headers against what Apple declares (see tools/extract_metal_facts.py)."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.metal_shim,
    pytest.mark.skipif(sys.platform != "linux", reason="ziglang comes with Assay on Linux only"),
]

HERE = Path(__file__).resolve().parent
FACTS = json.loads((HERE / "metal_facts.json").read_text(encoding="utf-8"))
SOURCES = ("pyobjc", "metal_cpp")
# The language's own: declared in the headers of the Objective-C runtime, which ziglang bundles.
RUNTIME = {"NSObject", "NSCopying"}


def differences(found, first: str = "") -> list[str]:
    """What in the declarations does not agree with the facts, or is not among them."""
    wrong = []
    for kind, methods in found.methods.items():
        if not kind.startswith(("MTL", "NS")) or kind in RUNTIME:
            continue
        for name, types in methods.items():
            known = [FACTS[source]["methods"].get(kind, {}).get(name) for source in SOURCES]
            if not any(known):
                wrong.append(f"{kind} {name} is not known")
            wrong += [
                f"{kind} {name}: {types} is {fact}" for fact in known if fact not in (None, types)
            ]
    for name, value in found.values.items():
        if name.startswith(("MTL", "NS")):
            known = {FACTS[source]["values"].get(name) for source in SOURCES} - {None}
            if known != {value}:
                wrong.append(f"{name} = {value} is {known}")
    return wrong


@pytest.fixture(scope="session")
def declared_by(declarations, tmp_path_factory) -> Callable[[Callable[[str], str]], object]:
    """The declarations of the headers after an edit of Metal.h."""

    def read(edit: Callable[[str], str]):
        folder = tmp_path_factory.mktemp("headers") / "include"
        shutil.copytree(HERE / "include", folder)
        header = folder / "Metal" / "Metal.h"
        text = header.read_text(encoding="utf-8")
        changed = edit(text)
        assert changed != text
        header.write_text(changed, encoding="utf-8")
        return declarations.read(folder)

    return read


def test_every_declaration_agrees(declarations):
    found = declarations.read(HERE / "include")
    assert sum(map(len, found.methods.values())) > 70
    assert sum(name.startswith("MTL") for name in found.values) > 35
    assert differences(found) == []


@pytest.mark.parametrize(
    ("right", "wrong", "complaint"),
    [
        (
            "MTLCommandBufferStatusCompleted = 4",
            "MTLCommandBufferStatusCompleted = 5",
            "= 5 is {4}",
        ),
        ("- (void)endEncoding;", "- (void)finishEncoding;", "-finishEncoding is not known"),
        ("atIndex:(NSUInteger)index;", "at:(NSUInteger)index;", "is not known"),
        (
            "- (void)setBufferOffset:(NSUInteger)offset",
            "- (void)setBufferOffset:(NSInteger)offset",
            "['v', 'q', 'Q'] is ['v', 'Q', 'Q']",
        ),
        ("(BOOL)supportsFamily:", "(NSInteger)supportsFamily:", "['q', 'q'] is ['B', 'q']"),
    ],
    ids=["value", "selector", "keyword", "argument", "result"],
)
def test_a_wrong_declaration_shows(declared_by, right, wrong, complaint):
    found = differences(declared_by(lambda text: text.replace(right, wrong)))
    assert any(complaint in line for line in found), found


def compile_for_macos(source: Path, tmp_path: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "ziglang", "c++", "-target", "aarch64-macos.14.0", "-c"]
    command += [
        "-x",
        "objective-c++",
        "-std=c++17",
        "-fobjc-arc",
        "-fblocks",
        f"-I{HERE / 'include'}",
    ]
    command += [f"-I{HERE.parents[1] / 'native'}", "-Wall", "-Wextra", "-Wpedantic", "-Werror"]
    command += ["-Wunguarded-availability", str(source), "-o", str(tmp_path / "out.o")]
    return subprocess.run(command, capture_output=True, text=True, check=False)


BACKEND = sorted((HERE.parents[1] / "native" / "metal").glob("*.mm"))


@pytest.mark.parametrize("source", BACKEND, ids=lambda path: path.stem)
def test_the_backend_compiles_for_macos(source, tmp_path):
    done = compile_for_macos(source, tmp_path)
    assert done.returncode == 0, done.stderr


def test_unguarded_use_of_what_macos_14_lacks_is_an_error(tmp_path):
    text = (HERE.parents[1] / "native" / "metal" / "metal_device.mm").read_text(encoding="utf-8")
    source = tmp_path / "metal_device.mm"
    source.write_text(text.replace("if (@available(macOS 15.0, *))", "if (true)"), encoding="utf-8")
    done = compile_for_macos(source, tmp_path)
    assert done.returncode != 0
    assert "is only available on macOS 15.0 or newer" in done.stderr
