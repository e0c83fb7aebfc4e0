"""Inspect the extension module in a macOS wheel: ``inspect_wheel.py WHEEL`` (needs lief)."""

from __future__ import annotations

import argparse
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import lief

FRAMEWORKS = "/System/Library/Frameworks"
LIBRARIES = {
    f"{FRAMEWORKS}/Metal.framework/Versions/A/Metal",
    f"{FRAMEWORKS}/Foundation.framework/Versions/C/Foundation",
    f"{FRAMEWORKS}/CoreGraphics.framework/Versions/A/CoreGraphics",
    "/usr/lib/libobjc.A.dylib",
}
SYSTEM = ("/usr/lib/libSystem.B.dylib", "/usr/lib/libc++.1.dylib")
BOUND = {
    "_MTLCreateSystemDefaultDevice": "Metal",
    "_OBJC_CLASS_$_MTLCompileOptions": "Metal",
    "_OBJC_CLASS_$_NSString": "Foundation",
    "_objc_msgSend": "libobjc.A.dylib",
}


def faults(binary: lief.MachO.Binary) -> Iterator[str]:
    """What is wrong with the module."""
    if binary.header.cpu_type != lief.MachO.Header.CPU_TYPE.ARM64:
        yield f"it is for {binary.header.cpu_type}, not arm64"
    own_name = lief.MachO.LoadCommand.TYPE.ID_DYLIB
    loaded = {library.name for library in binary.libraries if library.command != own_name}
    for name in sorted(LIBRARIES - loaded):
        yield f"{name} is not loaded"
    for name in sorted(loaded - LIBRARIES - set(SYSTEM)):
        yield f"{name} is loaded, which no Mac has to have"
    if "_PyInit__native" not in {symbol.name for symbol in binary.exported_symbols}:
        yield "PyInit__native is not exported"
    version = tuple(binary.build_version.minos[:2]) if binary.has_build_version else ()
    if version != (14, 0):
        yield f"its minimum macOS is {version}, not 14.0"
    if not binary.has_code_signature:
        yield "it is not signed, so that Apple silicon does not load it"
    yield from _wrong_bindings(binary)


def _wrong_bindings(binary: lief.MachO.Binary) -> Iterator[str]:
    found = {
        binding.symbol.name: binding.library.name.rsplit("/", 1)[-1] if binding.has_library else ""
        for binding in binary.bindings
        if binding.has_symbol
    }
    for symbol, library in BOUND.items():
        if found.get(symbol) != library:
            yield f"{symbol} comes from {found.get(symbol)!r}, not {library}"
    # C++ lets several images define the same thing; the module brings its own.
    defined = {symbol.name for symbol in binary.symbols if symbol.value != 0}
    for symbol, library in sorted(found.items()):
        if not library and symbol not in defined and not symbol.startswith(("_Py", "__Py")):
            yield f"{symbol} is looked up at run time, and is not Python's"


def inspect(wheel: Path) -> list[str]:
    """What is wrong with the wheel; empty where nothing is."""
    with zipfile.ZipFile(wheel) as archive, tempfile.TemporaryDirectory() as folder:
        modules = [name for name in archive.namelist() if name.endswith("-darwin.so")]
        if len(modules) != 1:
            return [f"{len(modules)} extension modules for macOS, not one"]
        binary = lief.MachO.parse(archive.extract(modules[0], folder))
        return list(faults(binary.at(0)))


def main() -> None:
    """Print what is wrong; the exit code is 1 where something is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("wheel", type=Path)
    wheel = parser.parse_args().wheel
    found = inspect(wheel)
    for fault in found:
        print(f"{wheel.name}: {fault}")
    if not found:
        print(f"{wheel.name}: nothing is wrong")
    raise SystemExit(1 if found else 0)


if __name__ == "__main__":
    main()
