"""Stands in for Apple's clang in a cross build: zig's clang with hand-written headers and stubs.

``compiler.py ARGUMENTS...`` runs ``zig c++`` for macOS on arm64, without the options of Apple's
tools that zig does not know.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
HEADERS = HERE.parents[1] / "tests" / "metal_shim" / "include"
TARGET = "aarch64-macos.14.0"
DROPPED = {"-Wl,-headerpad_max_install_names", "-Wl,-search_paths_first"}
DROPPED_WITH_VALUE = {"-arch", "-isysroot"}


def translated(arguments: list[str]) -> list[str]:
    """The arguments for zig."""
    result: list[str] = []
    following = iter(arguments)
    for argument in following:
        if argument in DROPPED_WITH_VALUE:
            next(following, None)
        elif argument == "-bundle":
            result.append("-shared")
        elif argument not in DROPPED and not argument.startswith("-mmacosx-version-min"):
            result.append(argument)
    return result


def main() -> None:
    """Become zig."""
    arguments = translated(sys.argv[1:])
    own = ["-target", TARGET]
    if "-c" in arguments:
        own += [f"-I{HEADERS}", "-Wno-unused-command-line-argument"]
    else:
        stubs = str(HERE / "stubs")
        own += [f"-F{stubs}", f"-L{stubs}"]
    os.execv(sys.executable, [sys.executable, "-m", "ziglang", "c++", *own, *arguments])


if __name__ == "__main__":
    main()
